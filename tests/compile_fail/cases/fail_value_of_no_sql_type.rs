//! A value among the columns of a selection, and a part of a date, are of types that a query knows.

use ormgen_misuse::shop::crm::Customer;
use ormgen_runtime::{
    functions::{extract, value},
    prelude::*,
};

fn wrong(number: u64) {
    let _ = value::<Customer, u64, _>(number);
    let _ = Customer::query().select(extract("dow", Customer::CREATED_AT));
}

fn main() {}
