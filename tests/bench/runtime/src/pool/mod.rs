//! What a pool of connections does under load: some work by so many tasks at a distance from the server, beside the
//! same by a pool written by hand. The program `pool` measures it.

pub mod drive;
pub mod load;
mod matrix;
pub mod options;
mod proxy;
mod servers;
pub mod steps;
pub mod subject;

pub use self::{matrix::measure, options::Options};
