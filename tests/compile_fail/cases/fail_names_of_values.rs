//! Names that SQL and other libraries have for what a value does.

use ormgen_misuse::shop::{crm::Customer, orders::Order};
use ormgen_runtime::{functions, prelude::*};

fn comparisons(ids: &[i64]) {
    let _ = Customer::query().filter(Customer::ID.in_(ids).and(Customer::NAME.eq("Ada"))).limit(3);
    let _ = Customer::query().filter(Customer::NAME.eq("Ada").and(Customer::ID.eq_any(ids)));
    let _ = Customer::query().filter(Customer::ID.any(ids).or(Customer::ID.nin(ids)));
    let _ = Customer::ID.in_subquery(Order::query().select(Order::CUSTOMER_ID));
    let _ = Customer::NAME.equals("Ada");
    let _ = Customer::NAME.not_eq("Ada");
    let _ = Customer::VISITS.ge(3);
    let _ = Customer::VISITS.gt_eq(3);
    let _ = Customer::VISITS.le(3);
    let _ = Customer::VISITS.lt_eq(3);
    let _ = Customer::REFERRER_ID.is_none();
    let _ = Customer::REFERRER_ID.is_some();
    let _ = Customer::ACTIVE.is_true();
}

fn texts(patterns: &[&str]) {
    let _ = Customer::query().filter(Customer::NAME.not_like("A%"));
    let _ = Customer::NAME.icontains("ada");
    let _ = Customer::NAME.startswith("A");
    let _ = Customer::NAME.endswith("a");
    let _ = Customer::NAME.ilike_any(patterns);
    let _ = Customer::NAME.regex("^A");
    let _ = Customer::query().filter(Customer::NAME.lower().eq("ada")).limit(3);
    let _ = Customer::NAME.substr(1, 2);
    let _ = Customer::NAME.to_lowercase();
    let _ = Customer::NAME.to_uppercase();
    let _ = Customer::query().filter(Customer::NAME.len().gt(3));
    let _ = Customer::NAME.char_length();
}

fn values() {
    let _ = Order::query().select((Order::CUSTOMER_ID, Order::TOTAL.sum()));
    let _ = Order::query().group_by(Order::CUSTOMER_ID).select((Order::ID.count(), Order::TOTAL.avg()));
    let _ = Order::TOTAL.max().desc();
    let _ = Customer::VISITS.plus(1).gt(3);
    let visits = Customer::query().select(functions::max(Customer::VISITS)).scalar().or(0);
    let _ = Customer::query().annotate(visits);
    let _ = Customer::REFERRER_ID.coalesce(0).gt(3);
    let _ = functions::sum(Customer::VISITS).unwrap_or(0);
    let _ = Customer::NAME.or("nobody");
    let _ = Customer::query().select(functions::count().as_("customers"));
    let _ = Customer::ID.cast_as("text");
    let _ = Customer::query().order_by(Customer::BORN_ON.nulls_last());
    let _ = Order::query().select(Order::PLACED_AT.year());
    let _ = Order::PLACED_AT.date();
    let _ = Customer::SETTINGS.json_get("color");
}

fn main() {}
