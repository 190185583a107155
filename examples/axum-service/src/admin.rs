//! An administrator's lists: any model's rows, sorted, filtered and cut to some columns by names that come with the request.

use axum::{
    Json,
    extract::{Query, State},
};
use ormgen_runtime::{prelude::*, query::ByNameError, types::JsonValue};
use serde::Deserialize;

use crate::{
    db::{
        Databases,
        crm::Customer,
        orders::{Order, Product},
    },
    error::AppError,
};

/// `?sort=-visits&fields=id,name&filter=[{"column": "visits", "operator": "gte", "value": 3}]&limit=20`, all of it optional
/// but the fields.
#[derive(Deserialize)]
pub struct ListRequest {
    sort: Option<String>,
    fields: String,
    filter: Option<String>,
    limit: Option<u64>,
}

/// `GET /admin/customers`.
pub async fn customers(dbs: State<Databases>, request: Query<ListRequest>) -> Result<Answer, AppError> {
    // An allow-list of one's own: nobody sorts, filters or reads by what is not in it.
    list::<Customer>(&["id", "name", "tier", "visits", "created_at"], &request, &*dbs).await
}

/// `GET /admin/orders`.
pub async fn orders(dbs: State<Databases>, request: Query<ListRequest>) -> Result<Answer, AppError> {
    list::<Order>(&["id", "customer_id", "status", "placed_at"], &request, &*dbs).await
}

/// `GET /admin/products`.
pub async fn products(dbs: State<Databases>, request: Query<ListRequest>) -> Result<Answer, AppError> {
    list::<Product>(&["sku", "name", "price", "available"], &request, &*dbs).await
}

/// Rows as JSON objects.
type Answer = Json<Vec<JsonValue>>;

/// The rows of any model that a request asks for, by the columns that it may name.
async fn list<M: Model>(
    columns: &[&str],
    request: &ListRequest,
    executor: impl Executor<M::Db>,
) -> Result<Answer, AppError> {
    let conditions: JsonValue = match &request.filter {
        Some(text) => serde_json::from_str(text).map_err(|_| ByNameError::List)?,
        None => JsonValue::Null,
    };
    let sort = request.sort.as_deref();
    let filtered_by = conditions.as_array().into_iter().flatten().filter_map(|one| one["column"].as_str());
    let sorted_by = sort.map(|sort| sort.strip_prefix('-').unwrap_or(sort));
    for name in request.fields.split(',').chain(filtered_by).chain(sorted_by) {
        if !columns.contains(&name) {
            return Err(AppError::from(ByNameError::Column { model: M::NAME, name: name.to_owned() }));
        }
    }
    let query = M::query()
        .filter(M::conditions(&conditions)?)
        .order_by(sort.map(M::order).transpose()?)
        .limit(request.limit.unwrap_or(20).min(100));
    Ok(Json(query.select_json(request.fields.split(','))?.all(executor).await?))
}
