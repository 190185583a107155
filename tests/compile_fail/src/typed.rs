//! A table with columns of a program's own types, and of types that Rust has several of, as ormgen writes it.

use ormgen_runtime::generated::{
    Column, ColumnDef, DecodeError, Decoder, Fields, Keyed, Model, Table, Values, types,
};

use crate::shop::crm::Crm;

ormgen_runtime::column_type! {
    /// A person's key.
    #[derive(Debug, Clone, PartialEq)]
    pub struct PersonId(pub i64);
}

ormgen_runtime::column_type! {
    /// An amount of money.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Cents(pub i64);
}

ormgen_runtime::column_type! {
    /// A `bool` with a name of its own.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Deleted(pub bool);
}

/// A row of the table `public.accounts`.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// `numeric`, primary key.
    pub number: types::Decimal,
    /// `int8`.
    pub person_id: PersonId,
    /// `int8`.
    pub balance: Cents,
    /// `bool`.
    pub deleted: Deleted,
    /// `timestamp`.
    pub made_at: types::NaiveDateTime,
    /// `text`.
    pub uid: String,
    /// `int4`.
    pub changed: i32,
    /// `daterange`.
    pub valid: types::Range<types::NaiveDate>,
}

impl Account {
    /// `numeric`, primary key.
    pub const NUMBER: Column<Self, types::Decimal> = Column::new("number", "numeric");
    /// `int8`.
    pub const PERSON_ID: Column<Self, PersonId> = Column::new("person_id", "int8");
    /// `int8`.
    pub const BALANCE: Column<Self, Cents> = Column::new("balance", "int8");
    /// `bool`.
    pub const DELETED: Column<Self, Deleted> = Column::new("deleted", "bool");
    /// `timestamp`.
    pub const MADE_AT: Column<Self, types::NaiveDateTime> = Column::new("made_at", "timestamp");
    /// `text`.
    pub const UID: Column<Self, String> = Column::new("uid", "text");
    /// `int4`.
    pub const CHANGED: Column<Self, i32> = Column::new("changed", "int4");
    /// `daterange`.
    pub const VALID: Column<Self, types::Range<types::NaiveDate>> = Column::new("valid", "daterange");
}

impl Model for Account {
    type Db = Crm;
    type Kind = Table;
    const NAME: &'static str = "Account";
    const TABLE: &'static str = "public.accounts";
    const COLUMNS: &'static [ColumnDef] = &[
        Self::NUMBER.def,
        Self::PERSON_ID.def,
        Self::BALANCE.def,
        Self::DELETED.def,
        Self::MADE_AT.def,
        Self::UID.def,
        Self::CHANGED.def,
        Self::VALID.def,
    ];
    const SELECT: &'static str =
        "SELECT number, person_id, balance, deleted, made_at, uid, changed, valid FROM public.accounts";

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (number, person_id, balance, deleted, made_at, uid, changed, valid) = row.values()?;
        Ok(Self { number, person_id, balance, deleted, made_at, uid, changed, valid })
    }

    fn fields<'a>(&'a self, fields: &mut Fields<'a>) {
        fields.push(&self.number);
        fields.push(&self.person_id);
        fields.push(&self.balance);
        fields.push(&self.deleted);
        fields.push(&self.made_at);
        fields.push(&self.uid);
        fields.push(&self.changed);
        fields.push(&self.valid);
    }
}

impl Keyed for Account {
    type Key = types::Decimal;
    const KEY: &'static [ColumnDef] = &[Self::NUMBER.def];
    const FIND: &'static str = "SELECT number, person_id, balance, deleted, made_at, uid, changed, valid \
        FROM public.accounts WHERE number = $1";

    fn key(&self) -> Self::Key {
        self.number
    }

    fn bind<'a>(key: &'a Self::Key, values: &mut Values<'a>) {
        values.push(key);
    }
}
