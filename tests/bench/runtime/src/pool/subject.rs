//! Whose pools are measured.

use std::{pin::Pin, time::Duration};
use crate::peers::GroupCommit;
use crate::{
    peers::{AsItComes, ByHand, Peer, Result, Urls},
    pool::{
        drive::{Driven, drive},
        load::Load,
        steps::{All, Steps},
    },
};
#[cfg(feature = "peers")]
use crate::{
    peers::{Diesel, SeaOrm, Sqlx},
    pool::steps::Common,
};

/// What a drive gives.
pub type Driving<'a> = Pin<Box<dyn Future<Output = Result<Driven>> + Send + 'a>>;

/// A peer with its pool, whatever its types.
pub trait Subject {
    /// Its name in the report.
    fn name(&self) -> &'static str;
    /// See [`drive`].
    fn drive(&self, load: Load, tasks: usize, time: Duration) -> Driving<'_>;
}

impl<S: Steps> Subject for S {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn drive(&self, load: Load, tasks: usize, time: Duration) -> Driving<'_> {
        Box::pin(drive(self.clone(), load, tasks, time))
    }
}

/// Who may be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// tokio-postgres and deadpool-postgres.
    Hand,
    /// ormgen as it comes.
    Ormgen,
    /// ormgen with `group_commit`.
    GroupCommit,
    /// diesel-async.
    Diesel,
    /// sqlx.
    Sqlx,
    /// sea-orm.
    SeaOrm,
}

impl Who {
    /// Those whom this program was built with, in the report's order; the first is whom the others are compared with.
    pub const ALL: &[Self] = &[
        Self::Hand,
        Self::Ormgen,
        Self::GroupCommit,
        #[cfg(feature = "peers")]
        Self::Diesel,
        #[cfg(feature = "peers")]
        Self::Sqlx,
        #[cfg(feature = "peers")]
        Self::SeaOrm,
    ];

    /// As the command line names it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Hand => "hand",
            Self::Ormgen => "ormgen",
            Self::GroupCommit => "group-commit",
            Self::Diesel => "diesel-async",
            Self::Sqlx => "sqlx",
            Self::SeaOrm => "sea-orm",
        }
    }

    /// Whether it can do a work.
    pub fn does(self, load: Load) -> bool {
        match self {
            Self::Hand | Self::Ormgen => true,
            Self::GroupCommit => load.writes(),
            Self::Diesel | Self::Sqlx | Self::SeaOrm => load.is_common(),
        }
    }

    /// Whether it is measured there unless the command line says otherwise: other libraries on this machine only, as a
    /// whole run would take too long.
    pub fn is_usual(self, distance: Duration) -> bool {
        match self {
            Self::Hand | Self::Ormgen | Self::GroupCommit => true,
            Self::Diesel | Self::Sqlx | Self::SeaOrm => distance.is_zero(),
        }
    }

    /// Connects it.
    ///
    /// # Errors
    /// Those of connecting, and for one whom this program was built without.
    pub async fn connect(self, urls: &Urls) -> Result<Box<dyn Subject>> {
        Ok(match self {
            Self::Hand => Box::new(All(connect::<ByHand>(urls).await?)),
            Self::Ormgen => Box::new(All(connect::<AsItComes>(urls).await?)),
            Self::GroupCommit => Box::new(All(connect::<GroupCommit>(urls).await?)),
            #[cfg(feature = "peers")]
            Self::Diesel => Box::new(Common(connect::<Diesel>(urls).await?)),
            #[cfg(feature = "peers")]
            Self::Sqlx => Box::new(Common(connect::<Sqlx>(urls).await?)),
            #[cfg(feature = "peers")]
            Self::SeaOrm => Box::new(Common(connect::<SeaOrm>(urls).await?)),
            #[allow(unreachable_patterns, reason = "with every feature there is nobody else")]
            other => return Err(format!("this program was built without {}", other.word()).into()),
        })
    }
}

async fn connect<P: Peer>(urls: &Urls) -> Result<P> {
    P::connect(&urls.named(&crate::runner::server_name(P::NAME))).await
}
