//! Rows that refer to rows of their own table: the rows above one, and those below it.

use ormgen_runtime::{config::ConnectionConfig, prelude::*};
use ormgen_tests::{
    generated::linked::{
        Databases,
        links::{NewStaff, Staff},
    },
    server::server,
};

/// Both ends of the key have a column in common: the firm.
#[tokio::test]
async fn a_tree_within_each_firm() {
    let db = server(1).create_database("staff").await;
    db.batch(include_str!("../../../schemas/links.sql")).await;
    let dbs = &Databases::lazy(vec![ConnectionConfig::new("links", db.url())]).unwrap();
    let staff =
        [(1, 1, None), (1, 2, Some(1)), (1, 3, Some(2)), (2, 1, None), (2, 2, Some(3)), (2, 3, Some(2))];
    let staff = staff.map(|(firm, id, boss)| NewStaff { firm, id, boss });
    Staff::insert_many(staff).execute(dbs).await.unwrap();
    let keys = async |query: ormgen_runtime::Query<Staff>| {
        let query = query.order_by((Staff::FIRM.asc(), Staff::ID.asc()));
        query.select((Staff::FIRM, Staff::ID)).all(dbs).await.unwrap()
    };
    let (first, last) = (Staff::find((1, 1)), Staff::find((1, 3)));
    let (first, last) = (first.one(dbs).await.unwrap(), last.one(dbs).await.unwrap());
    assert_eq!(keys(Staff::BOSS_STAFF.descendants(&first)).await, [(1, 2), (1, 3)]);
    assert_eq!(keys(Staff::BOSS_STAFF.ancestors(&last)).await, [(1, 1), (1, 2)]);
    // In a circle every row is above itself.
    let of_second = Staff::find((2, 2)).one(dbs).await.unwrap();
    assert_eq!(keys(Staff::BOSS_STAFF.ancestors(&of_second)).await, [(2, 2), (2, 3)]);
    let depths = Staff::query().order_by((Staff::FIRM.asc(), Staff::ID.asc()));
    let depths = depths.select(Staff::BOSS_STAFF.depth()).all(dbs).await.unwrap();
    assert_eq!(depths, [0, 1, 2, 0, 2, 2]);
    let fired = Staff::BOSS_STAFF.descendants(&first).filter(Staff::BOSS_STAFF.depth().gt(1)).delete();
    assert_eq!(fired.returning((Staff::FIRM, Staff::ID)).all(dbs).await.unwrap(), [(1, 3)]);
}
