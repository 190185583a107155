// Generated from examples/shop/manifest.yaml, as a build script would; do not edit.

#[allow(clippy::pedantic, dead_code, missing_docs, unused_imports, reason = "a program need not use every table, nor every column, and their names are the database's")]
pub mod crm {
//! The database `crm`.

mod active_customers {
//! View `public.active_customers`.

use ormgen_runtime::generated::{Column, ColumnDef, DecodeError, Decoder, Model, Nullable, View, types, };

/// Customers who can order.
#[derive(Debug, Clone, PartialEq)]
pub struct ActiveCustomer {
    pub id: Option<i64>,
    pub name: Option<String>,
    pub email: Option<String>,
    pub tier: Option<super::Tier>,
    pub created_at: Option<types::DateTime<types::Utc>>,
}

/// The columns, as every statement lists them.
macro_rules! columns {
    () => { "id, name, email, tier, created_at" };
}

impl ActiveCustomer {
    /// `int8`.
    pub const ID: Column<Self, i64, Nullable> =
        Column::new("id", "int8");
    /// `text`.
    pub const NAME: Column<Self, String, Nullable> =
        Column::new("name", "text");
    /// `public.email`.
    pub const EMAIL: Column<Self, String, Nullable> =
        Column::new("email", "text").cast();
    /// `public.tier`.
    pub const TIER: Column<Self, super::Tier, Nullable> =
        Column::new("tier", "public.tier");
    /// `timestamptz`.
    pub const CREATED_AT: Column<Self, types::DateTime<types::Utc>, Nullable> =
        Column::new("created_at", "timestamptz");
}

impl Model for ActiveCustomer {
    type Db = super::Crm;
    type Kind = View;
    const NAME: &'static str = "ActiveCustomer";
    const TABLE: &'static str = "public.active_customers";
    const COLUMNS: &'static [ColumnDef] = &[Self::ID.def, Self::NAME.def, Self::EMAIL.def, Self::TIER.def, Self::CREATED_AT.def, ];
    const SELECT: &'static str = concat!("SELECT ", columns!(), " FROM public.active_customers");

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (id, name, email, tier, created_at,) = row.values()?;
        Ok(Self {id, name, email, tier, created_at, })
    }
}

}
mod addresses {
//! Table `public.addresses`.

use ormgen_runtime::generated::{Column, ColumnDef, DecodeError, Decoder, Fields, Generated, Insertable, Keyed, Model, Table, ToOne, Values, };

/// Where a customer can be reached; one of a kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Address {
    pub id: i64,
    pub customer_id: i64,
    pub kind: super::AddressKind,
    pub street: String,
    pub postcode: String,
    pub city: String,
    /// Two letters, as in ISO 3166-1.
    pub country: String,
}

/// A new row of `public.addresses`.
///
/// Columns with defaults, which `.set(…)` gives other values: `KIND`, `COUNTRY`.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAddress {
    pub customer_id: i64,
    pub street: String,
    pub postcode: String,
    pub city: String,
}

/// The columns, as every statement lists them.
macro_rules! columns {
    () => { "id, customer_id, kind, street, postcode, city, country" };
}

impl Address {
    /// `int8`, primary key, identity, always generated.
    pub const ID: Column<Self, i64, Generated> =
        Column::new("id", "int8").identity();
    /// `int8`, refers to `customers.id`.
    pub const CUSTOMER_ID: Column<Self, i64> =
        Column::new("customer_id", "int8");
    /// `public.address_kind`, default `'home'`.
    pub const KIND: Column<Self, super::AddressKind> =
        Column::new("kind", "public.address_kind");
    /// `text`.
    pub const STREET: Column<Self, String> =
        Column::new("street", "text");
    /// `varchar(12)`.
    pub const POSTCODE: Column<Self, String> =
        Column::new("postcode", "varchar");
    /// `text`.
    pub const CITY: Column<Self, String> =
        Column::new("city", "text");
    /// `bpchar(2)`, default `'NL'`.
    pub const COUNTRY: Column<Self, String> =
        Column::new("country", "bpchar");
    /// The row of `customers` whose `id` is this address's `customer_id`.
    pub const CUSTOMER: ToOne<Self, super::Customer, (i64,)> =
        ToOne::by_key(
            &[Self::CUSTOMER_ID.def, ],
            |row| Some((row.customer_id,)),
        );
}

impl Model for Address {
    type Db = super::Crm;
    type Kind = Table;
    const NAME: &'static str = "Address";
    const TABLE: &'static str = "public.addresses";
    const COLUMNS: &'static [ColumnDef] = &[Self::ID.def, Self::CUSTOMER_ID.def, Self::KIND.def, Self::STREET.def, Self::POSTCODE.def, Self::CITY.def, Self::COUNTRY.def, ];
    const SELECT: &'static str = concat!("SELECT ", columns!(), " FROM public.addresses");

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (id, customer_id, kind, street, postcode, city, country,) = row.values()?;
        Ok(Self {id, customer_id, kind, street, postcode, city, country, })
    }

    fn fields<'a>(&'a self, fields: &mut Fields<'a>) {
        fields.push(&self.id);
        fields.push(&self.customer_id);
        fields.push(&self.kind);
        fields.push(&self.street);
        fields.push(&self.postcode);
        fields.push(&self.city);
        fields.push(&self.country);
    }
}

impl Keyed for Address {
    type Key = i64;
    const KEY: &'static [ColumnDef] = &[Self::ID.def, ];
    const FIND: &'static str = concat!("SELECT ", columns!(), " FROM public.addresses WHERE id = $1");

    fn key(&self) -> Self::Key {
        self.id
    }

    fn bind<'a>(key: &'a Self::Key, values: &mut Values<'a>) {
        values.push(key);
    }
}

impl Insertable for NewAddress {
    type Model = Address;
    const COLUMNS: &'static [ColumnDef] = &[Address::CUSTOMER_ID.def, Address::STREET.def, Address::POSTCODE.def, Address::CITY.def, ];
    const INSERT: &'static str = concat!("INSERT INTO public.addresses (customer_id, street, postcode, city) VALUES ($1, $2, $3, $4) RETURNING ", columns!());

    fn bind<'a>(&'a self, values: &mut Values<'a>) {
        values.push(&self.customer_id);
        values.push(&self.street);
        values.push(&self.postcode);
        values.push(&self.city);
    }
}

}
mod customers {
//! Table `public.customers`.

use ormgen_runtime::generated::{Column, ColumnDef, DecodeError, Decoder, Fields, Generated, Insertable, Keyed, Model, Nullable, NullableGenerated, Table, ToMany, ToOptional, Values, types, };

/// A person or a company that buys.
///
/// Customers are never deleted, for orders in another database point to them: they become inactive.
#[derive(Debug, Clone, PartialEq)]
pub struct Customer {
    /// Given by the database; other databases keep it too.
    pub id: i64,
    pub email: String,
    pub name: String,
    pub tier: super::Tier,
    pub active: bool,
    /// How often the customer signed in.
    pub visits: i32,
    /// What the customer chose: language, newsletter, theme.
    pub settings: types::JsonValue,
    pub tags: Vec<String>,
    /// The customer who brought this one.
    pub referrer_id: Option<i64>,
    pub born_on: Option<types::NaiveDate>,
    pub created_at: types::DateTime<types::Utc>,
    pub updated_at: types::DateTime<types::Utc>,
    pub search: Option<types::TsVector>,
}

/// A new row of `public.customers`.
///
/// Columns with defaults, which `.set(…)` gives other values: `TIER`, `ACTIVE`, `VISITS`, `SETTINGS`, `TAGS`, `CREATED_AT`, `UPDATED_AT`.
///
/// Without `Default`, so that no required column can be forgotten: `None` is written for NULL.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCustomer {
    pub email: String,
    pub name: String,
    pub referrer_id: Option<i64>,
    pub born_on: Option<types::NaiveDate>,
}

