//! What the other cases do wrong, done right: they fail for their own reason, not for another.

use ormgen_runtime::{
    Column, Filter, NotNull, Query, Result,
    functions::{count, desc, row_number, sql, window},
    prelude::*,
};
use ormgen_misuse::typed::{Account, Cents, PersonId};
use ormgen_misuse::shop::{
    Databases,
    crm::{ActiveCustomer, Crm, Customer, LoyaltyCard, NewCustomer, NewLoyaltyCard, Tier},
    orders::{Item, NewOrder, Order, OrderTotal, Product},
};

async fn right(dbs: &Databases) -> Result<()> {
    dbs.orders.transaction(async |tx| Order::query().all(tx).await).await?;
    dbs.crm.transaction(async |tx| Customer::find(1).one(tx).await).await?;
    Order::find(1).one(&dbs.orders).await?;
    Order::query().filter(Order::ID.eq(1).and(Order::NOTES.eq("a"))).all(dbs).await?;
    Customer::query().filter(Customer::REFERRER_ID.is_null().or(Customer::REFERRER_ID.eq(1))).all(dbs).await?;
    let new = NewCustomer { email: "a@b".into(), name: "A".into(), referrer_id: None, born_on: None };
    let ada: Customer = Customer::insert(new).set(Customer::VISITS, 1).one(dbs.crm.primary()).await?;
    let referrer: Option<i64> = ada.referrer_id;
    Order::insert_many([NewOrder { customer_id: ada.id }]).execute(dbs.orders.primary()).await?;
    Customer::query().count(dbs.crm.read_only()).await?;
    let update = Customer::query().filter(Customer::ID.eq(ada.id)).update().set(Customer::REFERRER_ID, referrer);
    update.set(Customer::REFERRER_ID, None).set(Customer::VISITS, Customer::VISITS + 1).execute(dbs).await?;
    ActiveCustomer::query().all(dbs).await?;
    OrderTotal::query().first(dbs).await?;
    Order::query().limit(9).with(Order::CUSTOMER).with(Order::ITEMS).all(dbs).await?;
    Item::query().with(Item::PRODUCT).with(Item::SHIPMENTS).all(&dbs.orders).await?;
    dbs.orders.transaction(async |tx| Order::query().for_update().skip_locked().all(tx).await).await?;
    Order::query().select(Order::ID).union(Item::query().select(Item::ORDER_ID)).all(dbs).await?;
    let page = Order::query().keyset((desc(Order::PLACED_AT), Order::ID)).limit(9).page(dbs).await?;
    Order::query().keyset((desc(Order::PLACED_AT), Order::ID)).after(page.next).page(dbs).await?;
    Order::query().select((count().over(window()), row_number().over(window()))).all(dbs).await?;
    Crm::sql::<Customer>("SELECT * FROM customers WHERE visits > $1").bind(3).all(&dbs.crm).await?;
    Crm::sql("DELETE FROM customers").execute(dbs.crm.primary()).await?;
    let new = NewCustomer { email: "a@b".into(), name: "A".into(), referrer_id: None, born_on: None };
    let upsert = Customer::insert(new).on_conflict(Customer::EMAIL).do_update((Customer::NAME, Customer::VISITS));
    let before = upsert.one(dbs).await?;
    Customer::insert_row(before.clone()).on_any_conflict().do_nothing().execute(dbs.crm.primary()).await?;
    let row = Customer { name: "B".into(), ..before.clone() }.save(&before, dbs).await?;
    Customer::update_many([&row]).set_columns(Customer::NAME).execute(dbs).await?;
    let _: i64 = row.delete().returning(Customer::ID).one(dbs).await?;
    Order::query().filter(Order::ITEMS.any(Item::SKU.eq("A-1"))).all(dbs).await?;
    Item::query().join(Item::ORDER).filter(Item::ORDER.column(Order::NOTES).eq("a")).all(dbs).await?;
    Order::query().filter(Order::ID.not_in_query(Item::query().select(Item::ORDER_ID))).all(dbs).await?;
    let tx = dbs.orders.begin().await?;
    Product::query().with(Product::ITEMS).all(&tx).await?;
    tx.commit().await
}

/// Functions and methods of the program's own, with names that other libraries have.
trait OwnFunctions: Keyed<Key = i64> {
    async fn all(dbs: &Databases) -> Result<Vec<Self>>;

    fn find_by_id(id: i64) -> Query<Self> {
        Self::find_many([id])
    }
}

impl OwnFunctions for Customer {
    async fn all(dbs: &Databases) -> Result<Vec<Self>> {
        Self::query().all(dbs).await
    }
}

trait OwnComparisons<M> {
    fn any(self, values: [i64; 2]) -> Filter<M>;
    fn eq_any(&self, values: [i64; 2]) -> Filter<M>;
}

impl<M> OwnComparisons<M> for Column<M, i64, ormgen_runtime::Nullable> {
    fn any(self, values: [i64; 2]) -> Filter<M> {
        self.is_in(values)
    }

    fn eq_any(&self, values: [i64; 2]) -> Filter<M> {
        self.is_in(values)
    }
}

trait OwnQueries {
    fn take(self, rows: u64) -> Self;
    fn fetch_all(&self) -> Self;
}

impl OwnQueries for Query<Customer> {
    fn take(self, rows: u64) -> Self {
        self.limit(rows)
    }

    fn fetch_all(&self) -> Self {
        self.clone()
    }
}

trait OwnPool {
    fn execute(&self, sql: &str) -> usize;
}

impl OwnPool for Pool<Crm> {
    fn execute(&self, sql: &str) -> usize {
        sql.len()
    }
}

async fn with_own_names(dbs: &Databases) -> Result<()> {
    let customers: Vec<Customer> = Customer::all(dbs).await?;
    let query: Query<Customer> = Customer::find_by_id(customers[0].id);
    query.filter(Customer::REFERRER_ID.any([1, 2]).or(Customer::REFERRER_ID.eq_any([3, 4]))).take(3).fetch_all();
    let _: usize = dbs.crm.execute("DELETE FROM customers");
    let cards: Vec<LoyaltyCard> = LoyaltyCard::all(dbs).await?;
    let card = LoyaltyCard::get(cards[0].customer_id).one(dbs).await?;
    let new = NewLoyaltyCard { customer_id: card.customer_id, expires_on: card.expires_on };
    LoyaltyCard::create(new).one(dbs).await?;
    let _: i64 = LoyaltyCard::filter(3).count(dbs).await? + LoyaltyCard::count(dbs).await?;
    Ok(())
}

/// What the messages say to write about a type of the program's own.
async fn of_own_types(dbs: &Databases, ids: Vec<i64>) -> Result<()> {
    let ids = ids.into_iter().map(PersonId);
    let raised = Account::BALANCE.cast_to::<i64>() + 5;
    Account::query().filter(Account::PERSON_ID.is_in(ids).and(Account::BALANCE.gt(Cents(100)))).all(dbs).await?;
    Account::query().update().set(Account::BALANCE, raised.cast_to()).execute(dbs).await?;
    let tier = sql("").column(Account::UID).expression::<Tier, NotNull>();
    Account::query().select(tier).all(dbs).await?;
    Ok(())
}

fn main() {
    let _ = of_own_types;
    let _ = right;
    let _ = with_own_names;
}
