//! What one would write by hand with tokio-postgres and deadpool-postgres, at its best: statements prepared once per
//! connection, rows decoded by index as they arrive, arrays and binary COPY for many rows.

use std::{collections::HashMap, hash::Hash, hint::black_box};

use deadpool_postgres::{Config, ManagerConfig, Object, Pool, PoolConfig, RecyclingMethod, Runtime};
use futures_util::TryStreamExt;
use tokio_postgres::{
    NoTls, Row,
    binary_copy::BinaryCopyInWriter,
    types::{ToSql, Type},
};

use super::{PAGE, POOL, Peer, Pooled, Reading, Result, Urls};

/// Bulk inserts by `UNNEST`, or by binary `COPY`.
#[derive(Clone)]
pub struct Hand<const COPY: bool> {
    blog: Pool,
    accounts: Pool,
}

struct User {
    id: i32,
    _name: String,
    _hair_color: Option<String>,
}

struct Post {
    id: i32,
    user_id: i32,
    _title: String,
    _body: Option<String>,
}

struct Comment {
    _id: i32,
    post_id: i32,
    _text: String,
}

struct Visit {
    _id: i64,
    account_id: i64,
    _page: String,
}

#[derive(Clone)]
struct Account {
    id: i64,
    _name: String,
    _email: String,
}

type Decoded<T> = std::result::Result<T, tokio_postgres::Error>;

impl User {
    fn read(row: &Row) -> Decoded<Self> {
        Ok(Self { id: row.try_get(0)?, _name: row.try_get(1)?, _hair_color: row.try_get(2)? })
    }
}

impl Post {
    fn read(row: &Row) -> Decoded<Self> {
        Ok(Self {
            id: row.try_get(0)?,
            user_id: row.try_get(1)?,
            _title: row.try_get(2)?,
            _body: row.try_get(3)?,
        })
    }
}

impl Comment {
    fn read(row: &Row) -> Decoded<Self> {
        Ok(Self { _id: row.try_get(0)?, post_id: row.try_get(1)?, _text: row.try_get(2)? })
    }
}

impl Visit {
    fn read(row: &Row) -> Decoded<Self> {
        Ok(Self { _id: row.try_get(0)?, account_id: row.try_get(1)?, _page: row.try_get(2)? })
    }
}

impl Account {
    fn read(row: &Row) -> Decoded<Self> {
        Ok(Self { id: row.try_get(0)?, _name: row.try_get(1)?, _email: row.try_get(2)? })
    }
}

fn user_and_post(row: &Row) -> Decoded<(User, Option<Post>)> {
    let post = match row.try_get(3)? {
        None => None,
        Some(id) => {
            Some(Post { id, user_id: row.try_get(4)?, _title: row.try_get(5)?, _body: row.try_get(6)? })
        }
    };
    Ok((User::read(row)?, post))
}

/// Hands over each row as it arrives.
async fn each(
    client: &Object,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
    mut row: impl FnMut(&Row) -> Decoded<()>,
) -> Result<()> {
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query_raw(&statement, values.iter().copied()).await?;
    let mut rows = std::pin::pin!(rows);
    while let Some(next) = rows.try_next().await? {
        row(&next)?;
    }
    Ok(())
}

async fn all<T>(
    client: &Object,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
    read: impl Fn(&Row) -> Decoded<T>,
) -> Result<Vec<T>> {
    let mut all = Vec::new();
    each(client, sql, values, |row| {
        all.push(read(row)?);
        Ok(())
    })
    .await?;
    Ok(all)
}

/// Rows beside those they belong to.
async fn grouped<K: Eq + Hash, T>(
    client: &Object,
    sql: &str,
    keys: &[i32],
    places: &HashMap<K, usize>,
    read: impl Fn(&Row) -> Decoded<T>,
    key: impl Fn(&T) -> K,
) -> Result<Vec<Vec<T>>> {
    let mut groups: Vec<Vec<T>> = std::iter::repeat_with(Vec::new).take(keys.len()).collect();
    each(client, sql, &[&keys], |row| {
        let row = read(row)?;
        if let Some(group) = places.get(&key(&row)).and_then(|place| groups.get_mut(*place)) {
            group.push(row);
        }
        Ok(())
    })
    .await?;
    Ok(groups)
}

fn places(keys: &[i32]) -> HashMap<i32, usize> {
    keys.iter().enumerate().map(|(place, key)| (*key, place)).collect()
}

const POSTS: &str = "SELECT id, user_id, title, body FROM posts";
const COMMENTS_OF: &str = "SELECT id, post_id, text FROM comments WHERE post_id = ANY($1)";
const VISITS: &str = "SELECT id, account_id, page FROM visits";
const VISIT: &str = "SELECT id, account_id, page FROM visits WHERE id = $1";
const UPDATE: &str = "UPDATE visits SET page = $1 WHERE id = $2";
const INSERT: &str = "INSERT INTO users (name, hair_color) VALUES ($1, $2)";
const ACCOUNTS: &str = "SELECT id, name, email FROM accounts";