/// The columns, as every statement lists them.
macro_rules! columns {
    () => { "id, email, name, tier, active, visits, settings, tags, referrer_id, born_on, created_at, updated_at, search" };
}

impl Customer {
    /// `int8`, primary key, identity, always generated. Referred to by `addresses.customer_id`, `customers.referrer_id`, `loyalty_cards.customer_id`.
    pub const ID: Column<Self, i64, Generated> =
        Column::new("id", "int8").identity();
    /// `public.email`, unique.
    pub const EMAIL: Column<Self, String> =
        Column::new("email", "text").cast();
    /// `text`.
    pub const NAME: Column<Self, String> =
        Column::new("name", "text");
    /// `public.tier`, default `'bronze'`.
    pub const TIER: Column<Self, super::Tier> =
        Column::new("tier", "public.tier");
    /// `bool`, default `true`.
    pub const ACTIVE: Column<Self, bool> =
        Column::new("active", "bool");
    /// `int4`, default `0`.
    pub const VISITS: Column<Self, i32> =
        Column::new("visits", "int4");
    /// `jsonb`, has a default.
    pub const SETTINGS: Column<Self, types::JsonValue> =
        Column::new("settings", "jsonb");
    /// `text[]`, has a default.
    pub const TAGS: Column<Self, Vec<String>> =
        Column::new("tags", "text[]").compound();
    /// `int8`, refers to `customers.id`.
    pub const REFERRER_ID: Column<Self, i64, Nullable> =
        Column::new("referrer_id", "int8");
    /// `date`.
    pub const BORN_ON: Column<Self, types::NaiveDate, Nullable> =
        Column::new("born_on", "date");
    /// `timestamptz`, default `now()`.
    pub const CREATED_AT: Column<Self, types::DateTime<types::Utc>> =
        Column::new("created_at", "timestamptz");
    /// `timestamptz`, default `now()`.
    pub const UPDATED_AT: Column<Self, types::DateTime<types::Utc>> =
        Column::new("updated_at", "timestamptz");
    /// `tsvector`, generated.
    pub const SEARCH: Column<Self, types::TsVector, NullableGenerated> =
        Column::new("search", "tsvector");
    /// The row of `customers` whose `id` is this customer's `referrer_id`.
    pub const REFERRER: ToOptional<Self, Self, (i64,)> =
        ToOptional::by_key(
            &[Self::REFERRER_ID.def, ],
            |row| Some((row.referrer_id?,)),
        );
    /// The `addresses` whose `customer_id` is this customer's `id`.
    pub const ADDRESSES: ToMany<Self, super::Address, (i64,)> =
        super::Address::CUSTOMER.inverse();
    /// The `customers` whose `referrer_id` is this customer's `id`.
    pub const CUSTOMERS_BY_REFERRER: ToMany<Self, Self, (i64,)> =
        Self::REFERRER.inverse();
    /// The row of `loyalty_cards` whose `customer_id` is this customer's `id`.
    pub const LOYALTY_CARD: ToOptional<Self, super::LoyaltyCard, (i64,)> =
        super::LoyaltyCard::CUSTOMER.inverse();
}

impl Model for Customer {
    type Db = super::Crm;
    type Kind = Table;
    const NAME: &'static str = "Customer";
    const TABLE: &'static str = "public.customers";
    const COLUMNS: &'static [ColumnDef] = &[Self::ID.def, Self::EMAIL.def, Self::NAME.def, Self::TIER.def, Self::ACTIVE.def, Self::VISITS.def, Self::SETTINGS.def, Self::TAGS.def, Self::REFERRER_ID.def, Self::BORN_ON.def, Self::CREATED_AT.def, Self::UPDATED_AT.def, Self::SEARCH.def, ];
    const SELECT: &'static str = concat!("SELECT ", columns!(), " FROM public.customers");

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let ((id, email, name, tier, active, visits, settings, tags, referrer_id, born_on, created_at, updated_at, ), (search, ), ) = (row.values()?, row.values()?, );
        Ok(Self {id, email, name, tier, active, visits, settings, tags, referrer_id, born_on, created_at, updated_at, search, })
    }

    fn fields<'a>(&'a self, fields: &mut Fields<'a>) {
        fields.push(&self.id);
        fields.push(&self.email);
        fields.push(&self.name);
        fields.push(&self.tier);
        fields.push(&self.active);
        fields.push(&self.visits);
        fields.push(&self.settings);
        fields.push(&self.tags);
        fields.push(&self.referrer_id);
        fields.push(&self.born_on);
        fields.push(&self.created_at);
        fields.push(&self.updated_at);
        fields.push(&self.search);
    }
}

impl Keyed for Customer {
    type Key = i64;
    const KEY: &'static [ColumnDef] = &[Self::ID.def, ];
    const FIND: &'static str = concat!("SELECT ", columns!(), " FROM public.customers WHERE id = $1");

    fn key(&self) -> Self::Key {
        self.id
    }

    fn bind<'a>(key: &'a Self::Key, values: &mut Values<'a>) {
        values.push(key);
    }
}

impl Insertable for NewCustomer {
    type Model = Customer;
    const COLUMNS: &'static [ColumnDef] = &[Customer::EMAIL.def, Customer::NAME.def, Customer::REFERRER_ID.def, Customer::BORN_ON.def, ];
    const INSERT: &'static str = concat!("INSERT INTO public.customers (email, name, referrer_id, born_on) VALUES ($1::text, $2, $3, $4) RETURNING ", columns!());

    fn bind<'a>(&'a self, values: &mut Values<'a>) {
        values.push(&self.email);
        values.push(&self.name);
        values.push(&self.referrer_id);
        values.push(&self.born_on);
    }
}

}
mod loyalty_cards {
//! Table `public.loyalty_cards`.

use ormgen_runtime::generated::{Column, ColumnDef, DecodeError, Decoder, Fields, Insertable, Keyed, Model, Table, ToOne, Values, types, };

/// The card of a customer who wants one.
#[derive(Debug, Clone, PartialEq)]
pub struct LoyaltyCard {
    pub customer_id: i64,
    pub number: types::Uuid,
    pub points: i32,
    pub expires_on: types::NaiveDate,
}

/// A new row of `public.loyalty_cards`.
///
/// Columns with defaults, which `.set(…)` gives other values: `NUMBER`, `POINTS`.
#[derive(Debug, Clone, PartialEq)]
pub struct NewLoyaltyCard {
    pub customer_id: i64,
    pub expires_on: types::NaiveDate,
}

/// The columns, as every statement lists them.
macro_rules! columns {
    () => { "customer_id, number, points, expires_on" };
}

impl LoyaltyCard {
    /// `int8`, primary key, refers to `customers.id`.
    pub const CUSTOMER_ID: Column<Self, i64> =
        Column::new("customer_id", "int8");
    /// `uuid`, unique, default `gen_random_uuid()`.
    pub const NUMBER: Column<Self, types::Uuid> =
        Column::new("number", "uuid");
    /// `int4`, default `0`.
    pub const POINTS: Column<Self, i32> =
        Column::new("points", "int4");
    /// `date`.
    pub const EXPIRES_ON: Column<Self, types::NaiveDate> =
        Column::new("expires_on", "date");
    /// The row of `customers` whose `id` is this loyalty card's `customer_id`.
    pub const CUSTOMER: ToOne<Self, super::Customer, (i64,)> =
        ToOne::by_key(
            &[Self::CUSTOMER_ID.def, ],
            |row| Some((row.customer_id,)),
        );
}

impl Model for LoyaltyCard {
    type Db = super::Crm;
    type Kind = Table;
    const NAME: &'static str = "LoyaltyCard";
    const TABLE: &'static str = "public.loyalty_cards";
    const COLUMNS: &'static [ColumnDef] = &[Self::CUSTOMER_ID.def, Self::NUMBER.def, Self::POINTS.def, Self::EXPIRES_ON.def, ];
    const SELECT: &'static str = concat!("SELECT ", columns!(), " FROM public.loyalty_cards");

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (customer_id, number, points, expires_on,) = row.values()?;
        Ok(Self {customer_id, number, points, expires_on, })
    }

