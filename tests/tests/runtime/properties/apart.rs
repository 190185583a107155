//! References to rows of another database: IDs that come several times, NULL, IDs that lead nowhere, and keys that are equal
//! to the other server in another spelling.

use std::collections::BTreeSet;

use ormgen_runtime::{config::ConnectionConfig, prelude::*};
use ormgen_tests::{
    generated::visits::{
        Databases,
        log::{Knock, NewKnock, NewVisit, Visit},
        people::{Badge, Door, NewBadge, NewDoor, NewNickname, Nickname, Person},
    },
    people::{people_on, person},
    server::server,
};
use proptest::{collection::vec, option, prelude::*, test_runner::TestRunner};

use super::{Tested, answer, runner, seeds};

const TEXTS: [&str; 6] = ["a", "A", "b", "", "é", "ab"];

/// Which people, badges, nicknames and doors there are, and what refers to them.
#[derive(Clone, Debug)]
struct Rows {
    people: BTreeSet<i64>,
    badges: BTreeSet<usize>,
    nicknames: BTreeSet<usize>,
    doors: BTreeSet<usize>,
    visits: Vec<(Option<i32>, usize)>,
    knocks: Vec<(Option<usize>, Option<usize>)>,
}

fn rows() -> impl Strategy<Value = Rows> {
    let texts = || proptest::collection::btree_set(0..TEXTS.len(), 0..5);
    let far = (proptest::collection::btree_set(-2..6i64, 0..6), texts(), texts(), texts());
    let visits = vec((option::weighted(0.8, -2..6i32), 0..TEXTS.len()), 0..12);
    let knocks = vec((option::of(0..TEXTS.len()), option::of(0..TEXTS.len())), 0..12);
    (far, visits, knocks).prop_map(|((people, badges, nicknames, doors), visits, knocks)| Rows {
        people,
        badges,
        nicknames,
        doors,
        visits,
        knocks,
    })
}

/// Case means nothing to a `citext`.
fn folded(at: usize) -> String {
    TEXTS[at].to_lowercase()
}

#[test]
fn references_lead_to_the_rows_of_the_other_database() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for seed in seeds() {
        let (people, log) = runtime.block_on(async {
            let (people, log) = (people_on(&server(1)).await, server(2).create_database("log").await);
            log.batch(include_str!("../../../../schemas/visits/log.sql")).await;
            (people, log)
        });
        let settings = [("people", &people), ("people_eu", &people), ("log", &log)];
        let settings = settings.map(|(alias, database)| ConnectionConfig::new(alias, database.url()));
        let dbs = Databases::lazy(settings.into()).unwrap();
        let mut runner: TestRunner = runner(seed);
        let result = runner.run(&rows(), |rows| runtime.block_on(references_are_right(&dbs, &rows)));
        result.unwrap_or_else(|error| panic!("{error}\nwith ORMGEN_SEED={seed}"));
    }
}

async fn fill(dbs: &Databases, rows: &Rows) -> ormgen_runtime::Result<()> {
    Visit::query().delete().execute(dbs).await?;
    Knock::query().delete().execute(dbs).await?;
    Person::query().delete().execute(dbs).await?;
    Nickname::query().delete().execute(dbs).await?;
    Door::query().delete().execute(dbs).await?;
    Person::insert_many(rows.people.iter().map(|id| person(*id))).execute(dbs).await?;
    if let Some(person_id) = rows.people.first().copied() {
        let badge = |at: &usize| NewBadge { code: TEXTS[*at].to_owned(), person_id };
        Badge::insert_many(rows.badges.iter().map(badge)).execute(dbs).await?;
    }
    let names: BTreeSet<String> = rows.nicknames.iter().map(|at| folded(*at)).collect();
    Nickname::insert_many(names.into_iter().map(|nickname| NewNickname { nickname })).execute(dbs).await?;
    let doors = rows.doors.iter().map(|at| NewDoor { code: TEXTS[*at].to_owned() });
    Door::insert_many(doors).execute(dbs).await?;
    let visit = |(person_id, at): &(Option<i32>, usize)| NewVisit {
        person_id: *person_id,
        badge: TEXTS[*at].to_owned(),
    };
    Visit::insert_many(rows.visits.iter().map(visit)).execute(dbs).await?;
    let text = |at: &Option<usize>| at.map(|at| TEXTS[at].to_owned());
    let knocks = (0..).zip(&rows.knocks);
    let knocks = knocks.map(|(id, (name, door))| NewKnock { id, nickname: text(name), door: text(door) });
    Knock::insert_many(knocks).execute(dbs).await?;
    Ok(())
}

async fn references_are_right(dbs: &Databases, rows: &Rows) -> Tested {
    answer(fill(dbs, rows).await, "the rows")?;
    let badges = if rows.people.is_empty() { BTreeSet::new() } else { rows.badges.clone() };
    let there = |id: &Option<i32>| id.map(i64::from).filter(|id| rows.people.contains(id));
    let visits = Visit::query().order_by(Visit::ID).with(Visit::PERSON);
    let visits = visits.with(Visit::PERSON.filter(Person::ID.gt(1)).select(Person::ID));
    let visits = answer(visits.with(Visit::BADGE_HELD.with(Badge::PERSON)).all(dbs).await, "visits")?;
    let found = visits.into_iter().map(|(_, person, id, badge)| {
        (person.map(|person| person.id), id, badge.map(|(badge, person)| (badge.code, person.id)))
    });
    let expected = rows.visits.iter().map(|(id, at)| {
        let badge = badges.contains(at).then(|| (TEXTS[*at].to_owned(), *rows.people.first().unwrap()));
        (there(id), there(id).filter(|id| *id > 1), badge)
    });
    prop_assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());

    let of_people = Person::VISITS.order_by(Visit::ID.desc()).limit(2).select(Visit::BADGE);
    let of_people = answer(Person::query().order_by(Person::ID).with(of_people).all(dbs).await, "people")?;
    let of_people = of_people.into_iter().map(|(person, badges)| (person.id, badges));
    let expected = rows.people.iter().map(|person| {
        let own = rows.visits.iter().rev().filter(|(id, _)| id.map(i64::from) == Some(*person));
        (*person, own.map(|(_, at)| TEXTS[*at].to_owned()).take(2).collect::<Vec<_>>())
    });
    prop_assert_eq!(of_people.collect::<Vec<_>>(), expected.collect::<Vec<_>>());

    let knocks = Knock::query().order_by(Knock::ID).with(Knock::WHO).with(Knock::WHERE_AT);
    let knocks = answer(knocks.all(dbs).await, "knocks")?.into_iter();
    let found = knocks.map(|(_, who, door)| {
        (who.map(|who| who.nickname), door.map(|door| door.code.trim_end().to_owned()))
    });
    let names: BTreeSet<String> = rows.nicknames.iter().map(|at| folded(*at)).collect();
    let expected = rows.knocks.iter().map(|(name, door)| {
        let door = door.filter(|door| rows.doors.contains(door)).map(|door| TEXTS[door].to_owned());
        (name.map(folded).filter(|name| names.contains(name)), door)
    });
    prop_assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());

    let lost: BTreeSet<i32> =
        rows.visits.iter().filter(|(id, _)| there(id).is_none()).filter_map(|(id, _)| *id).collect();
    let orphans = answer(Visit::PERSON.orphans().all(dbs).await, "orphans")?;
    prop_assert_eq!(orphans.len(), lost.len());
    prop_assert_eq!(orphans.iter().map(|id| i32::try_from(*id).unwrap()).collect::<BTreeSet<_>>(), lost);
    Ok(())
}
