//! What stands at a key of a document is read as a text or as JSON.

use ormgen_runtime::{Filter, prelude::*};
use ormgen_misuse::shop::crm::Customer;

fn wrong() -> Filter<Customer> {
    Customer::SETTINGS.get("color").eq("red")
}

fn main() {}