    fn fields<'a>(&'a self, fields: &mut Fields<'a>) {
        fields.push(&self.customer_id);
        fields.push(&self.number);
        fields.push(&self.points);
        fields.push(&self.expires_on);
    }
}

impl Keyed for LoyaltyCard {
    type Key = i64;
    const KEY: &'static [ColumnDef] = &[Self::CUSTOMER_ID.def, ];
    const FIND: &'static str = concat!("SELECT ", columns!(), " FROM public.loyalty_cards WHERE customer_id = $1");

    fn key(&self) -> Self::Key {
        self.customer_id
    }

    fn bind<'a>(key: &'a Self::Key, values: &mut Values<'a>) {
        values.push(key);
    }
}

impl Insertable for NewLoyaltyCard {
    type Model = LoyaltyCard;
    const COLUMNS: &'static [ColumnDef] = &[LoyaltyCard::CUSTOMER_ID.def, LoyaltyCard::EXPIRES_ON.def, ];
    const INSERT: &'static str = concat!("INSERT INTO public.loyalty_cards (customer_id, expires_on) VALUES ($1, $2) RETURNING ", columns!());

    fn bind<'a>(&'a self, values: &mut Values<'a>) {
        values.push(&self.customer_id);
        values.push(&self.expires_on);
    }
}

}
mod types {
//! The enums and composite types of the database `crm`.

use ormgen_runtime::types;

/// Enum `public.address_kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AddressKind {
    Home,
    Work,
    PickUpPoint,
}

impl AddressKind {
    /// Every label, in the database's order.
    pub const ALL: &'static [Self] = &[Self::Home, Self::Work, Self::PickUpPoint, ];

    /// The label as the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Work => "work",
            Self::PickUpPoint => "pick-up point",
        }
    }
}

types::enum_by_label!(AddressKind, "address_kind");

/// How much a customer bought in the last year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    Bronze,
    Silver,
    Gold,
}

impl Tier {
    /// Every label, in the database's order.
    pub const ALL: &'static [Self] = &[Self::Bronze, Self::Silver, Self::Gold, ];

    /// The label as the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bronze => "bronze",
            Self::Silver => "silver",
            Self::Gold => "gold",
        }
    }
}

types::enum_by_label!(Tier, "tier");

}
pub use self::active_customers::{ActiveCustomer};
pub use self::addresses::{Address, NewAddress};
pub use self::customers::{Customer, NewCustomer};
pub use self::loyalty_cards::{LoyaltyCard, NewLoyaltyCard};
pub use self::types::{AddressKind, Tier, };

/// The database `crm`: the type of its models, pools and transactions, which none of another database has.
#[derive(Debug)]
pub enum Crm {}

impl ormgen_runtime::Database for Crm {
    const NAME: &'static str = "crm";
    const TABLES: &'static [ormgen_runtime::generated::TableDef] = &[ormgen_runtime::generated::TableDef::of::<ActiveCustomer>(), ormgen_runtime::generated::TableDef::of::<Address>(), ormgen_runtime::generated::TableDef::of::<Customer>(), ormgen_runtime::generated::TableDef::of::<LoyaltyCard>(), ];
    const ENUMS: &'static [ormgen_runtime::generated::EnumDef] = &[ormgen_runtime::generated::EnumDef::of::<AddressKind>("public.address_kind"), ormgen_runtime::generated::EnumDef::of::<Tier>("public.tier"), ];
}
}
#[allow(clippy::pedantic, dead_code, missing_docs, unused_imports, reason = "a program need not use every table, nor every column, and their names are the database's")]
pub mod orders {
//! The database `orders`.

mod categories {
//! Table `public.categories`.

use ormgen_runtime::generated::{Column, ColumnDef, DecodeError, Decoder, Fields, Insertable, Keyed, Model, Nullable, Table, ToMany, ToOptional, Values, };

/// A tree; those without a parent are at its top.
#[derive(Debug, Clone, PartialEq)]
pub struct Category {
    pub id: i32,
    pub parent_id: Option<i32>,
    pub name: String,
    pub position: i16,
}

/// A new row of `public.categories`.
///
/// Columns with defaults, which `.set(…)` gives other values: `ID`, `POSITION`.
///
/// Without `Default`, so that no required column can be forgotten: `None` is written for NULL.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCategory {
    pub parent_id: Option<i32>,
    pub name: String,
}

/// The columns, as every statement lists them.
macro_rules! columns {
    () => { r#"id, parent_id, name, "position""# };
}

impl Category {
    /// `int4`, primary key, has a default. Referred to by `categories.parent_id`, `products.category_id`.
    pub const ID: Column<Self, i32> =
        Column::new("id", "int4");
    /// `int4`, refers to `categories.id`.
    pub const PARENT_ID: Column<Self, i32, Nullable> =
        Column::new("parent_id", "int4");
    /// `text`.
    pub const NAME: Column<Self, String> =
        Column::new("name", "text");
    /// `int2`, default `0`.
    pub const POSITION: Column<Self, i16> =
        Column::new(r#""position""#, "int2");
    /// The row of `categories` whose `id` is this category's `parent_id`.
    pub const PARENT: ToOptional<Self, Self, (i32,)> =
        ToOptional::by_key(
            &[Self::PARENT_ID.def, ],
            |row| Some((row.parent_id?,)),
        );
    /// The `categories` whose `parent_id` is this category's `id`.
    pub const CATEGORIES_BY_PARENT: ToMany<Self, Self, (i32,)> =
        Self::PARENT.inverse();
    /// The `products` whose `category_id` is this category's `id`.
    pub const PRODUCTS: ToMany<Self, super::Product, (i32,)> =
        super::Product::CATEGORY.inverse();
}

impl Model for Category {
    type Db = super::Orders;
    type Kind = Table;
    const NAME: &'static str = "Category";
    const TABLE: &'static str = "public.categories";
    const COLUMNS: &'static [ColumnDef] = &[Self::ID.def, Self::PARENT_ID.def, Self::NAME.def, Self::POSITION.def, ];
    const SELECT: &'static str = concat!("SELECT ", columns!(), " FROM public.categories");

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (id, parent_id, name, position,) = row.values()?;
        Ok(Self {id, parent_id, name, position, })
    }

    fn fields<'a>(&'a self, fields: &mut Fields<'a>) {
        fields.push(&self.id);
        fields.push(&self.parent_id);
        fields.push(&self.name);
        fields.push(&self.position);
    }
}

impl Keyed for Category {
    type Key = i32;
    const KEY: &'static [ColumnDef] = &[Self::ID.def, ];
    const FIND: &'static str = concat!("SELECT ", columns!(), " FROM public.categories WHERE id = $1");

    fn key(&self) -> Self::Key {
        self.id
    }

    fn bind<'a>(key: &'a Self::Key, values: &mut Values<'a>) {
        values.push(key);
    }
}

impl Insertable for NewCategory {
    type Model = Category;
    const COLUMNS: &'static [ColumnDef] = &[Category::PARENT_ID.def, Category::NAME.def, ];
    const INSERT: &'static str = concat!("INSERT INTO public.categories (parent_id, name) VALUES ($1, $2) RETURNING ", columns!());

