//! Reads a manifest's YAML. `read` makes a tree of the text, in which every value has its place; a `Cursor` walks the
//! tree and notes every mistake with the place of the wrong value or key; `mask` makes a copy of the text that may be
//! shown. The generator uses this for whole manifests, the runtime for their connections.

mod cursor;
mod mask;
mod mistake;
mod nearest;
mod parse;
mod tree;

pub use cursor::{Cursor, Fields};
pub use mask::{mask, mask_words};
pub use mistake::{Mistake, MistakeKind, Mistakes};
pub use nearest::nearest;
pub use parse::{MAX_SIZE, read};
pub use tree::{Entry, Node, Value};
