//! Rows that join tables link: loaded, asked for and relinked.

#![allow(clippy::type_complexity, reason = "the types show what is loaded")]

use ormgen_runtime::{Error, config::ConnectionConfig, prelude::*, relation::Relinked};
use ormgen_tests::{
    generated::{
        linked::{
            self,
            links::{
                Keeper, KeptRoom, Lease, Letter, NewKeeper, NewKeptRoom, NewLease, NewLetter, NewPerson,
                NewRoom, Person, Room,
            },
        },
        shop::{
            Databases,
            orders::{Category, Item, NewTag, Product, Tag},
        },
    },
    server::{TestDb, server},
};

use crate::{
    relations::{filled, statements},
    support::{Shop, ask},
};

/// Three tags; the first product has the first two, the second one has the second.
async fn tagged() -> (Shop, [Product; 2], [i32; 3]) {
    let shop = filled().await;
    let dbs = &shop.dbs;
    let tags = ["new", "red", "sale"].map(|name| NewTag { name: name.into() });
    let tags = Tag::insert_many(tags).all(dbs).await.unwrap();
    let [new, red, sale] = &tags[..] else { panic!("three") };
    let products = Product::query().order_by(Product::SKU.asc()).all(dbs).await.unwrap();
    let products: [Product; 2] = products.try_into().unwrap();
    let [a, b] = &products;
    Product::TAGS.of(a).add([new.id, red.id]).execute(dbs).await.unwrap();
    Product::TAGS.of(b).add([red.id]).execute(dbs).await.unwrap();
    statements(&shop.orders).await;
    let ids = [new.id, red.id, sale.id];
    (shop, products, ids)
}

async fn tags_of(dbs: &Databases, product: &Product) -> Vec<i32> {
    let tags = Product::TAGS.of(product).query().order_by(Tag::ID.asc()).all(dbs).await.unwrap();
    tags.into_iter().map(|tag| tag.id).collect()
}

fn names(tags: &[Tag]) -> Vec<&str> {
    tags.iter().map(|tag| tag.name.as_str()).collect()
}

const fn changed(added: u64, removed: u64) -> Relinked {
    Relinked { added, removed }
}

#[tokio::test]
async fn linked_rows_load_with_one_statement() {
    let (shop, _, _) = tagged().await;
    let dbs = &shop.dbs;
    let query = || Product::query().order_by(Product::SKU.asc());
    let products: Vec<(Product, Vec<Tag>)> =
        query().with(Product::TAGS.order_by(Tag::NAME.desc())).all(dbs).await.unwrap();
    let seen: Vec<_> = products.iter().map(|(_, tags)| names(tags)).collect();
    assert_eq!(seen, [vec!["red", "new"], vec!["red"]]);
    assert_eq!(statements(&shop.orders).await, 2);

    let tags: Vec<(Tag, Vec<Product>)> =
        Tag::query().order_by(Tag::ID.asc()).with(Tag::PRODUCTS).all(dbs).await.unwrap();
    let seen: Vec<_> = tags.iter().map(|(_, products)| products.len()).collect();
    assert_eq!(seen, [1, 2, 0]);
    assert_eq!(statements(&shop.orders).await, 2);

    // Narrowed as any other relation.
    let sale = || Product::TAGS.filter(Tag::NAME.eq("sale").or(Tag::NAME.eq("red")));
    let products = query().with(sale()).all(dbs).await.unwrap();
    let seen: Vec<_> = products.iter().map(|(_, tags)| names(tags)).collect();
    assert_eq!(seen, [vec!["red"], vec!["red"]]);
    let products = query().with(Product::TAGS.order_by(Tag::NAME.asc()).limit(1)).all(dbs).await.unwrap();
    let seen: Vec<_> = products.iter().map(|(_, tags)| names(tags)).collect();
    assert_eq!(seen, [vec!["new"], vec!["red"]]);
    assert_eq!(statements(&shop.orders).await, 4);
    // The second of each, and those after it.
    let second = || Product::TAGS.order_by(Tag::NAME.asc()).offset(1);
    let products = query().with(second()).all(dbs).await.unwrap();
    let seen: Vec<_> = products.iter().map(|(_, tags)| names(tags)).collect();
    assert_eq!(seen, [vec!["red"], vec![]]);
    let products = query().with(second().limit(0).select(Tag::NAME)).all(dbs).await.unwrap();
    assert!(products.iter().all(|(_, names)| names.is_empty()));
    let name: Vec<Option<String>> = query().select(second().first(Tag::NAME)).all(dbs).await.unwrap();
    assert_eq!(name, [Some("red".to_owned()), None]);
    let none: Vec<Option<String>> =
        query().select(Product::TAGS.limit(0).first(Tag::NAME)).all(dbs).await.unwrap();
    assert_eq!(none, [None, None]);
}

