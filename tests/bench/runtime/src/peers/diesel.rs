//! diesel-async, with deadpool and its fast recycling; associations by `belonging_to` and `grouped_by`.
//!
//! Its inserts are lists of values: diesel-async has no COPY, and a statement takes at most 65,535 values.

use std::{collections::HashMap, hint::black_box};

use diesel::prelude::*;
use diesel_async::{
    AsyncConnection, AsyncPgConnection, RunQueryDsl,
    pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool},
};

use super::{PAGE, POOL, Peer, Result, Urls};

diesel::table! { users (id) { id -> Integer, name -> Text, hair_color -> Nullable<Text>, } }
diesel::table! { posts (id) { id -> Integer, user_id -> Integer, title -> Text, body -> Nullable<Text>, } }
diesel::table! { comments (id) { id -> Integer, post_id -> Integer, text -> Text, } }
diesel::table! { visits (id) { id -> BigInt, account_id -> BigInt, page -> Text, } }
diesel::table! { accounts (id) { id -> BigInt, name -> Text, email -> Text, } }
diesel::table! {
    readings (id) { id -> BigInt, sensor -> BigInt, taken -> BigInt, value -> Double, label -> Text, }
}
diesel::joinable!(posts -> users (user_id));
diesel::joinable!(comments -> posts (post_id));
diesel::allow_tables_to_appear_in_same_query!(users, posts, comments);

#[derive(Identifiable, Queryable, Selectable)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    #[diesel(column_name = name)]
    _name: String,
    #[diesel(column_name = hair_color)]
    _hair_color: Option<String>,
}

#[derive(Associations, Identifiable, Queryable, Selectable)]
#[diesel(table_name = posts, belongs_to(User))]
struct Post {
    id: i32,
    user_id: i32,
    #[diesel(column_name = title)]
    _title: String,
    #[diesel(column_name = body)]
    _body: Option<String>,
}

#[derive(Associations, Identifiable, Queryable, Selectable)]
#[diesel(table_name = comments, belongs_to(Post))]
struct Comment {
    id: i32,
    post_id: i32,
    #[diesel(column_name = text)]
    _text: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = visits)]
struct Visit {
    #[diesel(column_name = id)]
    _id: i64,
    account_id: i64,
    #[diesel(column_name = page)]
    _page: String,
}

#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = accounts)]
struct Account {
    id: i64,
    #[diesel(column_name = name)]
    _name: String,
    #[diesel(column_name = email)]
    _email: String,
}

/// What it inserts.
#[derive(Insertable)]
#[diesel(table_name = users)]
pub struct NewUser {
    name: String,
    hair_color: Option<String>,
}

/// What it inserts in bulk.
#[derive(Insertable)]
#[diesel(table_name = readings)]
pub struct NewReading {
    sensor: i64,
    taken: i64,
    value: f64,
    label: String,
}

type Pool = deadpool::Pool<AsyncPgConnection>;

/// Its pools.
#[derive(Clone)]
pub struct Diesel {
    blog: Pool,
    accounts: Pool,
}

/// Rows of so many columns that fit into one statement.
const fn rows_a_statement(columns: usize) -> usize {
    u16::MAX as usize / columns
}

fn pool(url: &str) -> Result<Pool> {
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    let manager = AsyncDieselConnectionManager::new_with_config(url, config);
    Ok(Pool::builder(manager).max_size(POOL).build()?)
}

/// Users, their posts, the comments on those.
type Loaded = Vec<(User, Vec<(Post, Vec<Comment>)>)>;

impl Peer for Diesel {
    const NAME: &'static str = "diesel-async";
    type NewUser = NewUser;
    type NewReading = NewReading;

    async fn connect(urls: &Urls) -> Result<Self> {
        Ok(Self { blog: pool(&urls.blog)?, accounts: pool(&urls.accounts)? })
    }

    fn user(user: super::User) -> NewUser {
        NewUser { name: user.name, hair_color: user.hair_color }
    }

    fn reading(reading: super::Reading) -> NewReading {
        let super::Reading { sensor, taken, value, label } = reading;
        NewReading { sensor, taken, value, label }
    }

    async fn users(&self) -> Result<usize> {
        let mut connection = self.blog.get().await?;
        let users: Vec<User> = users::table.select(User::as_select()).load(&mut connection).await?;
        Ok(black_box(users).len())
    }

    async fn users_and_posts(&self) -> Result<usize> {
        let mut connection = self.blog.get().await?;
        let rows: Vec<(User, Option<Post>)> = users::table
            .left_outer_join(posts::table)
            .filter(users::hair_color.eq("black"))
            .order(users::name.desc())
            .select((User::as_select(), Option::<Post>::as_select()))
            .load(&mut connection)
            .await?;
        Ok(black_box(rows).len())
    }