    fn bind<'a>(&'a self, values: &mut Values<'a>) {
        values.push(&self.parent_id);
        values.push(&self.name);
    }
}

}
mod clerks {
//! Table `public.clerks`.

use ormgen_runtime::generated::{Column, ColumnDef, DecodeError, Decoder, Fields, Generated, Insertable, Keyed, Model, Table, ToMany, Values, };

/// A row of the table `public.clerks`.
#[derive(Debug, Clone, PartialEq)]
pub struct Clerk {
    pub id: i32,
    pub name: String,
}

/// A new row of `public.clerks`.
#[derive(Debug, Clone, PartialEq)]
pub struct NewClerk {
    pub name: String,
}

/// The columns, as every statement lists them.
macro_rules! columns {
    () => { "id, name" };
}

impl Clerk {
    /// `int4`, primary key, identity, always generated. Referred to by `invoices.approved_by`, `invoices.created_by`.
    pub const ID: Column<Self, i32, Generated> =
        Column::new("id", "int4").identity();
    /// `text`.
    pub const NAME: Column<Self, String> =
        Column::new("name", "text");
    /// The `invoices` whose `approved_by` is this clerk's `id`.
    pub const INVOICES_APPROVED_BY: ToMany<Self, super::Invoice, (i32,)> =
        super::Invoice::APPROVED_BY_CLERK.inverse();
    /// The `invoices` whose `created_by` is this clerk's `id`.
    pub const INVOICES_CREATED_BY: ToMany<Self, super::Invoice, (i32,)> =
        super::Invoice::CREATED_BY_CLERK.inverse();
}

impl Model for Clerk {
    type Db = super::Orders;
    type Kind = Table;
    const NAME: &'static str = "Clerk";
    const TABLE: &'static str = "public.clerks";
    const COLUMNS: &'static [ColumnDef] = &[Self::ID.def, Self::NAME.def, ];
    const SELECT: &'static str = concat!("SELECT ", columns!(), " FROM public.clerks");

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (id, name,) = row.values()?;
        Ok(Self {id, name, })
    }

    fn fields<'a>(&'a self, fields: &mut Fields<'a>) {
        fields.push(&self.id);
        fields.push(&self.name);
    }
}

impl Keyed for Clerk {
    type Key = i32;
    const KEY: &'static [ColumnDef] = &[Self::ID.def, ];
    const FIND: &'static str = concat!("SELECT ", columns!(), " FROM public.clerks WHERE id = $1");

    fn key(&self) -> Self::Key {
        self.id
    }

    fn bind<'a>(key: &'a Self::Key, values: &mut Values<'a>) {
        values.push(key);
    }
}

impl Insertable for NewClerk {
    type Model = Clerk;
    const COLUMNS: &'static [ColumnDef] = &[Clerk::NAME.def, ];
    const INSERT: &'static str = concat!("INSERT INTO public.clerks (name) VALUES ($1) RETURNING ", columns!());

    fn bind<'a>(&'a self, values: &mut Values<'a>) {
        values.push(&self.name);
    }
}

}
mod invoices {
//! Table `public.invoices`.

use ormgen_runtime::generated::{Column, ColumnDef, DecodeError, Decoder, Fields, Insertable, Keyed, Model, Nullable, Table, ToOne, ToOptional, Values, types, };

/// A row of the table `public.invoices`.
#[derive(Debug, Clone, PartialEq)]
pub struct Invoice {
    pub number: i64,
    pub order_id: i64,
    pub issued_on: types::NaiveDate,
    pub due_on: types::NaiveDate,
    pub paid: bool,
    pub created_by: i32,
    pub approved_by: Option<i32>,
}

/// A new row of `public.invoices`.
///
/// Columns with defaults, which `.set(…)` gives other values: `NUMBER`, `ISSUED_ON`, `DUE_ON`, `PAID`.
///
/// Without `Default`, so that no required column can be forgotten: `None` is written for NULL.
#[derive(Debug, Clone, PartialEq)]
pub struct NewInvoice {
    pub order_id: i64,
    pub created_by: i32,
    pub approved_by: Option<i32>,
}

/// The columns, as every statement lists them.
macro_rules! columns {
    () => { "number, order_id, issued_on, due_on, paid, created_by, approved_by" };
}

impl Invoice {
    /// `int8`, primary key, has a default.
    pub const NUMBER: Column<Self, i64> =
        Column::new("number", "int8");
    /// `int8`, unique, refers to `orders.id`.
    pub const ORDER_ID: Column<Self, i64> =
        Column::new("order_id", "int8");
    /// `date`, has a default.
    pub const ISSUED_ON: Column<Self, types::NaiveDate> =
        Column::new("issued_on", "date");
    /// `date`, has a default.
    pub const DUE_ON: Column<Self, types::NaiveDate> =
        Column::new("due_on", "date");
    /// `bool`, default `false`.
    pub const PAID: Column<Self, bool> =
        Column::new("paid", "bool");
    /// `int4`, refers to `clerks.id`.
    pub const CREATED_BY: Column<Self, i32> =
        Column::new("created_by", "int4");
    /// `int4`, refers to `clerks.id`.
    pub const APPROVED_BY: Column<Self, i32, Nullable> =
        Column::new("approved_by", "int4");
    /// The row of `clerks` whose `id` is this invoice's `approved_by`.
    pub const APPROVED_BY_CLERK: ToOptional<Self, super::Clerk, (i32,)> =
        ToOptional::by_key(
            &[Self::APPROVED_BY.def, ],
            |row| Some((row.approved_by?,)),
        );
    /// The row of `clerks` whose `id` is this invoice's `created_by`.
    pub const CREATED_BY_CLERK: ToOne<Self, super::Clerk, (i32,)> =
        ToOne::by_key(
            &[Self::CREATED_BY.def, ],
            |row| Some((row.created_by,)),
        );
    /// The row of `orders` whose `id` is this invoice's `order_id`.
    pub const ORDER: ToOne<Self, super::Order, (i64,)> =
        ToOne::by_key(
            &[Self::ORDER_ID.def, ],
            |row| Some((row.order_id,)),
        );
}

impl Model for Invoice {
    type Db = super::Orders;
    type Kind = Table;
    const NAME: &'static str = "Invoice";
    const TABLE: &'static str = "public.invoices";
    const COLUMNS: &'static [ColumnDef] = &[Self::NUMBER.def, Self::ORDER_ID.def, Self::ISSUED_ON.def, Self::DUE_ON.def, Self::PAID.def, Self::CREATED_BY.def, Self::APPROVED_BY.def, ];
    const SELECT: &'static str = concat!("SELECT ", columns!(), " FROM public.invoices");

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (number, order_id, issued_on, due_on, paid, created_by, approved_by,) = row.values()?;
        Ok(Self {number, order_id, issued_on, due_on, paid, created_by, approved_by, })
    }

    fn fields<'a>(&'a self, fields: &mut Fields<'a>) {
        fields.push(&self.number);
        fields.push(&self.order_id);
        fields.push(&self.issued_on);
        fields.push(&self.due_on);
        fields.push(&self.paid);
        fields.push(&self.created_by);
        fields.push(&self.approved_by);
    }
}

impl Keyed for Invoice {
    type Key = i64;
    const KEY: &'static [ColumnDef] = &[Self::NUMBER.def, ];
    const FIND: &'static str = concat!("SELECT ", columns!(), " FROM public.invoices WHERE number = $1");

    fn key(&self) -> Self::Key {
        self.number
    }

    fn bind<'a>(key: &'a Self::Key, values: &mut Values<'a>) {
        values.push(key);
    }
}

impl Insertable for NewInvoice {
    type Model = Invoice;
    const COLUMNS: &'static [ColumnDef] = &[Invoice::ORDER_ID.def, Invoice::CREATED_BY.def, Invoice::APPROVED_BY.def, ];
    const INSERT: &'static str = concat!("INSERT INTO public.invoices (order_id, created_by, approved_by) VALUES ($1, $2, $3) RETURNING ", columns!());

    fn bind<'a>(&'a self, values: &mut Values<'a>) {
        values.push(&self.order_id);
        values.push(&self.created_by);
        values.push(&self.approved_by);
    }
}

}
mod items {
//! Table `public.items`.

use ormgen_runtime::generated::{Column, ColumnDef, DecodeError, Decoder, Fields, Insertable, Keyed, Model, Table, ToMany, ToOne, Values, types, };

/// A line of an order.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub order_id: i64,
    pub line_no: i16,
    pub sku: String,
    pub quantity: i32,
    /// Of one piece, on the day of the order.
    pub price: types::Decimal,
}

