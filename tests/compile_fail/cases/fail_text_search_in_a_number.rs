//! What compares texts takes text alone, upper and lower case alike or not.

use ormgen_runtime::{Filter, prelude::*};
use ormgen_misuse::shop::crm::Customer;

fn wrong() -> Vec<Filter<Customer>> {
    vec![
        Customer::VISITS.like("1%"),
        Customer::VISITS.eq_ignore_case("1"),
        Customer::VISITS.contains_ignore_case("1"),
        Customer::VISITS.starts_with_ignore_case("1"),
        Customer::VISITS.ends_with_ignore_case("1"),
        Customer::VISITS.matches("1"),
        Customer::VISITS.matches_ignore_case("1"),
    ]
}

fn main() {}