#[tokio::test]
async fn linked_rows_nest() {
    let (shop, [a, b], _) = tagged().await;
    let dbs = &shop.dbs;
    let products = Tag::PRODUCTS.order_by(Product::SKU.asc()).with(Product::CATEGORY).with(Product::ITEMS);
    let items: Vec<(Item, (Product, Vec<Tag>))> =
        Item::query().with(Item::PRODUCT.with(Product::TAGS)).all(dbs).await.unwrap();
    assert_eq!(items.len(), 3);
    assert!(items.iter().all(|(item, (_, tags))| tags.len() == if item.sku == "A-1" { 2 } else { 1 }));
    assert_eq!(statements(&shop.orders).await, 3);

    let tags: Vec<(Tag, Vec<(Product, Category, Vec<Item>)>)> =
        Tag::query().filter(Tag::NAME.eq("red")).with(products).all(dbs).await.unwrap();
    let seen: Vec<_> =
        tags[0].1.iter().map(|(product, _, items)| (product.sku.as_str(), items.len())).collect();
    assert_eq!(seen, [("A-1", 2), ("B-2", 1)]);
    assert_eq!(statements(&shop.orders).await, 4);

    let loaded: Vec<Vec<Tag>> = Product::TAGS.load(&[b.clone(), a, b], dbs).await.unwrap();
    assert_eq!(loaded.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2, 1]);
    assert_eq!(statements(&shop.orders).await, 1);
}

#[tokio::test]
async fn links_are_added_removed_set_and_cleared() {
    let (shop, [a, b], [new, red, sale]) = tagged().await;
    let dbs = &shop.dbs;
    let tags = || Product::TAGS.of(&a);
    // Those that are there already are not counted, nor those given twice.
    assert_eq!(tags().add([red, sale, sale]).execute(dbs).await.unwrap(), changed(1, 0));
    assert_eq!(tags_of(dbs, &a).await, [new, red, sale]);
    assert_eq!(tags().remove([new, 99]).execute(dbs).await.unwrap(), changed(0, 1));
    assert_eq!(tags_of(dbs, &a).await, [red, sale]);
    assert_eq!(tags().set([new, sale]).execute(dbs).await.unwrap(), changed(1, 1));
    assert_eq!(tags_of(dbs, &a).await, [new, sale]);
    assert_eq!(tags().set([new, sale]).execute(dbs).await.unwrap(), changed(0, 0));
    assert_eq!(tags().set([0; 0]).execute(dbs).await.unwrap(), changed(0, 2));
    assert_eq!(tags().add([red]).execute(dbs).await.unwrap(), changed(1, 0));
    assert_eq!(tags().clear().execute(dbs).await.unwrap(), changed(0, 1));
    assert!(tags_of(dbs, &a).await.is_empty());
    // Another product's stay.
    assert_eq!(tags_of(dbs, &b).await, [red]);

    // From the other end, whose key is text.
    let sale = Tag::find(sale).one(dbs).await.unwrap();
    assert_eq!(Tag::PRODUCTS.of(&sale).add(["A-1", "B-2"]).execute(dbs).await.unwrap(), changed(2, 0));
    let keys = vec![a.sku.clone()];
    assert_eq!(Tag::PRODUCTS.of(&sale).set(keys).execute(dbs).await.unwrap(), changed(0, 1));
    assert_eq!(tags_of(dbs, &b).await, [red]);
}

#[tokio::test]
async fn the_text_does_not_depend_on_the_number_of_links() {
    const TEXTS: &str = "SELECT count(*) FROM pg_stat_statements
        WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND query LIKE '%INTO public.product_tags%'";
    let (shop, [a, _], [new, red, sale]) = tagged().await;
    for keys in [vec![new], vec![new, red, sale], vec![]] {
        Product::TAGS.of(&a).set(keys.clone()).execute(&shop.dbs).await.unwrap();
        Product::TAGS.of(&a).add(keys).execute(&shop.dbs).await.unwrap();
    }
    assert_eq!(ask::<i64>(&shop.orders, TEXTS).await, 2);
}

