//! Tests of the whole interpreter: tables of cases, schemas that hold every construct, and real schemas.
//!
//! What these schemas become was compared with a PostgreSQL 15 server, column by column.

mod cases;
mod grammar;
mod picture;
mod real;
mod robust;

use std::sync::Arc;

use super::interpret;
use crate::{
    catalog::Loaded,
    diagnostics::{Diagnostics, Source},
};

fn load(texts: &[&str]) -> (Loaded, Diagnostics) {
    let sources: Vec<Arc<Source>> =
        texts.iter().enumerate().map(|(at, text)| Source::new(format!("{}.sql", at + 1), *text)).collect();
    let mut diagnostics = Diagnostics::new();
    let loaded = interpret(&sources, &mut diagnostics);
    (loaded, diagnostics)
}

/// Each problem as `CODE line:column message`.
fn problems(diagnostics: &Diagnostics) -> Vec<String> {
    diagnostics
        .iter()
        .map(|diagnostic| {
            let (line, column) =
                diagnostic.place.as_ref().map_or((0, 0), crate::diagnostics::Place::line_column);
            format!("{} {line}:{column} {}", diagnostic.code.id, diagnostic.message)
        })
        .collect()
}
