//! A manifest's YAML. [`read`] makes a tree of a text, in which every value knows its place; a [`Cursor`] takes the
//! tree apart and notes every mistake with the place of the value or key at fault; [`mask`] is the text as it may be
//! shown. The generator reads whole manifests with it, the runtime their connections.

mod cursor;
mod mask;
mod mistake;
mod parse;
mod tree;

pub use cursor::{Cursor, Fields};
pub use mask::{mask, mask_words};
pub use mistake::{Mistake, MistakeKind, Mistakes};
pub use parse::{MAX_SIZE, read};
pub use tree::{Entry, Node, Value};