/// A new row of `public.items`.
///
/// `QUANTITY` has a default; `.set(…)` gives it another value.
#[derive(Debug, Clone, PartialEq)]
pub struct NewItem {
    pub order_id: i64,
    pub line_no: i16,
    pub sku: String,
    pub price: types::Decimal,
}

/// The columns, as every statement lists them.
macro_rules! columns {
    () => { "order_id, line_no, sku, quantity, price" };
}

impl Item {
    /// `int8`, part of the primary key, refers to `orders.id`. Referred to by `shipments.order_id`.
    pub const ORDER_ID: Column<Self, i64> =
        Column::new("order_id", "int8");
    /// `int2`, part of the primary key. Referred to by `shipments.line_no`.
    pub const LINE_NO: Column<Self, i16> =
        Column::new("line_no", "int2");
    /// `public.sku`, refers to `products.sku`.
    pub const SKU: Column<Self, String> =
        Column::new("sku", "varchar").cast();
    /// `int4`, default `1`.
    pub const QUANTITY: Column<Self, i32> =
        Column::new("quantity", "int4");
    /// `public.amount`.
    pub const PRICE: Column<Self, types::Decimal> =
        Column::new("price", "numeric").cast();
    /// The row of `orders` whose `id` is this item's `order_id`.
    pub const ORDER: ToOne<Self, super::Order, (i64,)> =
        ToOne::by_key(
            &[Self::ORDER_ID.def, ],
            |row| Some((row.order_id,)),
        );
    /// The row of `products` whose `sku` is this item's `sku`.
    pub const PRODUCT: ToOne<Self, super::Product, (String,)> =
        ToOne::by_key(
            &[Self::SKU.def, ],
            |row| Some((row.sku.clone(),)),
        );
    /// The `shipments` whose `order_id, line_no` are this item's `order_id, line_no`.
    pub const SHIPMENTS: ToMany<Self, super::Shipment, (i64, i16,)> =
        super::Shipment::ITEM.inverse();
}

impl Model for Item {
    type Db = super::Orders;
    type Kind = Table;
    const NAME: &'static str = "Item";
    const TABLE: &'static str = "public.items";
    const COLUMNS: &'static [ColumnDef] = &[Self::ORDER_ID.def, Self::LINE_NO.def, Self::SKU.def, Self::QUANTITY.def, Self::PRICE.def, ];
    const SELECT: &'static str = concat!("SELECT ", columns!(), " FROM public.items");

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (order_id, line_no, sku, quantity, price,) = row.values()?;
        Ok(Self {order_id, line_no, sku, quantity, price, })
    }

    fn fields<'a>(&'a self, fields: &mut Fields<'a>) {
        fields.push(&self.order_id);
        fields.push(&self.line_no);
        fields.push(&self.sku);
        fields.push(&self.quantity);
        fields.push(&self.price);
    }
}

impl Keyed for Item {
    type Key = (i64, i16);
    const KEY: &'static [ColumnDef] = &[Self::ORDER_ID.def, Self::LINE_NO.def, ];
    const FIND: &'static str = concat!("SELECT ", columns!(), " FROM public.items WHERE order_id = $1 AND line_no = $2");

    fn key(&self) -> Self::Key {
        (self.order_id, self.line_no)
    }

    fn bind<'a>(key: &'a Self::Key, values: &mut Values<'a>) {
        values.push(&key.0);
        values.push(&key.1);
    }
}

impl Insertable for NewItem {
    type Model = Item;
    const COLUMNS: &'static [ColumnDef] = &[Item::ORDER_ID.def, Item::LINE_NO.def, Item::SKU.def, Item::PRICE.def, ];
    const INSERT: &'static str = concat!("INSERT INTO public.items (order_id, line_no, sku, price) VALUES ($1, $2, $3::varchar, $4::numeric) RETURNING ", columns!());

    fn bind<'a>(&'a self, values: &mut Values<'a>) {
        values.push(&self.order_id);
        values.push(&self.line_no);
        values.push(&self.sku);
        values.push(&self.price);
    }
}

}
mod order_totals {
//! View `public.order_totals`.

use ormgen_runtime::generated::{Column, ColumnDef, DecodeError, Decoder, Model, Nullable, View, types, };

/// What the lines of an order come to.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderTotal {
    pub order_id: Option<i64>,
    pub customer_id: Option<i64>,
    pub status: Option<super::OrderStatus>,
    pub lines: Option<i64>,
    pub total: Option<types::Decimal>,
    pub dearest: Option<types::Numeric>,
}

/// The columns, as every statement lists them.
macro_rules! columns {
    () => { "order_id, customer_id, status, lines, total, dearest" };
}

impl OrderTotal {
    /// `int8`.
    pub const ORDER_ID: Column<Self, i64, Nullable> =
        Column::new("order_id", "int8");
    /// `int8`.
    pub const CUSTOMER_ID: Column<Self, i64, Nullable> =
        Column::new("customer_id", "int8");
    /// `public.order_status`.
    pub const STATUS: Column<Self, super::OrderStatus, Nullable> =
        Column::new("status", "public.order_status");
    /// `int8`.
    pub const LINES: Column<Self, i64, Nullable> =
        Column::new("lines", "int8");
    /// `numeric(14,4)`.
    pub const TOTAL: Column<Self, types::Decimal, Nullable> =
        Column::new("total", "numeric");
    /// `numeric`.
    pub const DEAREST: Column<Self, types::Numeric, Nullable> =
        Column::new("dearest", "numeric");
}

impl Model for OrderTotal {
    type Db = super::Orders;
    type Kind = View;
    const NAME: &'static str = "OrderTotal";
    const TABLE: &'static str = "public.order_totals";
    const COLUMNS: &'static [ColumnDef] = &[Self::ORDER_ID.def, Self::CUSTOMER_ID.def, Self::STATUS.def, Self::LINES.def, Self::TOTAL.def, Self::DEAREST.def, ];
    const SELECT: &'static str = concat!("SELECT ", columns!(), " FROM public.order_totals");

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (order_id, customer_id, status, lines, total, dearest,) = row.values()?;
        Ok(Self {order_id, customer_id, status, lines, total, dearest, })
    }
}

}
mod orders_table {
//! Table `public.orders`.

use ormgen_runtime::generated::{Column, ColumnDef, DecodeError, Decoder, Fields, Insertable, Keyed, Model, Table, ToMany, ToOptional, Values, types, };

/// What one customer bought at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub id: i64,
    /// The id of a customer in the other database.
    pub customer_id: i64,
    pub status: super::OrderStatus,
    pub total: types::Decimal,
    pub notes: String,
    pub placed_at: types::DateTime<types::Utc>,
}

/// A new row of `public.orders`.
///
/// Columns with defaults, which `.set(…)` gives other values: `ID`, `STATUS`, `TOTAL`, `NOTES`, `PLACED_AT`.
#[derive(Debug, Clone, PartialEq)]
pub struct NewOrder {
    pub customer_id: i64,
}

/// The columns, as every statement lists them.
macro_rules! columns {
    () => { "id, customer_id, status, total, notes, placed_at" };
}

