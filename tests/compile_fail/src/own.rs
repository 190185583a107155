//! Functions that a program gives its models itself, with the names that models have in other libraries.

use ormgen_runtime::{Insert, Query, Result, prelude::*, query::Find};

use crate::shop::crm::{Crm, LoyaltyCard, NewLoyaltyCard};

impl LoyaltyCard {
    /// Every card.
    pub async fn all(executor: impl Executor<Crm>) -> Result<Vec<Self>> {
        Self::query().all(executor).await
    }

    /// The cards with so many points or more.
    pub fn filter(points: i32) -> Query<Self> {
        Self::query().filter(Self::POINTS.gte(points))
    }

    /// The card of a customer.
    pub fn get(customer_id: i64) -> Find<Self> {
        Self::find(customer_id)
    }

    /// An insert of a card.
    pub fn create(card: NewLoyaltyCard) -> Insert<NewLoyaltyCard> {
        Self::insert(card)
    }

    /// How many cards there are.
    pub async fn count(executor: impl Executor<Crm>) -> Result<i64> {
        Self::query().count(executor).await
    }
}
