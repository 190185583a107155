//! `tsquery`: a full-text search.

use std::fmt;

use bytes::{BufMut, BytesMut};
use postgres_types::{Format, IsNull, ToSql, Type};

use super::{Weight, quoted};
use crate::types::{
    BoxError,
    wire::{ByteReader, WireResult, codec, write_c_string, write_count},
};

/// A full-text search: `'fat' & ( 'cat' | 'rat':*AB )`.
///
/// It is made of [terms](Self::term) joined by operators; an empty search matches nothing. Binary format:
/// `tsquerysend`.
///
/// ```
/// # use ormgen_runtime::types::TsQuery;
/// let query = TsQuery::term("fat").and(TsQuery::term("cat").or(TsQuery::prefix("ra")));
/// assert_eq!(query.to_string(), "'fat' & ( 'cat' | 'ra':* )");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Vec<TsQueryItem>", into = "Vec<TsQueryItem>"))]
pub struct TsQuery {
    /// Each operator, then its right operand, then its left operand: the server's own order. A flat list, so that no
    /// depth of nesting can exhaust the stack.
    items: Vec<TsQueryItem>,
}

/// An operator or a lexeme of a search.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum TsQueryItem {
    /// A lexeme to look for in the document.
    Term {
        /// The word in its normal form.
        text: String,
        /// The weights that its position may have; empty for any.
        weights: Vec<Weight>,
        /// Whether `text` is only the beginning of the lexeme.
        prefix: bool,
    },
    /// The operand must not match.
    Not,
    /// Both operands must match.
    And,
    /// Either operand must match.
    Or,
    /// The right operand must follow the left one, this many lexemes later.
    FollowedBy(u16),
}

/// The codes of the binary format: `tsearch/ts_type.h`.
mod code {
    pub(super) const TERM: u8 = 1;
    pub(super) const OPERATOR: u8 = 2;
    pub(super) const NOT: u8 = 1;
    pub(super) const AND: u8 = 2;
    pub(super) const OR: u8 = 3;
    pub(super) const PHRASE: u8 = 4;
}

impl TsQuery {
    /// Matches documents with this lexeme.
    pub fn term(text: impl Into<String>) -> Self {
        Self { items: vec![TsQueryItem::Term { text: text.into(), weights: Vec::new(), prefix: false }] }
    }

    /// Matches documents with a lexeme that starts with this text.
    pub fn prefix(text: impl Into<String>) -> Self {
        Self { items: vec![TsQueryItem::Term { text: text.into(), weights: Vec::new(), prefix: true }] }
    }

    /// Matches documents with this lexeme at a position of one of these weights.
    pub fn weighted(text: impl Into<String>, weights: impl IntoIterator<Item = Weight>) -> Self {
        let weights = Weight::in_bits(weights.into_iter().fold(0, |bits, weight| bits | weight.bit()));
        Self { items: vec![TsQueryItem::Term { text: text.into(), weights, prefix: false }] }
    }

    /// Matches documents that match both searches.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.join(TsQueryItem::And, other)
    }

    /// Matches documents that match either search.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.join(TsQueryItem::Or, other)
    }

    /// Matches documents where `other` follows this one, `distance` lexemes later: 1 for the next lexeme.
    #[must_use]
    pub fn followed_by(self, distance: u16, other: Self) -> Self {
        self.join(TsQueryItem::FollowedBy(distance), other)
    }

    /// Matches documents that do not match this search.
    #[must_use]
    pub fn negated(mut self) -> Self {
        if !self.items.is_empty() {
            self.items.insert(0, TsQueryItem::Not);
        }
        self
    }

    /// The parts of the search: each operator before its right operand, and that before its left one.
    pub fn items(&self) -> &[TsQueryItem] {
        &self.items
    }

    /// Joins two searches; if one of them is empty, the result is the other one.
    fn join(self, operator: TsQueryItem, other: Self) -> Self {
        match (self.items.is_empty(), other.items.is_empty()) {
            (true, _) => other,
            (_, true) => self,
            _ => Self { items: std::iter::once(operator).chain(other.items).chain(self.items).collect() },
        }
    }

    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        // The shortest form of an item: the two bytes of an operator.
        let count = reader.count(2)?;
        let items = reader.items(count, TsQueryItem::read)?;
        Self::try_from(items).map_err(BoxError::from)
    }

    fn write(&self, out: &mut BytesMut) -> WireResult<()> {
        write_count(self.items.len(), out)?;
        self.items.iter().try_for_each(|item| item.write(out))
    }
}