impl Order {
    /// `int8`, primary key, identity. Referred to by `invoices.order_id`, `items.order_id`.
    pub const ID: Column<Self, i64> =
        Column::new("id", "int8");
    /// `int8`.
    pub const CUSTOMER_ID: Column<Self, i64> =
        Column::new("customer_id", "int8");
    /// `public.order_status`, default `'open'`.
    pub const STATUS: Column<Self, super::OrderStatus> =
        Column::new("status", "public.order_status");
    /// `numeric(12,2)`, default `0`.
    pub const TOTAL: Column<Self, types::Decimal> =
        Column::new("total", "numeric");
    /// `text`, default `''`.
    pub const NOTES: Column<Self, String> =
        Column::new("notes", "text");
    /// `timestamptz`, default `now()`.
    pub const PLACED_AT: Column<Self, types::DateTime<types::Utc>> =
        Column::new("placed_at", "timestamptz");
    /// The row of `invoices` whose `order_id` is this order's `id`.
    pub const INVOICE: ToOptional<Self, super::Invoice, (i64,)> =
        super::Invoice::ORDER.inverse();
    /// The `items` whose `order_id` is this order's `id`.
    pub const ITEMS: ToMany<Self, super::Item, (i64,)> =
        super::Item::ORDER.inverse();
}

impl Model for Order {
    type Db = super::Orders;
    type Kind = Table;
    const NAME: &'static str = "Order";
    const TABLE: &'static str = "public.orders";
    const COLUMNS: &'static [ColumnDef] = &[Self::ID.def, Self::CUSTOMER_ID.def, Self::STATUS.def, Self::TOTAL.def, Self::NOTES.def, Self::PLACED_AT.def, ];
    const SELECT: &'static str = concat!("SELECT ", columns!(), " FROM public.orders");

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (id, customer_id, status, total, notes, placed_at,) = row.values()?;
        Ok(Self {id, customer_id, status, total, notes, placed_at, })
    }

    fn fields<'a>(&'a self, fields: &mut Fields<'a>) {
        fields.push(&self.id);
        fields.push(&self.customer_id);
        fields.push(&self.status);
        fields.push(&self.total);
        fields.push(&self.notes);
        fields.push(&self.placed_at);
    }
}

impl Keyed for Order {
    type Key = i64;
    const KEY: &'static [ColumnDef] = &[Self::ID.def, ];
    const FIND: &'static str = concat!("SELECT ", columns!(), " FROM public.orders WHERE id = $1");

    fn key(&self) -> Self::Key {
        self.id
    }

    fn bind<'a>(key: &'a Self::Key, values: &mut Values<'a>) {
        values.push(key);
    }
}

impl Insertable for NewOrder {
    type Model = Order;
    const COLUMNS: &'static [ColumnDef] = &[Order::CUSTOMER_ID.def, ];
    const INSERT: &'static str = concat!("INSERT INTO public.orders (customer_id) VALUES ($1) RETURNING ", columns!());

    fn bind<'a>(&'a self, values: &mut Values<'a>) {
        values.push(&self.customer_id);
    }
}

}
mod product_tags {
//! Table `public.product_tags`.

use ormgen_runtime::generated::{Column, ColumnDef, DecodeError, Decoder, Fields, Insertable, Keyed, Model, Table, ToOne, Values, };

/// A row of the table `public.product_tags`.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductTag {
    pub product_sku: String,
    pub tag_id: i32,
}

/// A new row of `public.product_tags`.
#[derive(Debug, Clone, PartialEq)]
pub struct NewProductTag {
    pub product_sku: String,
    pub tag_id: i32,
}

/// The columns, as every statement lists them.
macro_rules! columns {
    () => { "product_sku, tag_id" };
}

impl ProductTag {
    /// `public.sku`, part of the primary key, refers to `products.sku`.
    pub const PRODUCT_SKU: Column<Self, String> =
        Column::new("product_sku", "varchar").cast();
    /// `int4`, part of the primary key, refers to `tags.id`.
    pub const TAG_ID: Column<Self, i32> =
        Column::new("tag_id", "int4");
    /// The row of `products` whose `sku` is this product tag's `product_sku`.
    pub const PRODUCT: ToOne<Self, super::Product, (String,)> =
        ToOne::by_key(
            &[Self::PRODUCT_SKU.def, ],
            |row| Some((row.product_sku.clone(),)),
        );
    /// The row of `tags` whose `id` is this product tag's `tag_id`.
    pub const TAG: ToOne<Self, super::Tag, (i32,)> =
        ToOne::by_key(
            &[Self::TAG_ID.def, ],
            |row| Some((row.tag_id,)),
        );
}

impl Model for ProductTag {
    type Db = super::Orders;
    type Kind = Table;
    const NAME: &'static str = "ProductTag";
    const TABLE: &'static str = "public.product_tags";
    const COLUMNS: &'static [ColumnDef] = &[Self::PRODUCT_SKU.def, Self::TAG_ID.def, ];
    const SELECT: &'static str = concat!("SELECT ", columns!(), " FROM public.product_tags");

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (product_sku, tag_id,) = row.values()?;
        Ok(Self {product_sku, tag_id, })
    }

    fn fields<'a>(&'a self, fields: &mut Fields<'a>) {
        fields.push(&self.product_sku);
        fields.push(&self.tag_id);
    }
}

impl Keyed for ProductTag {
    type Key = (String, i32);
    const KEY: &'static [ColumnDef] = &[Self::PRODUCT_SKU.def, Self::TAG_ID.def, ];
    const FIND: &'static str = concat!("SELECT ", columns!(), " FROM public.product_tags WHERE product_sku = $1 AND tag_id = $2");

    fn key(&self) -> Self::Key {
        (self.product_sku.clone(), self.tag_id)
    }

    fn bind<'a>(key: &'a Self::Key, values: &mut Values<'a>) {
        values.push(&key.0);
        values.push(&key.1);
    }
}

impl Insertable for NewProductTag {
    type Model = ProductTag;
    const COLUMNS: &'static [ColumnDef] = &[ProductTag::PRODUCT_SKU.def, ProductTag::TAG_ID.def, ];
    const INSERT: &'static str = concat!("INSERT INTO public.product_tags (product_sku, tag_id) VALUES ($1::varchar, $2) RETURNING ", columns!());

    fn bind<'a>(&'a self, values: &mut Values<'a>) {
        values.push(&self.product_sku);
        values.push(&self.tag_id);
    }
}

}
mod products {
//! Table `public.products`.

use ormgen_runtime::generated::{Column, ColumnDef, DecodeError, Decoder, Fields, Insertable, Keyed, ManyToMany, Model, Nullable, NullableGenerated, Table, ToMany, ToOne, Values, types, };

/// A row of the table `public.products`.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    pub sku: String,
    pub category_id: i32,
    pub name: String,
    pub price: types::Decimal,
    pub tax_percent: types::Decimal,
    /// Price and tax; the database computes it.
    pub gross_price: Option<types::Decimal>,
    /// In kilograms; empty for what is not sent.
    pub weight: Option<f64>,
    pub attributes: types::JsonValue,
    pub available: bool,
}

/// A new row of `public.products`.
///
/// Columns with defaults, which `.set(…)` gives other values: `TAX_PERCENT`, `ATTRIBUTES`, `AVAILABLE`.
///
/// Without `Default`, so that no required column can be forgotten: `None` is written for NULL.
#[derive(Debug, Clone, PartialEq)]
pub struct NewProduct {
    pub sku: String,
    pub category_id: i32,
    pub name: String,
    pub price: types::Decimal,
    pub weight: Option<f64>,
}

/// The columns, as every statement lists them.
macro_rules! columns {
    () => { "sku, category_id, name, price, tax_percent, gross_price, weight, attributes, available" };
}