#[tokio::test]
async fn links_stand_and_fall_with_their_transaction() {
    let (shop, [a, _], [new, red, sale]) = tagged().await;
    let dbs = &shop.dbs;
    let tx = dbs.orders.begin().await.unwrap();
    assert_eq!(Product::TAGS.of(&a).set([sale]).execute(&tx).await.unwrap(), changed(1, 2));
    let query = Product::query().filter(Product::SKU.eq("A-1")).with(Product::TAGS);
    assert_eq!(names(&query.one(&tx).await.unwrap().1), ["sale"]);
    tx.rollback().await.unwrap();
    assert_eq!(tags_of(dbs, &a).await, [new, red]);

    // A key that no row has: neither part is done.
    let error = Product::TAGS.of(&a).set([sale, 99]).execute(dbs).await.unwrap_err();
    assert!(matches!(error, Error::ForeignKeyViolation(_)), "{error}");
    assert_eq!(tags_of(dbs, &a).await, [new, red]);
}

#[tokio::test]
async fn the_linked_rows_of_one_row_are_a_query() {
    let (shop, [a, b], _) = tagged().await;
    let dbs = &shop.dbs;
    let tags = || Product::TAGS.of(&a).query();
    assert_eq!(tags().count(dbs).await.unwrap(), 2);
    assert_eq!(
        names(&tags().filter(Tag::NAME.eq("red").or(Tag::NAME.eq("sale"))).all(dbs).await.unwrap()),
        ["red"]
    );
    let with: Vec<(Tag, Vec<Product>)> =
        tags().order_by(Tag::NAME.asc()).with(Tag::PRODUCTS).all(dbs).await.unwrap();
    assert_eq!(with.iter().map(|(_, products)| products.len()).collect::<Vec<_>>(), [1, 2]);
    let crimson = Product::TAGS.of(&b).query().update().set(Tag::NAME, "crimson");
    assert_eq!(crimson.execute(dbs).await.unwrap(), 1);
    assert_eq!(names(&tags().order_by(Tag::NAME.asc()).all(dbs).await.unwrap()), ["crimson", "new"]);
}

async fn links() -> (TestDb, linked::Databases) {
    let db = server(2).create_database("links").await;
    db.batch(include_str!("../../../schemas/links.sql")).await;
    let dbs = linked::Databases::lazy(vec![ConnectionConfig::new("links", db.url())]).unwrap();
    let people = [(1, "Ada"), (2, "Bob"), (3, "Eve")];
    let people = people.map(|(id, name)| NewPerson { id, name: name.into() });
    Person::insert_many(people).execute(&dbs).await.unwrap();
    let rooms = [(1, "hall"), (2, "attic")];
    let rooms = rooms.map(|(floor, name)| NewRoom { house: "North".into(), floor, name: name.into() });
    Room::insert_many(rooms).execute(&dbs).await.unwrap();
    (db, dbs)
}

/// Both ends are one table, and the join table's columns are wider than what they point to.
#[tokio::test]
async fn a_table_is_linked_with_itself() {
    let (_db, dbs) = links().await;
    let ada = Person::find(1).one(&dbs).await.unwrap();
    assert_eq!(Person::FRIENDS.of(&ada).add([2, 3]).execute(&dbs).await.unwrap(), changed(2, 0));
    let people = Person::query().order_by(Person::ID.asc());
    let people = people.with(Person::FRIENDS.order_by(Person::NAME.desc())).with(Person::PEOPLE);
    let people: Vec<(Person, Vec<Person>, Vec<Person>)> = people.all(&dbs).await.unwrap();
    let ids = |people: &[Person]| people.iter().map(|person| person.id).collect::<Vec<_>>();
    let seen: Vec<_> = people.iter().map(|(_, friends, of)| (ids(friends), ids(of))).collect();
    assert_eq!(seen, [(vec![3, 2], vec![]), (vec![], vec![1]), (vec![], vec![1])]);
    let last = Person::FRIENDS.order_by(Person::ID.desc()).limit(1);
    let last = last.load(std::slice::from_ref(&ada), &dbs).await.unwrap();
    assert_eq!(ids(&last[0]), [3]);
    assert_eq!(Person::FRIENDS.of(&ada).set([3]).execute(&dbs).await.unwrap(), changed(0, 1));
    assert_eq!(ids(&Person::FRIENDS.of(&ada).query().all(&dbs).await.unwrap()), [3]);
}

