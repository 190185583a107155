//! Tags in the texts of statements, which the server's own views and log then show: who sent a statement, and for what.
//! They are sqlcommenter's (<https://google.github.io/sqlcommenter/spec/>).
//!
//! Only a connection with `tags` has them. They stay the same from call to call, so that a statement is prepared as often
//! as it would be without them: the connection's own tags, the driver, ormgen's version, and a statement's model
//! (`controller`) and verb (`action`). No value is among them.

use std::{borrow::Cow, collections::BTreeMap};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::sql::Statement;

/// What is percent-encoded in keys and values: everything that could end a quotation or a comment, and more.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The model of a statement, and what is done with it; both empty for a statement of no model.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Labels {
    model: &'static str,
    verb: &'static str,
}

impl Labels {
    pub fn of(statement: &Statement<'_>) -> Self {
        Self { model: statement.model, verb: statement.verb }
    }
}

/// The tags of a connection's statements.
#[derive(Debug)]
pub(super) struct Tags(BTreeMap<String, String>);

impl Tags {
    /// All tags of a connection that has tags of its own. A name of its own replaces the usual tag of that name.
    pub fn of(connection: &[(String, String)]) -> Option<Self> {
        if connection.is_empty() {
            return None;
        }
        let version = format!("ormgen:{}", env!("CARGO_PKG_VERSION"));
        let usual =
            [("db_driver".to_owned(), "tokio-postgres".to_owned()), ("framework".to_owned(), version)];
        Some(Self(usual.into_iter().chain(connection.iter().cloned()).collect()))
    }

    /// A statement's text with its tags, in a comment behind it. A text that has a comment stays as it is, as the
    /// specification asks: the comment may be a hint, or the text may end in it.
    pub fn add_to<'t>(&self, text: &'t str, labels: Labels) -> Cow<'t, str> {
        if text.contains("/*") || text.contains("--") {
            return text.into();
        }
        let of_statement = [("controller", labels.model), ("action", labels.verb)];
        let mut tags: BTreeMap<&str, &str> =
            of_statement.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        tags.extend(self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let encoded = |text| utf8_percent_encode(text, ENCODED);
        let tags: Vec<String> =
            tags.into_iter().map(|(name, value)| format!("{}='{}'", encoded(name), encoded(value))).collect();
        format!("{text} /*{}*/", tags.join(",")).into()
    }
}

/// A statement's text without the tags behind it.
pub(super) fn without(text: &[u8]) -> &[u8] {
    let begin = || text.windows(2).rposition(|two| two == b"/*");
    match text.ends_with(b"*/").then(begin).flatten() {
        Some(begin) => text[..begin].trim_ascii_end(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tagged(text: &str, tags: &[(&str, &str)], labels: Labels) -> String {
        let tags: Vec<_> =
            tags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let text = Tags::of(&tags).map_or(text.into(), |tags| tags.add_to(text, labels));
        assert!(
            without(text.as_bytes()) == b"SELECT 1" || text.contains("--") || text.contains("hint"),
            "{text}"
        );
        text.replace(env!("CARGO_PKG_VERSION"), "VERSION")
    }

    #[test]
    fn tags_stand_behind_the_text_in_their_order() {
        let find = Labels { model: "Customer", verb: "find" };
        assert_eq!(
            tagged("SELECT 1", &[("application", "shop"), ("team", "billing")], find),
            "SELECT 1 /*action='find',application='shop',controller='Customer',db_driver='tokio-postgres',\
             framework='ormgen%3AVERSION',team='billing'*/"
        );
        assert_eq!(
            tagged("SELECT 1", &[("framework", "axum"), ("db_driver", "x")], Labels::default()),
            "SELECT 1 /*db_driver='x',framework='axum'*/"
        );
    }

    #[test]
    fn no_tag_ends_the_comment() {
        let text = tagged("SELECT 1", &[("a b'*/", "it's */ DROP TABLE x; -- /* ü")], Labels::default());
        assert!(
            text.contains("a%20b%27%2A%2F='it%27s%20%2A%2F%20DROP%20TABLE%20x%3B%20--%20%2F%2A%20%C3%BC'"),
            "{text}"
        );
        assert_eq!((text.matches("*/").count(), text.matches("/*").count()), (1, 1), "{text}");
    }

    #[test]
    fn without_tags_and_with_a_comment_a_text_stays_as_it_is() {
        assert_eq!(tagged("SELECT 1", &[], Labels::default()), "SELECT 1");
        for text in ["SELECT 1 -- one", "/*+ hint */ SELECT 1", "SELECT '--'"] {
            assert_eq!(tagged(text, &[("application", "shop")], Labels::default()), text);
        }
    }
}