impl Product {
    /// `public.sku`, primary key. Referred to by `items.sku`, `product_tags.product_sku`.
    pub const SKU: Column<Self, String> =
        Column::new("sku", "varchar").cast();
    /// `int4`, refers to `categories.id`.
    pub const CATEGORY_ID: Column<Self, i32> =
        Column::new("category_id", "int4");
    /// `text`.
    pub const NAME: Column<Self, String> =
        Column::new("name", "text");
    /// `public.amount`.
    pub const PRICE: Column<Self, types::Decimal> =
        Column::new("price", "numeric").cast();
    /// `numeric(4,2)`, default `21`.
    pub const TAX_PERCENT: Column<Self, types::Decimal> =
        Column::new("tax_percent", "numeric");
    /// `numeric(12,2)`, generated.
    pub const GROSS_PRICE: Column<Self, types::Decimal, NullableGenerated> =
        Column::new("gross_price", "numeric");
    /// `float8`.
    pub const WEIGHT: Column<Self, f64, Nullable> =
        Column::new("weight", "float8");
    /// `jsonb`, has a default.
    pub const ATTRIBUTES: Column<Self, types::JsonValue> =
        Column::new("attributes", "jsonb");
    /// `bool`, default `true`.
    pub const AVAILABLE: Column<Self, bool> =
        Column::new("available", "bool");
    /// The row of `categories` whose `id` is this product's `category_id`.
    pub const CATEGORY: ToOne<Self, super::Category, (i32,)> =
        ToOne::by_key(
            &[Self::CATEGORY_ID.def, ],
            |row| Some((row.category_id,)),
        );
    /// The `items` whose `sku` is this product's `sku`.
    pub const ITEMS: ToMany<Self, super::Item, (String,)> =
        super::Item::PRODUCT.inverse();
    /// The `product_tags` whose `product_sku` is this product's `sku`.
    pub const PRODUCT_TAGS: ToMany<Self, super::ProductTag, (String,)> =
        super::ProductTag::PRODUCT.inverse();
    /// The `tags` that `product_tags` links to this product, by its column `tag_id`.
    pub const TAGS: ManyToMany<Self, super::Tag, (String,), (i32,)> =
        Self::PRODUCT_TAGS.through(super::ProductTag::TAG);
}

impl Model for Product {
    type Db = super::Orders;
    type Kind = Table;
    const NAME: &'static str = "Product";
    const TABLE: &'static str = "public.products";
    const COLUMNS: &'static [ColumnDef] = &[Self::SKU.def, Self::CATEGORY_ID.def, Self::NAME.def, Self::PRICE.def, Self::TAX_PERCENT.def, Self::GROSS_PRICE.def, Self::WEIGHT.def, Self::ATTRIBUTES.def, Self::AVAILABLE.def, ];
    const SELECT: &'static str = concat!("SELECT ", columns!(), " FROM public.products");

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (sku, category_id, name, price, tax_percent, gross_price, weight, attributes, available,) = row.values()?;
        Ok(Self {sku, category_id, name, price, tax_percent, gross_price, weight, attributes, available, })
    }

    fn fields<'a>(&'a self, fields: &mut Fields<'a>) {
        fields.push(&self.sku);
        fields.push(&self.category_id);
        fields.push(&self.name);
        fields.push(&self.price);
        fields.push(&self.tax_percent);
        fields.push(&self.gross_price);
        fields.push(&self.weight);
        fields.push(&self.attributes);
        fields.push(&self.available);
    }
}

impl Keyed for Product {
    type Key = String;
    const KEY: &'static [ColumnDef] = &[Self::SKU.def, ];
    const FIND: &'static str = concat!("SELECT ", columns!(), " FROM public.products WHERE sku = $1");

    fn key(&self) -> Self::Key {
        self.sku.clone()
    }

    fn bind<'a>(key: &'a Self::Key, values: &mut Values<'a>) {
        values.push(key);
    }
}

impl Insertable for NewProduct {
    type Model = Product;
    const COLUMNS: &'static [ColumnDef] = &[Product::SKU.def, Product::CATEGORY_ID.def, Product::NAME.def, Product::PRICE.def, Product::WEIGHT.def, ];
    const INSERT: &'static str = concat!("INSERT INTO public.products (sku, category_id, name, price, weight) VALUES ($1::varchar, $2, $3, $4::numeric, $5) RETURNING ", columns!());

    fn bind<'a>(&'a self, values: &mut Values<'a>) {
        values.push(&self.sku);
        values.push(&self.category_id);
        values.push(&self.name);
        values.push(&self.price);
        values.push(&self.weight);
    }
}

}
mod shipments {
//! Table `public.shipments`.

use ormgen_runtime::generated::{Column, ColumnDef, DecodeError, Decoder, Fields, Insertable, Keyed, Model, Nullable, Table, ToOne, Values, types, };

/// A row of the table `public.shipments`.
#[derive(Debug, Clone, PartialEq)]
pub struct Shipment {
    pub id: i64,
    pub order_id: i64,
    pub line_no: i16,
    pub sent_at: Option<types::DateTime<types::Utc>>,
}

/// A new row of `public.shipments`.
///
/// `ID` has a default; `.set(…)` gives it another value.
///
/// Without `Default`, so that no required column can be forgotten: `None` is written for NULL.
#[derive(Debug, Clone, PartialEq)]
pub struct NewShipment {
    pub order_id: i64,
    pub line_no: i16,
    pub sent_at: Option<types::DateTime<types::Utc>>,
}

/// The columns, as every statement lists them.
macro_rules! columns {
    () => { "id, order_id, line_no, sent_at" };
}

impl Shipment {
    /// `int8`, primary key, has a default.
    pub const ID: Column<Self, i64> =
        Column::new("id", "int8");
    /// `int8`, refers to `items.order_id`.
    pub const ORDER_ID: Column<Self, i64> =
        Column::new("order_id", "int8");
    /// `int2`, refers to `items.line_no`.
    pub const LINE_NO: Column<Self, i16> =
        Column::new("line_no", "int2");
    /// `timestamptz`.
    pub const SENT_AT: Column<Self, types::DateTime<types::Utc>, Nullable> =
        Column::new("sent_at", "timestamptz");
    /// The row of `items` whose `order_id, line_no` are this shipment's `order_id, line_no`.
    pub const ITEM: ToOne<Self, super::Item, (i64, i16,)> =
        ToOne::new(
            &[Self::ORDER_ID.def, Self::LINE_NO.def, ],
            &[super::Item::ORDER_ID.def, super::Item::LINE_NO.def, ],
            |row| Some((row.order_id, row.line_no,)),
            |row| Some((row.order_id, row.line_no,)),
        );
}

impl Model for Shipment {
    type Db = super::Orders;
    type Kind = Table;
    const NAME: &'static str = "Shipment";
    const TABLE: &'static str = "public.shipments";
    const COLUMNS: &'static [ColumnDef] = &[Self::ID.def, Self::ORDER_ID.def, Self::LINE_NO.def, Self::SENT_AT.def, ];
    const SELECT: &'static str = concat!("SELECT ", columns!(), " FROM public.shipments");

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (id, order_id, line_no, sent_at,) = row.values()?;
        Ok(Self {id, order_id, line_no, sent_at, })
    }

    fn fields<'a>(&'a self, fields: &mut Fields<'a>) {
        fields.push(&self.id);
        fields.push(&self.order_id);
        fields.push(&self.line_no);
        fields.push(&self.sent_at);
    }
}

impl Keyed for Shipment {
    type Key = i64;
    const KEY: &'static [ColumnDef] = &[Self::ID.def, ];
    const FIND: &'static str = concat!("SELECT ", columns!(), " FROM public.shipments WHERE id = $1");

    fn key(&self) -> Self::Key {
        self.id
    }

    fn bind<'a>(key: &'a Self::Key, values: &mut Values<'a>) {
        values.push(key);
    }
}

impl Insertable for NewShipment {
    type Model = Shipment;
    const COLUMNS: &'static [ColumnDef] = &[Shipment::ORDER_ID.def, Shipment::LINE_NO.def, Shipment::SENT_AT.def, ];
    const INSERT: &'static str = concat!("INSERT INTO public.shipments (order_id, line_no, sent_at) VALUES ($1, $2, $3) RETURNING ", columns!());

