//! A list, a range and a document have conditions of their own in place of a search for text.

use ormgen_runtime::{Column, Filter, prelude::*, types::Range};
use ormgen_misuse::shop::crm::Customer;

const YEARS: Column<Customer, Range<i32>> = Column::new("years", "int4range");

fn wrong() -> Vec<Filter<Customer>> {
    vec![Customer::TAGS.contains("red"), YEARS.contains("1900"), Customer::SETTINGS.contains("color")]
}

fn main() {}
