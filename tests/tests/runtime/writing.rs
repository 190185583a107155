//! What a program writes, beyond an insert, an update by filter and a delete.

mod bulk;
mod copies;
mod returning;
mod rows;
mod settling;
mod upserts;
