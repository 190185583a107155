//! Formats the output of templates as rustfmt would, with an empty line between items.

use std::{num::NonZero, panic::resume_unwind, thread};

use super::{error::RenderError, layout::compact};

/// A file's Rust: the module's own inner docs and attributes, then the declarations of its children, then the rest.
pub(super) fn file(name: &str, declarations: &str, rest: &str) -> Result<String, RenderError> {
    let mut file = parsed(name, rest)?;
    file.items.splice(0..0, parsed(name, declarations)?.items);
    Ok(spaced(&compact(&prettyplease::unparse(&file))))
}

/// A module's Rust inside another file: the same parts in the same order, not formatted. Nobody reads that file, and
/// formatting would take most of the time of a build script, which is not optimised.
pub(super) fn inline(keeps_head: bool, children: &str, text: &str) -> String {
    let (head, rest) = text.split_at(head_length(text));
    let mut out = String::with_capacity(head.len() + children.len() + rest.len());
    let mut before = "{";
    for line in [if keeps_head { head } else { "" }, children, rest].into_iter().flat_map(str::lines) {
        // A template leaves an empty line for each part that is not there.
        if !(line.trim().is_empty() && (before.trim().is_empty() || before.ends_with('{'))) {
            out.push_str(line.trim_end());
            out.push('\n');
        }
        before = line;
    }
    out
}

/// The length of the first lines of a module, which have its inner docs and attributes, one on each line.
fn head_length(text: &str) -> usize {
    let is_head = |line: &&str| {
        let line = line.trim_start();
        line.is_empty() || line.starts_with("//!") || line.starts_with("#![")
    };
    text.split_inclusive('\n').take_while(is_head).map(str::len).sum()
}

fn parsed(name: &str, text: &str) -> Result<syn::File, RenderError> {
    syn::parse_file(text).map_err(|source| RenderError::NotRust { file: name.to_owned(), source })
}

/// Applies a function to each item, in order, on as many threads as the machine runs at once: parsing and formatting
/// the output of templates takes three quarters of a build's time.
pub(super) fn in_parallel<T: Sync, R: Send, E: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    /// The smallest number of items for a thread: so many that the cost of starting it does not matter.
    const LEAST: usize = 16;
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let share = items.len().div_ceil(threads).max(LEAST);
    let done: Vec<Result<Vec<R>, E>> = thread::scope(|scope| {
        let work = &work;
        let shares = items.chunks(share);
        let workers: Vec<_> =
            shares.map(|share| scope.spawn(move || share.iter().map(work).collect())).collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    Ok(done.into_iter().collect::<Result<Vec<_>, E>>()?.into_iter().flatten().collect())
}

/// The text with an empty line between items, and between the functions of an impl: prettyplease leaves none.
///
/// The formatter has put each item on lines of its own, so that indentation tells where one begins.
fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let mut push = |line: &str| {
        out.push_str(line);
        out.push('\n');
    };
    let mut before = "";
    // The docs and attributes of an item: the empty line comes before them.
    let mut own: Vec<&str> = Vec::new();
    let mut in_attribute = false;
    for line in text.lines() {
        let start = line.trim_start();
        if in_attribute || start.starts_with("///") || start.starts_with("#[") {
            in_attribute = !start.starts_with("///") && !line.ends_with(']');
            own.push(line);
            continue;
        }
        if begins_item(line) && !joins(before, line, own.is_empty()) {
            push("");
        }
        own.drain(..).for_each(&mut push);
        push(line);
        before = line;
    }
    out
}

/// Whether an item may begin on this line, behind its docs and attributes.
fn begins_item(line: &str) -> bool {
    let is_item =
        ["pub ", "use ", "mod ", "impl", "enum ", "struct ", "const ", "fn ", "macro_rules!", "types::"];
    let is_function = line.strip_prefix("    ").is_some_and(|line| {
        ["fn ", "pub const fn ", "types::to_sql"].iter().any(|start| line.starts_with(start))
    });
    is_function || is_item.iter().any(|start| line.starts_with(start))
}

/// Whether no empty line comes between two lines: the first opens a block, or both are of a group of items of one kind.
fn joins(before: &str, line: &str, is_bare: bool) -> bool {
    let like = |start: &str| before.starts_with(start) && line.starts_with(start);
    let opens = before.is_empty() || before.ends_with('{');
    // A `use` of several lines ends so.
    let after_use = before == "};" && line.starts_with("pub use ");
    let is_group = ["mod ", "pub mod ", "use ", "pub use "].iter().any(|start| like(start));
    let leaves_std = before.starts_with("use std::") && !line.starts_with("use std::");
    opens || (is_bare && !leaves_std && (after_use || is_group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_line_comes_before_an_items_docs_and_attributes() {
        let text = "use std::a;\nuse b;\nuse c;\n/// Docs.\n#[derive(\n    A,\n)]\npub enum E {\n    /// One.\n    A,\n}\n\
                    impl E {\n    const A: u8 = 1;\n    /// Docs.\n    #[allow(x)]\n    pub const fn a() {}\n    fn b() {}\n}\n";
        let expected = "use std::a;\n\nuse b;\nuse c;\n\n/// Docs.\n#[derive(\n    A,\n)]\npub enum E {\n    /// One.\n    A,\n}\n\n\
                        impl E {\n    const A: u8 = 1;\n\n    /// Docs.\n    #[allow(x)]\n    pub const fn a() {}\n\n    fn b() {}\n}\n";
        assert_eq!(spaced(text), expected);
        let modules = "#[allow(x)]\npub mod a;\n#[allow(x)]\npub mod b;\nmod c;\nmod d;\n";
        assert_eq!(spaced(modules), "#[allow(x)]\npub mod a;\n\n#[allow(x)]\npub mod b;\n\nmod c;\nmod d;\n");
    }

    #[test]
    fn inner_docs_and_attributes_stand_before_the_children() {
        let text = "//! Docs.\n\n#![allow(x)]\nuse a;\n//! no head\n";
        assert_eq!(
            inline(true, "mod b;\n", text),
            "//! Docs.\n\n#![allow(x)]\nmod b;\nuse a;\n//! no head\n"
        );
        assert_eq!(inline(false, "mod b;\n", text), "mod b;\nuse a;\n//! no head\n");
    }
}