fn pool(url: &str) -> Result<Pool> {
    let config = Config {
        url: Some(url.to_owned()),
        manager: Some(ManagerConfig { recycling_method: RecyclingMethod::Fast }),
        pool: Some(PoolConfig::new(POOL)),
        ..Config::new()
    };
    Ok(config.create_pool(Some(Runtime::Tokio1), NoTls)?)
}

/// Users, their posts, the comments on those.
type Loaded = Vec<(User, Vec<(Post, Vec<Comment>)>)>;

impl<const COPY: bool> Peer for Hand<COPY> {
    const NAME: &'static str = if COPY { "by hand, COPY" } else { "by hand" };
    type NewUser = super::User;
    type NewReading = Reading;

    async fn connect(urls: &Urls) -> Result<Self> {
        Ok(Self { blog: pool(&urls.blog)?, accounts: pool(&urls.accounts)? })
    }

    fn user(user: super::User) -> Self::NewUser {
        user
    }

    fn reading(reading: Reading) -> Self::NewReading {
        reading
    }

    async fn users(&self) -> Result<usize> {
        let client = self.blog.get().await?;
        let users = all(&client, "SELECT id, name, hair_color FROM users", &[], User::read).await?;
        Ok(black_box(users).len())
    }

    async fn users_and_posts(&self) -> Result<usize> {
        const SQL: &str = "SELECT u.id, u.name, u.hair_color, p.id, p.user_id, p.title, p.body FROM users u
             LEFT JOIN posts p ON p.user_id = u.id WHERE u.hair_color = $1 ORDER BY u.name DESC";
        let client = self.blog.get().await?;
        let rows = all(&client, SQL, &[&"black"], user_and_post).await?;
        Ok(black_box(rows).len())
    }

    async fn associations(&self) -> Result<usize> {
        const POSTS_OF: &str = "SELECT id, user_id, title, body FROM posts WHERE user_id = ANY($1)";
        let client = self.blog.get().await?;
        let users = all(&client, "SELECT id, name, hair_color FROM users", &[], User::read).await?;
        let ids: Vec<i32> = users.iter().map(|user| user.id).collect();
        let posts = all(&client, POSTS_OF, &[&ids], Post::read).await?;
        let post_ids: Vec<i32> = posts.iter().map(|post| post.id).collect();
        let comments =
            grouped(&client, COMMENTS_OF, &post_ids, &places(&post_ids), Comment::read, |c| c.post_id)
                .await?;
        let count = comments.iter().map(Vec::len).sum();
        let places = places(&ids);
        let mut loaded: Loaded = users.into_iter().map(|user| (user, Vec::new())).collect();
        for (post, comments) in posts.into_iter().zip(comments) {
            if let Some(place) = places.get(&post.user_id) {
                loaded[*place].1.push((post, comments));
            }
        }
        black_box(loaded);
        Ok(count)
    }

    async fn children(&self) -> Result<usize> {
        let client = self.blog.get().await?;
        let posts = all(&client, POSTS, &[], Post::read).await?;
        let ids: Vec<i32> = posts.iter().map(|post| post.id).collect();
        let comments =
            grouped(&client, COMMENTS_OF, &ids, &places(&ids), Comment::read, |comment| comment.post_id)
                .await?;
        let loaded: Vec<(Post, Vec<Comment>)> = posts.into_iter().zip(comments).collect();
        Ok(black_box(loaded).iter().map(|(_, comments)| comments.len()).sum())
    }

    async fn find(&self, id: i64) -> Result<usize> {
        let client = self.blog.get().await?;
        let statement = client.prepare_cached(VISIT).await?;
        let visit = Visit::read(&client.query_one(&statement, &[&id]).await?)?;
        black_box(visit);
        Ok(1)
    }

    async fn both(&self) -> Result<usize> {
        let visits = async { all(&self.blog.get().await?, VISITS, &[], Visit::read).await };
        let accounts = async { all(&self.accounts.get().await?, ACCOUNTS, &[], Account::read).await };
        let (visits, accounts) = black_box(tokio::try_join!(visits, accounts)?);
        Ok(visits.len() + accounts.len())
    }

    async fn reference(&self) -> Result<usize> {
        const SQL: &str = "SELECT id, name, email FROM accounts WHERE id = ANY($1)";
        let visits = all(&self.blog.get().await?, VISITS, &[], Visit::read).await?;
        let ids: Vec<i64> = visits.iter().map(|visit| visit.account_id).collect();
        let mut accounts = HashMap::with_capacity(ids.len());
        each(&self.accounts.get().await?, SQL, &[&ids], |row| {
            let account = Account::read(row)?;
            accounts.insert(account.id, account);
            Ok(())
        })
        .await?;
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
        let client = self.blog.get().await?;
        let statement = client.prepare_cached(UPDATE).await?;
        Ok(usize::try_from(client.execute(&statement, &[&PAGE, &id]).await?)?)
    }

