//! A table without a primary key, as ormgen writes it.

use ormgen_runtime::generated::{Column, ColumnDef, DecodeError, Decoder, Fields, Model, Table};

use crate::shop::orders::Orders;

/// A row of the table `public.sales`.
#[derive(Debug, Clone, PartialEq)]
pub struct Sale {
    /// `int4`.
    pub amount: i32,
}

impl Sale {
    /// `int4`.
    pub const AMOUNT: Column<Self, i32> = Column::new("amount", "int4");
}

impl Model for Sale {
    type Db = Orders;
    type Kind = Table;
    const NAME: &'static str = "Sale";
    const TABLE: &'static str = "public.sales";
    const COLUMNS: &'static [ColumnDef] = &[Self::AMOUNT.def];
    const SELECT: &'static str = "SELECT amount FROM public.sales";

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (amount,) = row.values()?;
        Ok(Self { amount })
    }

    fn fields<'a>(&'a self, fields: &mut Fields<'a>) {
        fields.push(&self.amount);
    }
}