/// The parts are not one search: an operator lacks operands, or there is more than one search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TsQueryError(());

impl fmt::Display for TsQueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the operators of the search do not fit their operands")
    }
}

impl std::error::Error for TsQueryError {}

/// Takes the parts in the order of [`TsQuery::items`].
impl TryFrom<Vec<TsQueryItem>> for TsQuery {
    type Error = TsQueryError;

    fn try_from(items: Vec<TsQueryItem>) -> std::result::Result<Self, TsQueryError> {
        // The number of operands that are still to come: at least one before each part, none after the last.
        let awaited = items.iter().try_fold(usize::from(!items.is_empty()), |awaited, item| {
            Some(awaited.checked_sub(1)? + item.operands())
        });
        if awaited == Some(0) { Ok(Self { items }) } else { Err(TsQueryError(())) }
    }
}

impl From<TsQuery> for Vec<TsQueryItem> {
    fn from(query: TsQuery) -> Self {
        query.items
    }
}

impl TsQueryItem {
    fn operands(&self) -> usize {
        match self {
            Self::Term { .. } => 0,
            Self::Not => 1,
            Self::And | Self::Or | Self::FollowedBy(_) => 2,
        }
    }

    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        match reader.u8()? {
            code::TERM => {
                let weights = Weight::in_bits(reader.u8()?);
                let prefix = reader.u8()? != 0;
                Ok(Self::Term { text: reader.c_string()?.to_owned(), weights, prefix })
            }
            code::OPERATOR => match reader.u8()? {
                code::NOT => Ok(Self::Not),
                code::AND => Ok(Self::And),
                code::OR => Ok(Self::Or),
                code::PHRASE => reader.u16().map(Self::FollowedBy),
                _ => Err("the search has an unknown operator".into()),
            },
            _ => Err("the search has an unknown part".into()),
        }
    }

    fn write(&self, out: &mut BytesMut) -> WireResult<()> {
        let operator = match self {
            Self::Term { text, weights, prefix } => {
                out.put_u8(code::TERM);
                out.put_u8(weights.iter().fold(0, |bits, weight| bits | weight.bit()));
                out.put_u8((*prefix).into());
                return write_c_string(text, out);
            }
            Self::Not => code::NOT,
            Self::And => code::AND,
            Self::Or => code::OR,
            Self::FollowedBy(_) => code::PHRASE,
        };
        out.put_u8(code::OPERATOR);
        out.put_u8(operator);
        if let Self::FollowedBy(distance) = self {
            out.put_u16(*distance);
        }
        Ok(())
    }

    /// How tightly the operator binds: `tsearch_op_priority`.
    fn priority(&self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::FollowedBy(_) => 3,
            Self::Not => 4,
            Self::Term { .. } => u8::MAX,
        }
    }
}

codec!(@from TsQuery, { postgres_types::accepts!(TSQUERY); });

/// The server's binary input refuses an empty search (`tsqueryrecv`), but its text input accepts it, so an empty
/// search is sent as text. Inside an array or a row there is no choice of format, and the server refuses it.
impl ToSql for TsQuery {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> WireResult<IsNull> {
        if !self.items.is_empty() {
            self.write(out)?;
        }
        Ok(IsNull::No)
    }

    fn encode_format(&self, _: &Type) -> Format {
        if self.items.is_empty() { Format::Text } else { Format::Binary }
    }

    postgres_types::accepts!(TSQUERY);
    postgres_types::to_sql_checked!();
}

