// What ormgen would generate for a small database, in short: the examples in the crate's documentation stand on it.

use ormgen_runtime::{
    DatabaseSet, Error, Executor, Pool, Writer,
    config::ConnectionConfig,
    generated::{
        AnyPool, Column, ColumnDef, Connections, Database, DecodeError, Decoder, EnumDef, Fields, Insertable, Keyed,
        Model, Nullable, Table, TableDef, Target, ToMany, ToOne, Values,
    },
};

#[derive(Debug)]
pub enum Crm {}

impl Database for Crm {
    const NAME: &'static str = "crm";
    const TABLES: &'static [TableDef] = &[TableDef::of::<Customer>(), TableDef::of::<Note>()];
    const ENUMS: &'static [EnumDef] = &[];
}

#[derive(Clone, Debug)]
pub struct Databases {
    pub crm: Pool<Crm>,
}

impl DatabaseSet for Databases {
    fn settings() -> Vec<ConnectionConfig> {
        Vec::new()
    }

    fn open(connections: &Connections) -> Result<Self, Error> {
        let [crm] = connections.pools(["crm"])?;
        Ok(Self { crm: crm.of() })
    }

    fn pools(&self) -> Vec<&dyn AnyPool> {
        vec![&self.crm]
    }
}

impl Executor<Crm> for Databases {
    fn target(&self) -> Target<'_> {
        self.crm.target()
    }
}

impl Writer<Crm> for Databases {}

#[derive(Clone, Debug, PartialEq)]
pub struct Customer {
    pub id: i64,
    pub name: String,
    pub visits: i32,
    pub city: Option<String>,
}

#[derive(Clone, Debug)]
pub struct NewCustomer {
    pub name: String,
}

impl Customer {
    pub const ID: Column<Self, i64> = Column::new("id", "int8");
    pub const NAME: Column<Self, String> = Column::new("name", "text");
    pub const VISITS: Column<Self, i32> = Column::new("visits", "int4");
    pub const CITY: Column<Self, String, Nullable> = Column::new("city", "text");
    pub const NOTES: ToMany<Self, Note, (i64,)> = Note::CUSTOMER.inverse();
}

impl Model for Customer {
    type Db = Crm;
    type Kind = Table;
    const NAME: &'static str = "Customer";
    const TABLE: &'static str = "public.customers";
    const COLUMNS: &'static [ColumnDef] =
        &[Self::ID.def, Self::NAME.def, Self::VISITS.def, Self::CITY.def];
    const SELECT: &'static str = "SELECT id, name, visits, city FROM public.customers";

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Self { id: row.get()?, name: row.get()?, visits: row.get()?, city: row.get()? })
    }

    fn fields<'a>(&'a self, fields: &mut Fields<'a>) {
        fields.push(&self.id);
        fields.push(&self.name);
        fields.push(&self.visits);
        fields.push(&self.city);
    }
}

impl Keyed for Customer {
    type Key = i64;
    const KEY: &'static [ColumnDef] = &[Self::ID.def];
    const FIND: &'static str = "SELECT id, name, visits, city FROM public.customers WHERE id = $1";

    fn key(&self) -> i64 {
        self.id
    }

    fn bind<'a>(key: &'a i64, values: &mut Values<'a>) {
        values.push(key);
    }
}

impl Insertable for NewCustomer {
    type Model = Customer;
    const COLUMNS: &'static [ColumnDef] = &[Customer::NAME.def];
    const INSERT: &'static str = "INSERT INTO public.customers (name) VALUES ($1) RETURNING id, name, visits, city";

    fn bind<'a>(&'a self, values: &mut Values<'a>) {
        values.push(&self.name);
    }
}

#[derive(Clone, Debug)]
pub struct Note {
    pub id: i64,
    pub customer_id: i64,
    pub body: String,
}

impl Note {
    pub const ID: Column<Self, i64> = Column::new("id", "int8");
    pub const CUSTOMER_ID: Column<Self, i64> = Column::new("customer_id", "int8");
    pub const BODY: Column<Self, String> = Column::new("body", "text");
    pub const CUSTOMER: ToOne<Self, Customer, (i64,)> =
        ToOne::by_key(&[Self::CUSTOMER_ID.def], |row| Some((row.customer_id,)));
}

impl Model for Note {
    type Db = Crm;
    type Kind = Table;
    const NAME: &'static str = "Note";
    const TABLE: &'static str = "public.notes";
    const COLUMNS: &'static [ColumnDef] = &[Self::ID.def, Self::CUSTOMER_ID.def, Self::BODY.def];
    const SELECT: &'static str = "SELECT id, customer_id, body FROM public.notes";

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Self { id: row.get()?, customer_id: row.get()?, body: row.get()? })
    }
}
