//! Events live in one database, the reports on them in another, on another server.
//!
//! `examples/run` runs it, with a scratch server that has both databases.

mod db;

use std::collections::HashMap;

use db::{
    Databases,
    db1::{Event, NewEvent, NewTournament, Tournament},
    db2::{NewReport, Report},
};
use ormgen_runtime::{Result, prelude::*};

#[tokio::main]
async fn main() -> Result<()> {
    // One pool per connection, each with the settings of the manifest.
    let dbs = Databases::connect(concat!(env!("CARGO_MANIFEST_DIR"), "/manifest.yaml")).await?;

    let events = plan(&dbs).await?;
    write_reports(&dbs, &events).await?;
    print_by_hand(&dbs).await?;
    print_by_reference(&dbs).await?;

    dbs.close().await;
    Ok(())
}

/// A tournament and its events, in one transaction of the first database.
///
/// A `Report` would not compile here: it lives in the second database, which this transaction does not reach.
async fn plan(dbs: &Databases) -> Result<Vec<Event>> {
    dbs.db1
        .transaction(async |tx| {
            let tournament = Tournament::insert(NewTournament { name: "Spring Open".into() }).one(tx).await?;
            let event = |name: &str| NewEvent {
                name: name.into(),
                tournament_id: tournament.id,
                starts_at: None,
                prize: None,
            };
            Event::insert_many([event("Semi-final"), event("Final")]).all(tx).await
        })
        .await
}

/// `dbs` routes by type: a report goes to the second database by itself.
async fn write_reports(dbs: &Databases, events: &[Event]) -> Result<()> {
    let reports = events.iter().map(|event| NewReport {
        event_id: event.id,
        author: "Ada".into(),
        content: format!("{} was worth seeing.", event.name),
    });
    Report::insert_many(reports).execute(dbs).await?;
    Ok(())
}

/// Both databases are asked at the same time; the rows are put together by ID.
async fn print_by_hand(dbs: &Databases) -> Result<()> {
    let (events, reports) = tokio::join!(
        Event::query().order_by(Event::NAME).all(dbs),
        Report::query().filter(Report::AUTHOR.eq("Ada")).order_by(Report::ID.asc()).all(dbs),
    );
    let events: HashMap<i32, Event> = events?.into_iter().map(|event| (event.id, event)).collect();
    for report in reports? {
        if let Some(event) = events.get(&report.event_id) {
            println!("{}: {}", event.name, report.content);
        }
    }
    Ok(())
}

/// The same by the manifest's reference: the events of all reports with one statement, from their own database.
async fn print_by_reference(dbs: &Databases) -> Result<()> {
    let reports = Report::query().order_by(Report::ID.asc()).with(Report::EVENT).all(dbs).await?;
    for (report, event) in reports {
        let event = event.map_or_else(|| "an event that is gone".into(), |event| event.name);
        println!("{} on {event}", report.author);
    }
    Ok(())
}
