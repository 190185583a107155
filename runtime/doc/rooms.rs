// What ormgen would generate for a table with a range, an array, JSON and a composite: the guide's examples of their
// operators stand on it.

use ormgen_runtime::{
    Pool,
    generated::{
        Column, ColumnDef, Database, DecodeError, Decoder, EnumDef, Fields, Model, Nullable, Table, TableDef,
    },
    types,
};

#[derive(Debug)]
pub enum Hotel {}

impl Database for Hotel {
    const NAME: &'static str = "hotel";
    const TABLES: &'static [TableDef] = &[TableDef::of::<Room>()];
    const ENUMS: &'static [EnumDef] = &[];
}

pub type Rooms = Pool<Hotel>;

/// The composite type `money_amount`.
#[derive(Clone, Debug, PartialEq)]
pub struct MoneyAmount {
    pub amount: Option<types::Decimal>,
    pub currency: Option<String>,
}

impl MoneyAmount {
    pub const AMOUNT: Column<Self, types::Decimal, Nullable> = Column::new("amount", "numeric");
    pub const CURRENCY: Column<Self, String, Nullable> = Column::new("currency", "text");
}

impl<'a> types::FromSql<'a> for MoneyAmount {
    fn from_sql(ty: &types::Type, raw: &'a [u8]) -> Result<Self, types::BoxError> {
        let mut fields = types::composite::Reader::new(ty, raw)?;
        Ok(Self { amount: fields.get()?, currency: fields.get()? })
    }

    fn accepts(ty: &types::Type) -> bool {
        types::composite::accepts(ty, "money_amount")
    }
}

impl types::ToSql for MoneyAmount {
    fn to_sql(&self, ty: &types::Type, out: &mut types::BytesMut) -> Result<types::IsNull, types::BoxError> {
        types::composite::write(ty, out, &[&self.amount, &self.currency])
    }

    fn accepts(ty: &types::Type) -> bool {
        types::composite::accepts(ty, "money_amount")
    }

    types::to_sql_checked!();
}

#[derive(Clone, Debug, PartialEq)]
pub struct Room {
    pub id: i64,
    pub free: types::Range<types::NaiveDate>,
    pub features: Vec<String>,
    pub settings: types::JsonValue,
    pub price: MoneyAmount,
}

impl Room {
    pub const ID: Column<Self, i64> = Column::new("id", "int8");
    pub const FREE: Column<Self, types::Range<types::NaiveDate>> = Column::new("free", "daterange");
    pub const FEATURES: Column<Self, Vec<String>> = Column::new("features", "text[]").compound();
    pub const SETTINGS: Column<Self, types::JsonValue> = Column::new("settings", "jsonb");
    pub const PRICE: Column<Self, MoneyAmount> = Column::new("price", "public.money_amount").compound();
}

impl Model for Room {
    type Db = Hotel;
    type Kind = Table;
    const NAME: &'static str = "Room";
    const TABLE: &'static str = "public.rooms";
    const COLUMNS: &'static [ColumnDef] =
        &[Self::ID.def, Self::FREE.def, Self::FEATURES.def, Self::SETTINGS.def, Self::PRICE.def];
    const SELECT: &'static str = "SELECT id, free, features, settings, price FROM public.rooms";

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            id: row.get()?,
            free: row.get()?,
            features: row.get()?,
            settings: row.get()?,
            price: row.get()?,
        })
    }

    fn fields<'a>(&'a self, fields: &mut Fields<'a>) {
        fields.push(&self.id);
        fields.push(&self.free);
        fields.push(&self.features);
        fields.push(&self.settings);
        fields.push(&self.price);
    }
}
