//! ormgen's generated code.

use std::hint::black_box;

use ormgen_runtime::{config::ConnectionConfig, prelude::*};

use self::generated::{
    Databases,
    accounts::Account,
    blog::{Burnt, Document, NewReading, NewUser, Paused, Post, Reading, User, Visit},
};
use super::{PAGE, POOL, Peer, Pooled, Result, Urls};

mod generated {
    //! Of `manifest.yaml`.
    include!(concat!(env!("OUT_DIR"), "/databases.rs"));
}

/// As it comes, or with one commit for writes that wait together.
#[derive(Clone)]
pub struct Ormgen<const GROUP_COMMIT: bool>(Databases);

impl<const GROUP_COMMIT: bool> Peer for Ormgen<GROUP_COMMIT> {
    const NAME: &'static str = if GROUP_COMMIT { "ormgen, group commit" } else { "ormgen" };
    type NewUser = NewUser;
    type NewReading = NewReading;

    async fn connect(urls: &Urls) -> Result<Self> {
        let connections = [("blog", &urls.blog), ("accounts", &urls.accounts)];
        let connections = connections.map(|(alias, url)| {
            let connection = ConnectionConfig::new(alias, url.as_str()).max_size(POOL);
            let connection = connection.group_commit(GROUP_COMMIT);
            connection
        });
        Ok(Self(Databases::lazy(connections.into())?))
    }

    fn user(user: super::User) -> NewUser {
        NewUser { name: user.name, hair_color: user.hair_color }
    }

    fn reading(reading: super::Reading) -> NewReading {
        let super::Reading { sensor, taken, value, label } = reading;
        NewReading { sensor, taken, value, label }
    }

    async fn users(&self) -> Result<usize> {
        let users = User::query().all(&self.0).await?;
        Ok(black_box(users).len())
    }

    async fn users_and_posts(&self) -> Result<usize> {
        let rows = User::query()
            .filter(User::HAIR_COLOR.eq("black"))
            .order_by(User::NAME.desc())
            .left_join(User::POSTS)
            .all(&self.0)
            .await?;
        Ok(black_box(rows).len())
    }

    async fn associations(&self) -> Result<usize> {
        let users = User::query().with(User::POSTS.with(Post::COMMENTS)).all(&self.0).await?;
        let posts = users.iter().flat_map(|(_, posts)| posts);
        let count = posts.map(|(_, comments)| comments.len()).sum();
        black_box(users);
        Ok(count)
    }

    async fn children(&self) -> Result<usize> {
        let posts = Post::query().with(Post::COMMENTS).all(&self.0).await?;
        Ok(black_box(posts).iter().map(|(_, comments)| comments.len()).sum())
    }

    async fn find(&self, id: i64) -> Result<usize> {
        black_box(Visit::find(id).one(&self.0).await?);
        Ok(1)
    }

    async fn both(&self) -> Result<usize> {
        let visits = Visit::query().all(&self.0);
        let accounts = Account::query().all(&self.0);
        let (visits, accounts) = black_box(tokio::try_join!(visits, accounts)?);
        Ok(visits.len() + accounts.len())
    }

    async fn reference(&self) -> Result<usize> {
        let visits = Visit::query().with(Visit::ACCOUNT).all(&self.0).await?;
        Ok(black_box(visits).iter().filter(|(_, account)| account.is_some()).count())
    }

    async fn update(&self, id: i64) -> Result<usize> {
        let changed = Visit::find(id).update().set(Visit::PAGE, PAGE).execute(&self.0).await?;
        Ok(usize::try_from(changed)?)
    }

    async fn insert(&self, mut users: Vec<NewUser>) -> Result<usize> {
        if users.len() == 1
            && let Some(user) = users.pop()
        {
            User::insert(user).execute(&self.0).await?;
            return Ok(1);
        }
        Ok(usize::try_from(User::insert_many(users).execute(&self.0).await?)?)
    }

    async fn bulk(&self, readings: Vec<NewReading>) -> Result<usize> {
        Ok(usize::try_from(Reading::insert_many(readings).execute(&self.0).await?)?)
    }
}

impl<const GROUP_COMMIT: bool> Pooled for Ormgen<GROUP_COMMIT> {
    async fn pause(&self, milliseconds: i64) -> Result<()> {
        black_box(Paused::query().filter(Paused::ID.eq(milliseconds)).one(&self.0).await?);
        Ok(())
    }

    async fn burn(&self) -> Result<()> {
        black_box(Burnt::query().filter(Burnt::ID.eq(1)).one(&self.0).await?);
        Ok(())
    }

    async fn transaction(&self, id: i64) -> Result<()> {
        let transaction = self.0.blog.begin().await?;
        black_box(Visit::find(id).one(&transaction).await?);
        Visit::find(id).update().set(Visit::PAGE, PAGE).execute(&transaction).await?;
        User::insert(Self::user(super::User::number(1))).execute(&transaction).await?;
        Ok(transaction.commit().await?)
    }

    async fn documents(&self) -> Result<usize> {
        Ok(black_box(Document::query().all(&self.0).await?).len())
    }
}