    async fn associations(&self) -> Result<usize> {
        let mut connection = self.blog.get().await?;
        let users: Vec<User> = users::table.select(User::as_select()).load(&mut connection).await?;
        let posts: Vec<Post> =
            Post::belonging_to(&users).select(Post::as_select()).load(&mut connection).await?;
        let comments: Vec<Comment> =
            Comment::belonging_to(&posts).select(Comment::as_select()).load(&mut connection).await?;
        let count = comments.len();
        let comments = comments.grouped_by(&posts);
        let posts = posts.into_iter().zip(comments).grouped_by(&users);
        let loaded: Loaded = users.into_iter().zip(posts).collect();
        black_box(loaded);
        Ok(count)
    }

    async fn children(&self) -> Result<usize> {
        let mut connection = self.blog.get().await?;
        let posts: Vec<Post> = posts::table.select(Post::as_select()).load(&mut connection).await?;
        let comments: Vec<Comment> =
            Comment::belonging_to(&posts).select(Comment::as_select()).load(&mut connection).await?;
        let comments = comments.grouped_by(&posts);
        let loaded: Vec<(Post, Vec<Comment>)> = posts.into_iter().zip(comments).collect();
        Ok(black_box(loaded).iter().map(|(_, comments)| comments.len()).sum())
    }

    async fn find(&self, id: i64) -> Result<usize> {
        let mut connection = self.blog.get().await?;
        let visit: Visit = visits::table.find(id).select(Visit::as_select()).first(&mut connection).await?;
        black_box(visit);
        Ok(1)
    }

    async fn both(&self) -> Result<usize> {
        let visits = async {
            let mut connection = self.blog.get().await?;
            let rows: Vec<Visit> = visits::table.select(Visit::as_select()).load(&mut connection).await?;
            Result::Ok(rows)
        };
        let accounts = async {
            let mut connection = self.accounts.get().await?;
            let rows: Vec<Account> =
                accounts::table.select(Account::as_select()).load(&mut connection).await?;
            Result::Ok(rows)
        };
        let (visits, accounts) = black_box(tokio::try_join!(visits, accounts)?);
        Ok(visits.len() + accounts.len())
    }

    async fn reference(&self) -> Result<usize> {
        let mut blog = self.blog.get().await?;
        let visits: Vec<Visit> = visits::table.select(Visit::as_select()).load(&mut blog).await?;
        let ids: Vec<i64> = visits.iter().map(|visit| visit.account_id).collect();
        let mut connection = self.accounts.get().await?;
        let accounts: Vec<Account> = accounts::table
            .filter(accounts::id.eq_any(&ids))
            .select(Account::as_select())
            .load(&mut connection)
            .await?;
        let accounts: HashMap<i64, Account> =
            accounts.into_iter().map(|account| (account.id, account)).collect();
        let loaded: Vec<(Visit, Option<Account>)> = visits
            .into_iter()
            .map(|visit| {
                let account = accounts.get(&visit.account_id).cloned();
                (visit, account)
            })
            .collect();
        Ok(black_box(loaded).iter().filter(|(_, account)| account.is_some()).count())
    }

    async fn update(&self, id: i64) -> Result<usize> {
        let mut connection = self.blog.get().await?;
        let visit = diesel::update(visits::table.find(id));
        Ok(visit.set(visits::page.eq(PAGE)).execute(&mut connection).await?)
    }

    async fn insert(&self, users: Vec<NewUser>) -> Result<usize> {
        let mut connection = self.blog.get().await?;
        let insert = diesel::insert_into(users::table);
        Ok(match users.as_slice() {
            [user] => insert.values(user).execute(&mut connection).await?,
            users => insert.values(users).execute(&mut connection).await?,
        })
    }

    async fn bulk(&self, readings: Vec<NewReading>) -> Result<usize> {
        const ROWS: usize = rows_a_statement(4);
        let mut connection = self.blog.get().await?;
        if readings.len() <= ROWS {
            return Ok(diesel::insert_into(readings::table)
                .values(&readings)
                .execute(&mut connection)
                .await?);
        }
        let stored = connection.transaction(async |connection| {
            let mut count = 0;
            for rows in readings.chunks(ROWS) {
                count += diesel::insert_into(readings::table).values(rows).execute(connection).await?;
            }
            diesel::QueryResult::Ok(count)
        });
        Ok(stored.await?)
    }
}