impl fmt::Display for TsQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // From back to front, every operator comes after its operands.
        let mut texts: Vec<(String, &TsQueryItem)> = Vec::new();
        for item in self.items.iter().rev() {
            let text = match item {
                TsQueryItem::Term { text, weights, prefix } => term_text(text, weights, *prefix),
                TsQueryItem::Not => {
                    let operand =
                        texts.pop().map(|operand| grouped(operand, item, false)).unwrap_or_default();
                    format!("!{operand}")
                }
                _ => {
                    let right = texts.pop().map(|operand| grouped(operand, item, true)).unwrap_or_default();
                    let mut left =
                        texts.pop().map(|operand| grouped(operand, item, false)).unwrap_or_default();
                    left.push_str(&operator_text(item));
                    left.push_str(&right);
                    left
                }
            };
            texts.push((text, item));
        }
        texts.iter().try_for_each(|(text, _)| f.write_str(text))
    }
}

/// An operand, in parentheses if it binds less tightly than its operator: `infix` in `tsquery.c`.
fn grouped((text, item): (String, &TsQueryItem), operator: &TsQueryItem, right: bool) -> String {
    let phrase = |item: &TsQueryItem| matches!(item, TsQueryItem::FollowedBy(_));
    let loose = item.priority() < operator.priority() || (right && phrase(item) && phrase(operator));
    if loose { format!("( {text} )") } else { text }
}

fn operator_text(operator: &TsQueryItem) -> String {
    match operator {
        TsQueryItem::And => " & ".to_owned(),
        TsQueryItem::Or => " | ".to_owned(),
        TsQueryItem::FollowedBy(1) => " <-> ".to_owned(),
        TsQueryItem::FollowedBy(distance) => format!(" <{distance}> "),
        TsQueryItem::Not | TsQueryItem::Term { .. } => String::new(),
    }
}

fn term_text(text: &str, weights: &[Weight], prefix: bool) -> String {
    let mut shown = quoted(text);
    let bits = weights.iter().fold(0, |bits, weight| bits | weight.bit());
    if prefix || bits != 0 {
        shown.push_str(if prefix { ":*" } else { ":" });
        Weight::in_bits(bits).into_iter().for_each(|weight| shown.push_str(weight.letter()));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_as_text() {
        let term = TsQuery::term;
        let cases = [
            (TsQuery::default(), ""),
            (term("a").and(TsQuery::default()), "'a'"),
            (term("a").or(term("b")).and(term("c")), "( 'a' | 'b' ) & 'c'"),
            (term("a").and(term("b")).and(term("c")), "'a' & 'b' & 'c'"),
            (term("a").and(term("b")).negated(), "!( 'a' & 'b' )"),
            (term("a").negated().negated(), "!!'a'"),
            (term("a").followed_by(1, term("b")).followed_by(3, term("c")), "'a' <-> 'b' <3> 'c'"),
            (term("a").followed_by(1, term("b").followed_by(3, term("c"))), "'a' <-> ( 'b' <3> 'c' )"),
            (TsQuery::weighted("a", [Weight::D, Weight::A, Weight::A]), "'a':AD"),
            (TsQuery::prefix("it's"), "'it''s':*"),
        ];
        for (query, text) in cases {
            assert_eq!(query.to_string(), text);
        }
    }

    #[test]
    fn operators_need_their_operands() {
        let term = || TsQueryItem::Term { text: "a".to_owned(), weights: Vec::new(), prefix: false };
        assert!(TsQuery::try_from(vec![TsQueryItem::And, term(), TsQueryItem::Not, term()]).is_ok());
        for bad in [
            vec![TsQueryItem::Not],
            vec![term(), term()],
            vec![TsQueryItem::And, term()],
            vec![term(), TsQueryItem::Not, term()],
        ] {
            assert_eq!(TsQuery::try_from(bad), Err(TsQueryError(())));
        }
    }

    #[test]
    fn a_deep_search_is_no_burden() {
        let deep = (0..100_000).map(|_| TsQueryItem::Not);
        let last = TsQueryItem::Term { text: "a".to_owned(), weights: Vec::new(), prefix: false };
        let items: Vec<_> = deep.chain([last]).collect();
        assert!(TsQuery::try_from(items).is_ok());
    }
}
