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
    [if keeps_head { head } else { "" }, children, rest].concat()
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
    let mut before = "";
    for line in text.lines() {
        if begins_item(line) && !joins(before, line) {
            out.push('\n');
        }
        out.push_str(line);
        out.push('\n');
        before = line;
    }
    out
}

/// Whether an item, its attributes and docs included, may begin on this line.
fn begins_item(line: &str) -> bool {
    let is_item = ["///", "#[", "pub ", "use ", "mod ", "impl", "const ", "fn ", "types::"];
    let is_function = line.strip_prefix("    ").is_some_and(|line| {
        ["fn ", "pub const fn ", "types::to_sql"].iter().any(|start| line.starts_with(start))
    });
    is_function || is_item.iter().any(|start| line.starts_with(start))
}

/// Whether no empty line comes between two lines: the first belongs to the item of the second (docs, attributes), or
/// both are of a group of items of one kind.
fn joins(before: &str, line: &str) -> bool {
    let like = |start: &str| before.starts_with(start) && line.starts_with(start);
    let opens = before.is_empty() || before.ends_with('{');
    let is_own = ["///", "#[", ")]"].iter().any(|start| before.trim_start().starts_with(start));
    // A `use` of several lines ends so.
    let after_use = before == "};" && line.starts_with("pub use ");
    opens || is_own || after_use || ["mod ", "pub mod ", "use ", "pub use "].iter().any(|start| like(start))
}

#[cfg(test)]
mod tests {
    use super::*;

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
