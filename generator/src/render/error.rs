//! Errors of rendering, which are always bugs of ormgen's.

/// A template cannot be filled in, or its output is no Rust: a bug of ormgen's.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template cannot be filled in.
    #[error("the template of `{file}` failed: {source}")]
    Template {
        /// The generated file.
        file: String,
        /// tera's error.
        source: tera::Error,
    },
    /// The data for a template cannot be serialized.
    #[error("the data of `{file}` cannot be hashed: {source}")]
    Data {
        /// The generated file.
        file: String,
        /// serde_json's error.
        source: serde_json::Error,
    },
    /// The generated text is not Rust.
    #[error("what was generated for `{file}` is not Rust: {source}")]
    NotRust {
        /// The generated file.
        file: String,
        /// syn's error.
        source: syn::Error,
    },
}
