//! Values to try, and what is done with them.

use std::{
    collections::BTreeSet,
    fmt::{Debug, Display},
};

use ormgen_runtime::types::{Array, Dimension};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use tokio_postgres::{
    Client,
    types::{FromSqlOwned, ToSql},
};

/// A Rust value that goes to the server and comes back.
pub(crate) trait Value: ToSql + FromSqlOwned + PartialEq + Debug + Clone + Sync + 'static {}

impl<T: ToSql + FromSqlOwned + PartialEq + Debug + Clone + Sync + 'static> Value for T {}

/// A connection, and which types it was tried with.
pub(crate) struct Checker {
    pub(crate) client: Client,
    pub(crate) checked: BTreeSet<String>,
    lacking: BTreeSet<&'static str>,
}

/// Extensions that come with PostgreSQL's sources, and the types that each brings.
const EXTENSIONS: [(&str, &[&str]); 3] =
    [("citext", &["citext"]), ("hstore", &["hstore"]), ("ltree", &["ltree", "lquery", "ltxtquery"])];

impl Checker {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, checked: BTreeSet::new(), lacking: BTreeSet::new() }
    }

    /// Creates the extensions there are. What this server was built or installed without is said, and not checked: a
    /// server as distributions have it lacks nothing.
    pub(crate) async fn look_what_is_lacking(&mut self) {
        for (extension, types) in EXTENSIONS {
            let created = self.client.batch_execute(&format!("CREATE EXTENSION {extension}")).await;
            if created.is_err() {
                self.lacking.extend(types);
            }
        }
        if self.client.batch_execute("SELECT '<a/>'::xml").await.is_err() {
            self.lacking.insert("xml");
        }
        let bin = std::env::var("ORMGEN_TEST_PG_BIN").expect("tests/run sets it");
        assert!(self.lacking.is_empty() || !bin.starts_with("/usr/"), "{bin} lacks {:?}", self.lacking);
        if !self.lacking.is_empty() {
            eprintln!("not checked, as this server lacks them: {:?}", self.lacking);
        }
    }

    /// Whether the server has no values of that type.
    pub(crate) fn lacks(&self, ty: &str) -> bool {
        self.lacking.contains(ty)
    }

    /// Sends each value alone, all as arrays, and NULL; what comes back is the same. Gives the server's texts.
    pub(crate) async fn same<T: Value>(&mut self, name: &str, values: &[T]) -> Vec<String> {
        self.checked.insert(name.to_owned());
        let ty = quoted(name);
        let mut texts = Vec::new();
        let one = format!("SELECT $1::{ty}, ($1::{ty})::text");
        for value in values {
            let row = self.client.query_one(&one, &[value]).await;
            let row = row.unwrap_or_else(|error| panic!("{name}: {value:?}: {error:?}"));
            assert_eq!(row.get::<_, T>(0), *value, "{name}");
            texts.push(row.get(1));
        }
        let row = self.client.query_one(&one, &[&None::<T>]).await.expect("NULL");
        assert_eq!(row.get::<_, Option<T>>(0), None, "{name}");
        self.arrays(&ty, values).await;
        texts
    }

    /// As [`Self::same`], and the server's text is what is displayed.
    pub(crate) async fn same_text<T: Value + Display>(&mut self, name: &str, values: &[T]) {
        let shown: Vec<_> = values.iter().map(T::to_string).collect();
        assert_eq!(self.same(name, values).await, shown, "{name}");
    }

    /// What the server makes of these texts is displayed as it displays it, and goes back unchanged.
    pub(crate) async fn read<T: Value + Display>(&mut self, name: &str, literals: &[&str]) {
        let ty = quoted(name);
        let mut values = Vec::new();
        for literal in literals {
            let sql = format!("SELECT $1::text::{ty}, $1::text::{ty}::text");
            let row = self.client.query_one(&sql, &[literal]).await;
            let row = row.unwrap_or_else(|error| panic!("{name}: {literal}: {error:?}"));
            let value: T = row.try_get(0).unwrap_or_else(|error| panic!("{name}: {literal}: {error}"));
            assert_eq!(value.to_string(), row.get::<_, String>(1), "{name}: {literal}");
            values.push(value);
        }
        self.same_text(name, &values).await;
    }

    async fn arrays<T: Value>(&self, ty: &str, values: &[T]) {
        let sql = format!("SELECT $1::{ty}[]");
        let vec = values.to_vec();
        let row =
            self.client.query_one(&sql, &[&vec]).await.unwrap_or_else(|error| panic!("{ty}: {error:?}"));
        assert_eq!(row.get::<_, Vec<T>>(0), vec, "{ty}");

        let with_null: Vec<Option<T>> = values.iter().cloned().map(Some).chain([None]).collect();
        let row = self.client.query_one(&sql, &[&with_null]).await.expect("an array with NULL");
        assert_eq!(row.get::<_, Vec<Option<T>>>(0), with_null, "{ty}");

        let len = i32::try_from(with_null.len()).expect("few values");
        let outer = Dimension { len: 2, lower_bound: -1 };
        let inner = Dimension { len, lower_bound: 5 };
        let square =
            Array::new(vec![outer, inner], [with_null.clone(), with_null].concat()).expect("it fits");
        let row = self.client.query_one(&sql, &[&square]).await.expect("an array of two dimensions");
        assert_eq!(row.get::<_, Array<Option<T>>>(0), square, "{ty}");
        assert!(row.try_get::<_, Vec<Option<T>>>(0).is_err(), "{ty}");

        let empty = Array::<T>::default();
        let row = self.client.query_one(&sql, &[&empty]).await.expect("an empty array");
        assert_eq!(row.get::<_, Array<T>>(0), empty, "{ty}");
        assert_eq!(row.get::<_, Vec<T>>(0), Vec::new(), "{ty}");
    }
}

/// Quoted, `bit` and `char` are the types of that name; bare, they are `bit(1)` and `character(1)`.
fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// These, and 40 more; the same ones in every run.
pub(crate) fn and_more<T: Clone>(first: &[T], strategy: impl Strategy<Value = T>) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    let more = (0..40).map(|_| strategy.new_tree(&mut runner).expect("a value").current());
    first.iter().cloned().chain(more).collect()
}
