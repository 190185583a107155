//! A key of a document is a text, several are a list.

use ormgen_runtime::prelude::*;
use ormgen_misuse::shop::crm::Customer;

fn main() {
    let _ = Customer::query().order_by(Customer::SETTINGS.text_at(1).asc());
    let _ = Customer::query().order_by(Customer::SETTINGS.text_at("a.b".split('.')).asc());
}