    async fn insert(&self, users: Vec<super::User>) -> Result<usize> {
        const MANY: &str =
            "INSERT INTO users (name, hair_color) SELECT * FROM UNNEST($1::text[], $2::text[])";
        let client = self.blog.get().await?;
        let count = if let [user] = users.as_slice() {
            let statement = client.prepare_cached(INSERT).await?;
            client.execute(&statement, &[&user.name, &user.hair_color]).await?
        } else {
            let names: Vec<&str> = users.iter().map(|user| user.name.as_str()).collect();
            let colors: Vec<Option<&str>> = users.iter().map(|user| user.hair_color.as_deref()).collect();
            let statement = client.prepare_cached(MANY).await?;
            client.execute(&statement, &[&names, &colors]).await?
        };
        Ok(usize::try_from(count)?)
    }

    async fn bulk(&self, readings: Vec<Reading>) -> Result<usize> {
        let client = self.blog.get().await?;
        let count = if COPY { copy(&client, &readings).await? } else { unnest(&client, &readings).await? };
        Ok(usize::try_from(count)?)
    }
}

impl<const COPY: bool> Pooled for Hand<COPY> {
    async fn pause(&self, milliseconds: i64) -> Result<()> {
        const SQL: &str = "SELECT id, seconds, slept FROM paused WHERE id = $1";
        let client = self.blog.get().await?;
        let statement = client.prepare_cached(SQL).await?;
        let row = client.query_one(&statement, &[&milliseconds]).await?;
        let paused: (i64, f64, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        black_box(paused);
        Ok(())
    }

    async fn burn(&self) -> Result<()> {
        const SQL: &str = "SELECT id, steps, total FROM burnt WHERE id = $1";
        let client = self.blog.get().await?;
        let statement = client.prepare_cached(SQL).await?;
        let row = client.query_one(&statement, &[&1_i64]).await?;
        let burnt: (i64, i32, f64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        black_box(burnt);
        Ok(())
    }

    async fn transaction(&self, id: i64) -> Result<()> {
        let mut client = self.blog.get().await?;
        let [find, update, insert] = [
            client.prepare_cached(VISIT).await?,
            client.prepare_cached(UPDATE).await?,
            client.prepare_cached(INSERT).await?,
        ];
        let super::User { name, hair_color } = super::User::number(1);
        let transaction = client.transaction().await?;
        black_box(Visit::read(&transaction.query_one(&find, &[&id]).await?)?);
        transaction.execute(&update, &[&PAGE, &id]).await?;
        transaction.execute(&insert, &[&name, &hair_color]).await?;
        Ok(transaction.commit().await?)
    }

    async fn documents(&self) -> Result<usize> {
        let client = self.blog.get().await?;
        let documents = all(&client, "SELECT id, body FROM documents", &[], document).await?;
        Ok(black_box(documents).len())
    }
}

fn document(row: &Row) -> Decoded<(i64, String)> {
    Ok((row.try_get(0)?, row.try_get(1)?))
}

async fn unnest(client: &Object, readings: &[Reading]) -> Result<u64> {
    const SQL: &str = "INSERT INTO readings (sensor, taken, value, label)
         SELECT * FROM UNNEST($1::int8[], $2::int8[], $3::float8[], $4::text[])";
    let sensors: Vec<i64> = readings.iter().map(|reading| reading.sensor).collect();
    let taken: Vec<i64> = readings.iter().map(|reading| reading.taken).collect();
    let values: Vec<f64> = readings.iter().map(|reading| reading.value).collect();
    let labels: Vec<&str> = readings.iter().map(|reading| reading.label.as_str()).collect();
    let statement = client.prepare_cached(SQL).await?;
    Ok(client.execute(&statement, &[&sensors, &taken, &values, &labels]).await?)
}

async fn copy(client: &Object, readings: &[Reading]) -> Result<u64> {
    const SQL: &str = "COPY readings (sensor, taken, value, label) FROM STDIN (FORMAT binary)";
    let statement = client.prepare_cached(SQL).await?;
    let sink = client.copy_in(&statement).await?;
    let types = [Type::INT8, Type::INT8, Type::FLOAT8, Type::TEXT];
    let mut writer = std::pin::pin!(BinaryCopyInWriter::new(sink, &types));
    for reading in readings {
        let values: [&(dyn ToSql + Sync); 4] =
            [&reading.sensor, &reading.taken, &reading.value, &reading.label];
        writer.as_mut().write(&values).await?;
    }
    Ok(writer.finish().await?)
}
