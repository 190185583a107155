//! Converts sqlparser's lines and columns to positions in the source.

use std::ops::Range;

use sqlparser::tokenizer::{Location, Span};

/// From sqlparser's lines and columns to bytes of the source.
pub(super) struct Lines<'a> {
    source: &'a str,
    pub(super) range: Range<usize>,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(source: &'a str, range: Range<usize>) -> Self {
        let text = source.get(range.clone()).unwrap_or_default();
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts =
            std::iter::once(range.start).chain(newlines.map(|(at, _)| range.start + at + 1)).collect();
        Self { source, range, starts }
    }

    pub(super) fn text(&self) -> &'a str {
        self.source.get(self.range.clone()).unwrap_or_default()
    }

    pub(super) fn offset(&self, location: Location) -> Option<usize> {
        let line = usize::try_from(location.line).ok()?.checked_sub(1)?;
        let column = usize::try_from(location.column).ok()?.checked_sub(1)?;
        let start = *self.starts.get(line)?;
        let text = self.source.get(start..self.range.end)?;
        Some(start + text.char_indices().nth(column).map_or(text.len(), |(at, _)| at))
    }

    /// None for a span that sqlparser does not know.
    pub(super) fn bytes(&self, span: Span) -> Option<Range<usize>> {
        let (start, end) = (self.offset(span.start)?, self.offset(span.end)?);
        Some(start..end.max(start))
    }
}
