//! The tables that are joined to the rows of a query.

use crate::sql::{Beside, Link, SqlWriter};

/// How a table is joined to the rows of a query.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Joining {
    /// Over relations, step by step.
    Along(Vec<JoinStep>),
    /// The rows of an alias; `is_optional` is `LEFT JOIN`.
    Beside { rows: Box<Beside>, is_optional: bool },
}

/// A step to a table that is joined even if no expression uses its columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct JoinStep {
    pub link: Link,
    /// `LEFT JOIN`
    pub is_optional: bool,
    /// Whether it may lead to several rows.
    pub is_many: bool,
}

impl Joining {
    /// Whether both lead along the same relations to any number of rows.
    fn repeats(&self, other: &Self) -> bool {
        let (Self::Along(steps), Self::Along(others)) = (self, other) else { return false };
        let links = |steps: &[JoinStep]| steps.iter().map(|step| step.link).collect::<Vec<_>>();
        steps.iter().any(|step| step.is_many) && links(steps) == links(others)
    }
}

const JOINED_TWICE: &str = "a relation to many rows is joined twice, and would be one join: both places would show the same \
    row; join them once more under a name: `let other = Item::alias(\"other\");`, \
    `.join(other.on(other.column(Item::ORDER_ID).eq(Order::ID)))`";

/// Joins the tables.
pub(super) fn write<'a>(joins: &'a [Joining], sql: &mut SqlWriter<'a>) {
    for (at, join) in joins.iter().enumerate() {
        if joins.iter().take(at).any(|before| join.repeats(before)) {
            sql.refuse(JOINED_TWICE);
        }
        match join {
            Joining::Along(steps) => sql.join(steps.iter().map(|step| (step.link, step.is_optional))),
            Joining::Beside { rows, is_optional } => sql.join_beside(rows, *is_optional),
        }
    }
}
