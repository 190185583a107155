//! sea-orm: entities, `load_many` and `load_one` for related rows, `insert_many` for many.

use std::hint::black_box;

use sea_orm::{
    ColumnTrait, ConnectOptions, Database, DatabaseConnection, EntityTrait, LoaderTrait, QueryFilter,
    QueryOrder, Set, TransactionTrait, sea_query::Expr,
};

use super::{PAGE, POOL, Peer, Result, Urls};

mod users {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        pub hair_color: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::posts::Entity")]
        Posts,
    }

    impl Related<super::posts::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Posts.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod posts {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "posts")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub user_id: i32,
        pub title: String,
        pub body: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::users::Entity",
            from = "Column::UserId",
            to = "super::users::Column::Id"
        )]
        User,
        #[sea_orm(has_many = "super::comments::Entity")]
        Comments,
    }

    impl Related<super::users::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::User.def()
        }
    }

    impl Related<super::comments::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Comments.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod comments {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "comments")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub post_id: i32,
        pub text: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::posts::Entity",
            from = "Column::PostId",
            to = "super::posts::Column::Id"
        )]
        Post,
    }

    impl Related<super::posts::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Post.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod visits {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "visits")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub account_id: i64,
        pub page: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::accounts::Entity",
            from = "Column::AccountId",
            to = "super::accounts::Column::Id"
        )]
        Account,
    }

    impl Related<super::accounts::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Account.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod accounts {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "accounts")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
        pub email: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod readings {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "readings")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub sensor: i64,
        pub taken: i64,
        pub value: f64,
        pub label: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Its pools.
#[derive(Clone)]
pub struct SeaOrm {
    blog: DatabaseConnection,
    accounts: DatabaseConnection,
}

async fn connect(url: &str) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(u32::try_from(POOL)?).test_before_acquire(false).sqlx_logging(false);
    Ok(Database::connect(options).await?)
}

/// Users, their posts, the comments on those.
type Loaded = Vec<(users::Model, Vec<(posts::Model, Vec<comments::Model>)>)>;

impl Peer for SeaOrm {
    const NAME: &'static str = "sea-orm";
    type NewUser = users::ActiveModel;
    type NewReading = readings::ActiveModel;

    async fn connect(urls: &Urls) -> Result<Self> {
        Ok(Self { blog: connect(&urls.blog).await?, accounts: connect(&urls.accounts).await? })
    }

    fn user(user: super::User) -> Self::NewUser {
        users::ActiveModel { name: Set(user.name), hair_color: Set(user.hair_color), ..Default::default() }
    }

    fn reading(reading: super::Reading) -> Self::NewReading {
        let super::Reading { sensor, taken, value, label } = reading;
        readings::ActiveModel {
            sensor: Set(sensor),
            taken: Set(taken),
            value: Set(value),
            label: Set(label),
            ..Default::default()
        }
    }

    async fn users(&self) -> Result<usize> {
        let users = users::Entity::find().all(&self.blog).await?;
        Ok(black_box(users).len())
    }

    async fn users_and_posts(&self) -> Result<usize> {
        let rows = users::Entity::find()
            .find_also_related(posts::Entity)
            .filter(users::Column::HairColor.eq("black"))
            .order_by_desc(users::Column::Name)
            .all(&self.blog)
            .await?;
        Ok(black_box(rows).len())
    }

    async fn associations(&self) -> Result<usize> {
        let users = users::Entity::find().all(&self.blog).await?;
        let posts = users.load_many(posts::Entity, &self.blog).await?;
        let sizes: Vec<usize> = posts.iter().map(Vec::len).collect();
        let posts: Vec<posts::Model> = posts.into_iter().flatten().collect();
        let comments = posts.load_many(comments::Entity, &self.blog).await?;
        let count = comments.iter().map(Vec::len).sum();
        let mut posts = posts.into_iter().zip(comments);
        let mut loaded: Loaded = Vec::new();
        for (user, size) in users.into_iter().zip(sizes) {
            loaded.push((user, posts.by_ref().take(size).collect()));
        }
        black_box(loaded);
        Ok(count)
    }

    async fn children(&self) -> Result<usize> {
        let posts = posts::Entity::find().all(&self.blog).await?;
        let comments = posts.load_many(comments::Entity, &self.blog).await?;
        let loaded: Vec<(posts::Model, Vec<comments::Model>)> = posts.into_iter().zip(comments).collect();
        Ok(black_box(loaded).iter().map(|(_, comments)| comments.len()).sum())
    }

    async fn find(&self, id: i64) -> Result<usize> {
        let visit = visits::Entity::find_by_id(id).one(&self.blog).await?;
        black_box(visit.ok_or("no such visit")?);
        Ok(1)
    }

    async fn both(&self) -> Result<usize> {
        let visits = visits::Entity::find().all(&self.blog);
        let accounts = accounts::Entity::find().all(&self.accounts);
        let (visits, accounts) = black_box(tokio::try_join!(visits, accounts)?);
        Ok(visits.len() + accounts.len())
    }

    async fn reference(&self) -> Result<usize> {
        let visits = visits::Entity::find().all(&self.blog).await?;
        let accounts = visits.load_one(accounts::Entity, &self.accounts).await?;
        let loaded: Vec<(visits::Model, Option<accounts::Model>)> =
            visits.into_iter().zip(accounts).collect();
        Ok(black_box(loaded).iter().filter(|(_, account)| account.is_some()).count())
    }

    async fn update(&self, id: i64) -> Result<usize> {
        let update = visits::Entity::update_many().col_expr(visits::Column::Page, Expr::value(PAGE));
        let changed = update.filter(visits::Column::Id.eq(id)).exec(&self.blog).await?;
        Ok(usize::try_from(changed.rows_affected)?)
    }

    async fn insert(&self, mut users: Vec<users::ActiveModel>) -> Result<usize> {
        let count = if users.len() == 1
            && let Some(user) = users.pop()
        {
            users::Entity::insert(user).exec_without_returning(&self.blog).await?
        } else {
            users::Entity::insert_many(users).exec_without_returning(&self.blog).await?
        };
        Ok(usize::try_from(count)?)
    }

    /// A statement takes at most 65,535 values.
    async fn bulk(&self, mut readings: Vec<readings::ActiveModel>) -> Result<usize> {
        const ROWS: usize = u16::MAX as usize / 4;
        let mut count = 0;
        if readings.len() <= ROWS {
            count += readings::Entity::insert_many(readings).exec_without_returning(&self.blog).await?;
        } else {
            let transaction = self.blog.begin().await?;
            while !readings.is_empty() {
                let rest = readings.split_off(readings.len().min(ROWS));
                count += readings::Entity::insert_many(readings).exec_without_returning(&transaction).await?;
                readings = rest;
            }
            transaction.commit().await?;
        }
        Ok(usize::try_from(count)?)
    }
}
