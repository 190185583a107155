//! What can go wrong here: nothing but mistakes of ormgen's own.

/// A template of ormgen's own, or what became of it, is wrong: a bug of ormgen's.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template cannot be filled in.
    #[error("the template of `{file}` failed: {source}")]
    Template {
        /// The generated file.
        file: String,
        /// What tera says.
        source: tera::Error,
    },
    /// What a template is filled in with cannot be written down.
    #[error("the data of `{file}` cannot be hashed: {source}")]
    Data {
        /// The generated file.
        file: String,
        /// What serde_json says.
        source: serde_json::Error,
    },
    /// What was generated is not Rust.
    #[error("what was generated for `{file}` is not Rust: {source}")]
    NotRust {
        /// The generated file.
        file: String,
        /// What syn says.
        source: syn::Error,
    },
}