/// A key of two columns; the join table has columns of the same names as both ends, and some that fill themselves in.
#[tokio::test]
async fn links_by_keys_of_two_columns() {
    let (_db, dbs) = links().await;
    let key = |floor| ("North".to_owned(), floor);
    let ada = Person::find(1).one(&dbs).await.unwrap();
    let attic = Room::find(key(2)).one(&dbs).await.unwrap();
    assert_eq!(
        Person::ROOMS.of(&ada).add([("North", 1), ("North", 2)]).execute(&dbs).await.unwrap(),
        changed(2, 0)
    );
    let people = vec![1, 3];
    assert_eq!(Room::PEOPLE.of(&attic).add(&people).execute(&dbs).await.unwrap(), changed(1, 0));

    let rooms = Room::query().order_by(Room::FLOOR.asc());
    let named = Room::PEOPLE.filter(Person::NAME.ne("key")).order_by(Person::NAME.desc());
    let rooms: Vec<(Room, Vec<(Person, Vec<Room>)>)> =
        rooms.with(named.with(Person::ROOMS)).all(&dbs).await.unwrap();
    let seen: Vec<Vec<_>> = rooms
        .iter()
        .map(|(_, people)| people.iter().map(|(person, rooms)| (person.name.as_str(), rooms.len())).collect())
        .collect();
    assert_eq!(seen, [vec![("Ada", 2)], vec![("Eve", 1), ("Ada", 2)]]);

    let limited = Person::ROOMS.filter(Room::NAME.ne("x")).order_by(Room::NAME.asc()).limit(1);
    let limited = limited.load(std::slice::from_ref(&ada), &dbs).await.unwrap();
    assert_eq!(limited[0][0].name, "attic");
    assert_eq!(Person::ROOMS.of(&ada).set([key(1)]).execute(&dbs).await.unwrap(), changed(0, 1));
    assert_eq!(Person::ROOMS.of(&ada).query().one(&dbs).await.unwrap().name, "hall");
    assert_eq!(Person::ROOMS.of(&ada).remove([key(1), key(9)]).execute(&dbs).await.unwrap(), changed(0, 1));
}

/// A join table whose rows need a value beside the keys is one of the program's tables; its far rows are read through it.
#[tokio::test]
async fn rows_are_read_through_links_with_values() {
    let (_db, dbs) = links().await;
    let lease = |floor, tenant, rent| NewLease { house: "North".into(), floor, tenant, rent };
    let leases = [lease(1, 1, 300), lease(2, 1, 500), lease(2, 3, 500)];
    Lease::insert_many(leases).execute(&dbs).await.unwrap();

    let by_id = || Person::query().order_by(Person::ID);
    let tenants: Vec<(Person, Vec<Room>)> =
        by_id().with(Person::ROOMS_THROUGH_LEASES.order_by(Room::FLOOR)).all(&dbs).await.unwrap();
    let seen: Vec<Vec<_>> =
        tenants.iter().map(|(_, rooms)| rooms.iter().map(|room| room.name.as_str()).collect()).collect();
    assert_eq!(seen, [vec!["hall", "attic"], vec![], vec!["attic"]]);
    let attic = Person::ROOMS_THROUGH_LEASES.any(Room::NAME.eq("attic"));
    let ids: Vec<i16> = by_id().filter(attic).select(Person::ID).all(&dbs).await.unwrap();
    assert_eq!(ids, [1, 3]);
    let pairs: Vec<(Room, Person)> = Room::query().join(Room::TENANT_PEOPLE).all(&dbs).await.unwrap();
    assert_eq!(pairs.len(), 3);

    // Asked of one row; the links themselves come and go as rows.
    let (ada, _) = &tenants[0];
    let rooms = Person::ROOMS_THROUGH_LEASES.of(ada);
    assert_eq!(rooms.count(&dbs).await.unwrap(), 2);
    Lease::find(("North", 1, 1)).delete().execute(&dbs).await.unwrap();
    assert_eq!(Person::ROOMS_THROUGH_LEASES.of(ada).all(&dbs).await.unwrap()[0].name, "attic");
}

