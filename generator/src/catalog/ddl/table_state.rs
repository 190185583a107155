//! What the catalog does not keep of a table, but later statements need.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::objects::Id;

/// What the catalog does not keep of a table, but later statements need.
#[derive(Clone, Debug, Default)]
pub(super) struct TableState {
    /// Its partitions and the tables that inherit from it.
    pub(super) children: Vec<Id>,
    /// The composite type that it was made of.
    pub(super) of: Option<Id>,
    /// The columns of NOT NULL constraints whose name is known, by that name.
    pub(super) not_nulls: HashMap<String, String>,
    /// Likewise of those that were added with `NOT VALID`: the column may hold NULL.
    pub(super) unvalidated_not_nulls: HashMap<String, String>,
    /// The columns whose NOT NULL is not passed on to children (`NO INHERIT`, PostgreSQL 18).
    pub(super) own_not_nulls: HashSet<String>,
    /// The columns it has only from a parent.
    pub(super) inherited: HashSet<String>,
    /// The checks it has only from a parent.
    pub(super) inherited_checks: HashSet<String>,
    /// Constraints and indexes by name: the columns their expressions name.
    pub(super) references: HashMap<String, BTreeSet<String>>,
    /// Constraints that are not passed on to children (`NO INHERIT`, `ON ONLY`).
    pub(super) own: HashSet<String>,
    /// Keys by name: the columns they carry along (`INCLUDE`). Indexes and exclusions by name: the names of all
    /// their own columns.
    pub(super) carried: HashMap<String, Vec<String>>,
    /// Indexes by name, those of keys and exclusions too: the names of their columns, where the table's were renamed.
    pub(super) index_names: HashMap<String, Vec<String>>,
    /// Foreign keys by name: the index of their target that was chosen when they were made.
    pub(super) stands_on: HashMap<String, Id>,
    /// What its rows are parted by.
    pub(super) partition_key: PartitionKey,
}

/// What the rows of a partitioned table are parted by.
#[derive(Clone, Debug, Default)]
pub(super) struct PartitionKey {
    pub(super) columns: Vec<String>,
    /// Whether an expression is part of it.
    pub(super) has_expression: bool,
}
