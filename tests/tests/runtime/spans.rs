//! A statement's span tells the server that it ran on.

use std::{
    fmt::{self, Write as _},
    sync::{Arc, Mutex},
};

use ormgen_runtime::prelude::*;
use ormgen_tests::{
    generated::visits::{Databases, people::Person},
    people::{databases, people_on, person, store},
    server::{TestDb, server},
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::Interest,
};
use tracing_core::span::Current;

/// The fields of each span, one behind the other as they were recorded.
#[derive(Clone, Default)]
struct Spans {
    all: Arc<Mutex<Vec<(&'static Metadata<'static>, String)>>>,
    entered: Arc<Mutex<Vec<Id>>>,
}

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, "{field}={value:?} ").unwrap();
    }
}

fn place(id: &Id) -> usize {
    usize::try_from(id.into_u64()).unwrap() - 1
}

impl Subscriber for Spans {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut all = self.all.lock().unwrap();
        let mut fields = String::new();
        span.record(&mut Fields(&mut fields));
        all.push((span.metadata(), fields));
        Id::from_u64(all.len() as u64)
    }
    fn record(&self, id: &Id, values: &Record<'_>) {
        values.record(&mut Fields(&mut self.all.lock().unwrap()[place(id)].1));
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, id: &Id) {
        self.entered.lock().unwrap().push(id.clone());
    }
    fn exit(&self, _: &Id) {
        self.entered.lock().unwrap().pop();
    }
    fn current_span(&self) -> Current {
        match self.entered.lock().unwrap().last() {
            Some(id) => Current::new(id.clone(), self.all.lock().unwrap()[place(id)].0),
            None => Current::none(),
        }
    }
}

impl Spans {
    /// The spans of statements that the work leaves, as text.
    fn of(work: impl AsyncFnOnce(&TestDb, &Databases)) -> (Self, String, String) {
        let spans = Self::default();
        // With one subscriber alone, tracing asks only the thread that first comes to a place in the code, which may be
        // another test's, whether anybody wants that place's spans.
        let _another = tracing::Dispatch::new(Self::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (url, name) = tracing::subscriber::with_default(spans.clone(), || {
            tracing::callsite::rebuild_interest_cache();
            runtime.block_on(async {
                let db = people_on(&server(1)).await;
                let dbs = databases(db.url(), |connection| connection);
                work(&db, &dbs).await;
                (db.url().to_owned(), db.name().to_owned())
            })
        });
        let port = url.rsplit_once('/').and_then(|(before, _)| before.rsplit_once(':')).unwrap().1;
        (spans, port.to_owned(), name)
    }

    fn queries(&self) -> Vec<String> {
        let all = self.all.lock().unwrap();
        all.iter().filter(|(span, _)| span.name() == "query").map(|(_, fields)| fields.clone()).collect()
    }
}

/// Each of the fields is recorded once.
fn has(fields: &str, expected: &[&str]) {
    for expected in expected {
        assert_eq!(fields.matches(expected).count(), 1, "{expected}: {fields}");
    }
}

#[test]
fn spans_tell_the_server() {
    let (spans, port, name) = Spans::of(async |_, dbs| {
        store(dbs, 1).await.unwrap();
        // A span of the program's own keeps its fields.
        let own = tracing::info_span!("request", server.address = "www.example.org");
        let find = async { Person::find(1).one(dbs).await.unwrap() };
        tracing::Instrument::instrument(find, own).await;
        let tx = dbs.people.begin().await.unwrap();
        Person::query().all(&tx).await.unwrap();
    });
    let queries = spans.queries();
    assert_eq!(queries.len(), 3);
    let (port, name) = (format!("server.port={port}"), format!("db.namespace=\"{name}\""));
    for fields in queries {
        has(&fields, &["server.address=\"127.0.0.1\"", &port, &name]);
    }
    let all = spans.all.lock().unwrap();
    let (_, own) = all.iter().find(|(span, _)| span.name() == "request").unwrap();
    assert_eq!(own, "server.address=\"www.example.org\" ");
}

/// The span of a `COPY` has what every other statement's has, and the error that ended it.
#[test]
fn a_copy_has_a_span_as_other_statements() {
    let (spans, port, name) = Spans::of(async |_, dbs| {
        Person::insert_many((0..3000).map(person)).execute(dbs).await.unwrap();
        Person::insert_many((2000..5000).map(person)).execute(dbs).await.unwrap_err();
    });
    let [stored, refused] = &spans.queries()[..] else { panic!("{:?}", spans.queries()) };
    let (port, name) = (format!("server.port={port}"), format!("db.namespace=\"{name}\""));
    for fields in [stored, refused] {
        has(
            fields,
            &[
                "connection=\"people\"",
                "model=\"Person\"",
                "statement=\"insert_many\"",
                "db.operation.name=\"COPY\"",
                "db.query.summary=COPY public.people",
                "db.collection.name=\"public.people\"",
                "server.address=\"127.0.0.1\"",
                &port,
                &name,
            ],
        );
    }
    assert!(!stored.contains("error.type"), "{stored}");
    has(refused, &["error.type=\"23505\"", "db.response.status_code=\"23505\""]);
}
