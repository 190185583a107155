//! SQL that is known when the code is generated.

use crate::catalog::{
    QName, SqlType,
    identifiers::{quote, quote_qualified},
};

/// How SQL names the tables, types and collations of a database.
#[derive(Debug, Default)]
pub(super) struct SqlNames {
    /// The schemas that are not named, as the connection's `search_path` says where their objects are.
    unqualified: Vec<String>,
}

impl SqlNames {
    pub fn new(unqualified: Vec<String>) -> Self {
        Self { unqualified }
    }

    /// Whether objects of this schema are named without it.
    pub fn leaves_out(&self, schema: &str) -> bool {
        self.unqualified.iter().any(|unqualified| unqualified == schema)
    }

    /// The name of a table, a type or a collation.
    pub fn of(&self, name: &QName) -> String {
        if self.leaves_out(&name.schema) { quote(&name.name) } else { quote_qualified(name) }
    }

    /// A type as SQL names it in a cast: without its modifier, as a cast to `numeric(10,2)` would round a value that an
    /// insert refuses.
    pub fn cast_type(&self, ty: &SqlType) -> String {
        let name = if ty.name.schema == "pg_catalog" {
            match ty.name.name.as_str() {
                // Without quotes, `char` is another word for bpchar, and `bit` means `bit(1)` and cuts values off.
                name @ ("char" | "bit") => format!("\"{name}\""),
                name => name.to_owned(),
            }
        } else {
            self.of(&ty.name)
        };
        if ty.array { format!("{name}[]") } else { name }
    }
}

/// The text after the columns of a `SELECT`.
pub(super) fn from(table: &str) -> String {
    format!(" FROM {table}")
}

/// `WHERE` of a key, `id = $1 AND …`: of each column its name, and the type to which a value beside it is cast.
pub(super) fn by_key(columns: &[(String, Option<String>)]) -> String {
    let term = |(at, (name, cast)): (usize, &(String, Option<String>))| match cast {
        Some(ty) => format!("{name} = ${}::{ty}", at + 1),
        None => format!("{name} = ${}", at + 1),
    };
    let terms: Vec<String> = columns.iter().enumerate().map(term).collect();
    format!(" WHERE {}", terms.join(" AND "))
}

/// A value to be stored: `$1`, or `$1::text` where it needs a cast.
pub(super) struct Stored {
    /// The column, quoted.
    pub name: String,
    /// The type to cast to.
    pub cast: Option<String>,
}

/// `INSERT` of one row, up to the columns that it returns.
pub(super) fn insert(table: &str, stored: &[Stored]) -> String {
    let mut sql = format!("INSERT INTO {table}");
    if stored.is_empty() {
        sql.push_str(" DEFAULT VALUES");
    } else {
        let names: Vec<&str> = stored.iter().map(|column| column.name.as_str()).collect();
        let values: Vec<String> = stored
            .iter()
            .enumerate()
            .map(|(at, column)| match &column.cast {
                Some(ty) => format!("${}::{ty}", at + 1),
                None => format!("${}", at + 1),
            })
            .collect();
        sql.push_str(&format!(" ({}) VALUES ({})", names.join(", "), values.join(", ")));
    }
    sql.push_str(" RETURNING ");
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_read_well() {
        let column =
            |name: &str, cast: Option<&str>| Stored { name: name.into(), cast: cast.map(Into::into) };
        assert_eq!(
            insert("t", &[column("a", None), column("b", Some("text"))]),
            "INSERT INTO t (a, b) VALUES ($1, $2::text) RETURNING "
        );
        assert_eq!(insert("t", &[]), "INSERT INTO t DEFAULT VALUES RETURNING ");
        assert_eq!(
            from("t") + &by_key(&[("a".into(), None), ("b".into(), Some("cidr".into()))]),
            " FROM t WHERE a = $1 AND b = $2::cidr"
        );
    }
}