    fn bind<'a>(&'a self, values: &mut Values<'a>) {
        values.push(&self.order_id);
        values.push(&self.line_no);
        values.push(&self.sent_at);
    }
}

}
mod tags {
//! Table `public.tags`.

use ormgen_runtime::generated::{Column, ColumnDef, DecodeError, Decoder, Fields, Generated, Insertable, Keyed, ManyToMany, Model, Table, ToMany, Values, };

/// A row of the table `public.tags`.
#[derive(Debug, Clone, PartialEq)]
pub struct Tag {
    pub id: i32,
    pub name: String,
}

/// A new row of `public.tags`.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTag {
    pub name: String,
}

/// The columns, as every statement lists them.
macro_rules! columns {
    () => { "id, name" };
}

impl Tag {
    /// `int4`, primary key, identity, always generated. Referred to by `product_tags.tag_id`.
    pub const ID: Column<Self, i32, Generated> =
        Column::new("id", "int4").identity();
    /// `text`, unique.
    pub const NAME: Column<Self, String> =
        Column::new("name", "text");
    /// The `product_tags` whose `tag_id` is this tag's `id`.
    pub const PRODUCT_TAGS: ToMany<Self, super::ProductTag, (i32,)> =
        super::ProductTag::TAG.inverse();
    /// The `products` that `product_tags` links to this tag, by its column `product_sku`.
    pub const PRODUCTS: ManyToMany<Self, super::Product, (i32,), (String,)> =
        Self::PRODUCT_TAGS.through(super::ProductTag::PRODUCT);
}

impl Model for Tag {
    type Db = super::Orders;
    type Kind = Table;
    const NAME: &'static str = "Tag";
    const TABLE: &'static str = "public.tags";
    const COLUMNS: &'static [ColumnDef] = &[Self::ID.def, Self::NAME.def, ];
    const SELECT: &'static str = concat!("SELECT ", columns!(), " FROM public.tags");

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (id, name,) = row.values()?;
        Ok(Self {id, name, })
    }

    fn fields<'a>(&'a self, fields: &mut Fields<'a>) {
        fields.push(&self.id);
        fields.push(&self.name);
    }
}

impl Keyed for Tag {
    type Key = i32;
    const KEY: &'static [ColumnDef] = &[Self::ID.def, ];
    const FIND: &'static str = concat!("SELECT ", columns!(), " FROM public.tags WHERE id = $1");

    fn key(&self) -> Self::Key {
        self.id
    }

    fn bind<'a>(key: &'a Self::Key, values: &mut Values<'a>) {
        values.push(key);
    }
}

impl Insertable for NewTag {
    type Model = Tag;
    const COLUMNS: &'static [ColumnDef] = &[Tag::NAME.def, ];
    const INSERT: &'static str = concat!("INSERT INTO public.tags (name) VALUES ($1) RETURNING ", columns!());

    fn bind<'a>(&'a self, values: &mut Values<'a>) {
        values.push(&self.name);
    }
}

}
mod types {
//! The enums and composite types of the database `orders`.

use ormgen_runtime::types;

/// Enum `public.order_status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderStatus {
    Open,
    Paid,
    Sent,
    Cancelled,
}

impl OrderStatus {
    /// Every label, in the database's order.
    pub const ALL: &'static [Self] = &[Self::Open, Self::Paid, Self::Sent, Self::Cancelled, ];

    /// The label as the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Sent => "sent",
            Self::Cancelled => "cancelled",
        }
    }
}

types::enum_by_label!(OrderStatus, "order_status");

}
pub use self::categories::{Category, NewCategory};
pub use self::clerks::{Clerk, NewClerk};
pub use self::invoices::{Invoice, NewInvoice};
pub use self::items::{Item, NewItem};
pub use self::order_totals::{OrderTotal};
pub use self::orders_table::{Order, NewOrder};
pub use self::product_tags::{ProductTag, NewProductTag};
pub use self::products::{Product, NewProduct};
pub use self::shipments::{Shipment, NewShipment};
pub use self::tags::{Tag, NewTag};
pub use self::types::{OrderStatus, };

/// The database `orders`: the type of its models, pools and transactions, which none of another database has.
#[derive(Debug)]
pub enum Orders {}

impl ormgen_runtime::Database for Orders {
    const NAME: &'static str = "orders";
    const TABLES: &'static [ormgen_runtime::generated::TableDef] = &[ormgen_runtime::generated::TableDef::of::<Category>(), ormgen_runtime::generated::TableDef::of::<Clerk>(), ormgen_runtime::generated::TableDef::of::<Invoice>(), ormgen_runtime::generated::TableDef::of::<Item>(), ormgen_runtime::generated::TableDef::of::<OrderTotal>(), ormgen_runtime::generated::TableDef::of::<Order>(), ormgen_runtime::generated::TableDef::of::<ProductTag>(), ormgen_runtime::generated::TableDef::of::<Product>(), ormgen_runtime::generated::TableDef::of::<Shipment>(), ormgen_runtime::generated::TableDef::of::<Tag>(), ];
    const ENUMS: &'static [ormgen_runtime::generated::EnumDef] = &[ormgen_runtime::generated::EnumDef::of::<OrderStatus>("public.order_status"), ];
}
}
#[allow(dead_code, reason = "a program need not load every reference")]
mod references {
//! References between databases: IDs that no foreign key can check. Loaded like relations, from the other database.

use ormgen_runtime::generated::{Reference, ToMany, };

impl super::crm::Customer {
    /// The `orders`, in the database `orders`, whose `customer_id` is this customer's `id`.
    pub const ORDERS: ToMany<Self, super::orders::Order, (i64,)> =
        ToMany::new(
            &[Self::ID.def, ],
            &[super::orders::Order::CUSTOMER_ID.def, ],
            |row| Some((row.id,)),
            |row| Some((row.customer_id,)),
        );
}

impl super::orders::Order {
    /// The row of `customers`, in the database `crm`, whose `id` is this order's `customer_id`.
    pub const CUSTOMER: Reference<Self, super::crm::Customer, (i64,)> =
        Reference::new(
            &[Self::CUSTOMER_ID.def, ],
            &[super::crm::Customer::ID.def, ],
            |row| Some((row.customer_id,)),
            |row| Some((row.id,)),
        );
}

}
use std::time::Duration;

use ormgen_runtime::config::{ConnectionConfig};
use ormgen_runtime::generated::{AnyPool, Connections, Target};
use ormgen_runtime::{DatabaseSet, Error, Executor, Pool, Writer};

/// A pool for every connection of the manifest. `&Databases` is an executor for every model; a clone shares the pools,
/// and costs as little as that of an `Arc` for each.
#[derive(Clone, Debug)]
pub struct Databases {
    /// The connection `crm` to the database `crm`.
    pub crm: Pool<crm::Crm>,
    /// The connection `orders` to the database `orders`.
    pub orders: Pool<orders::Orders>,
}

impl DatabaseSet for Databases {
    fn settings() -> Vec<ConnectionConfig> {
        Vec::from([ConnectionConfig::new("crm", "${CRM_URL:-postgres://localhost:5432/shop_crm}"), ConnectionConfig::new("orders", "${ORDERS_URL:-postgres://localhost:5433/shop_orders}").max_size(20).acquire_timeout(Duration::from_secs(5)).statement_timeout(Duration::from_secs(10)), ])
    }

    fn open(connections: &Connections) -> Result<Self, Error> {
        let [crm, orders, ] = connections.pools(["crm", "orders", ])?;
        Ok(Self {
            crm: crm.of(),
            orders: orders.of(),
        })
    }

    fn pools(&self) -> Vec<&dyn AnyPool> {
        Vec::from([&self.crm as &dyn AnyPool, &self.orders, ])
    }
}

impl Executor<crm::Crm> for Databases {
    fn target(&self) -> Target<'_> {
        self.crm.target()
    }
}

impl Writer<crm::Crm> for Databases {}

impl Executor<orders::Orders> for Databases {
    fn target(&self) -> Target<'_> {
        self.orders.target()
    }
}

impl Writer<orders::Orders> for Databases {}