#[tokio::test]
async fn linked_rows_stand_side_by_side() {
    let (shop, [a, b], [new, red, _]) = tagged().await;
    let dbs = &shop.dbs;
    let by_key = || Product::query().order_by(Product::SKU.asc());
    let mut pairs: Vec<(Product, Tag)> = by_key().join(Product::TAGS).all(dbs).await.unwrap();
    pairs.sort_by_key(|(product, tag)| (product.sku.clone(), tag.id));
    let keys: Vec<_> = pairs.iter().map(|(product, tag)| (&product.sku, tag.id)).collect();
    assert_eq!(keys, [(&a.sku, new), (&a.sku, red), (&b.sku, red)]);
    Product::TAGS.of(&b).remove([red]).execute(dbs).await.unwrap();
    let pairs: Vec<(Product, Option<Tag>)> = by_key().left_join(Product::TAGS).all(dbs).await.unwrap();
    let tags: Vec<_> = pairs.iter().map(|(product, tag)| (&product.sku, tag.is_some())).collect();
    assert_eq!(tags, [(&a.sku, true), (&a.sku, true), (&b.sku, false)]);
    // On from there: the other products with a tag.
    let alike = Tag::query().join(Tag::PRODUCTS.join(Product::TAGS)).filter(Tag::ID.eq(new));
    let mut alike: Vec<_> = alike.all(dbs).await.unwrap().iter().map(|(_, (_, tag))| tag.id).collect();
    alike.sort_unstable();
    assert_eq!(alike, [new, red]);
}

#[tokio::test]
async fn relations_of_the_manifest_make_a_join_table() {
    let (_database, dbs) = links().await;
    let dbs = &dbs;
    let letter = |id| NewLetter { id, reply_to: None, house: None, floor: None };
    Letter::insert_many([letter(1), letter(2)]).execute(dbs).await.unwrap();
    let person = Person::query().order_by(Person::ID).first(dbs).await.unwrap().expect("there are people");
    let links = Person::LETTERS.of(&person);
    assert_eq!(links.add([1, 2]).execute(dbs).await.unwrap(), changed(2, 0));
    let letters = Person::LETTERS.of(&person).order_by(Letter::ID).all(dbs).await.unwrap();
    assert_eq!(letters.iter().map(|letter| letter.id).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(Letter::PEOPLE.of(&letters[0]).limit(1).one(dbs).await.unwrap(), person);
    let read: Vec<(Person, Vec<Letter>)> =
        Letter::PEOPLE.of(&letters[0]).with(Person::LETTERS.order_by(Letter::ID)).all(dbs).await.unwrap();
    assert_eq!(read, [(person, letters)]);
}

/// The two keys of the join table share a column, so that a link is no two keys that could be given.
#[tokio::test]
async fn keys_that_share_a_column_link_what_is_read() {
    let (_database, dbs) = links().await;
    let dbs = &dbs;
    let (house, keeper) = (|| "North".to_owned(), |name: &str| name.to_owned());
    let keepers = ["Ada", "Bob"].map(|name| NewKeeper { house: house(), name: keeper(name) });
    Keeper::insert_many(keepers).execute(dbs).await.unwrap();
    let kept = [(1, "Ada"), (2, "Ada"), (2, "Bob")];
    let kept = kept.map(|(floor, name)| NewKeptRoom { house: house(), floor, keeper: keeper(name) });
    KeptRoom::insert_many(kept).execute(dbs).await.unwrap();
    let rooms = Room::query().order_by(Room::FLOOR).with(Room::KEEPERS.order_by(Keeper::NAME));
    let rooms: Vec<(Room, Vec<Keeper>)> = rooms.all(dbs).await.unwrap();
    let seen: Vec<_> = rooms
        .iter()
        .map(|(room, keepers)| (room.floor, keepers.iter().map(|of| of.name.as_str()).collect::<Vec<_>>()))
        .collect();
    assert_eq!(seen, [(1, vec!["Ada"]), (2, vec!["Ada", "Bob"])]);
    let bob = Keeper::query().filter(Keeper::NAME.eq("Bob")).one(dbs).await.unwrap();
    assert_eq!(Keeper::ROOMS.of(&bob).count(dbs).await.unwrap(), 1);
    let busy = Keeper::query().filter(Keeper::ROOMS.any(Room::NAME.eq("hall"))).select(Keeper::NAME);
    assert_eq!(busy.all(dbs).await.unwrap(), ["Ada"]);
}
