//! The tasks that work with the databases, and go away at random.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::TryStreamExt;
use ormgen_runtime::{Error, Pool, prelude::*};
use ormgen_tests::{
    dice::Dice,
    generated::banking::{
        Databases,
        bank::{Account, Bank, NewOperation, Operation},
    },
};
use tokio::task::JoinHandle;

use crate::{ACCOUNTS, BOUND, TASKS, book::Book};

/// All of them.
pub struct Tasks(Vec<JoinHandle<()>>);

impl Tasks {
    /// Starts them.
    pub fn start(dbs: &Databases, book: &Arc<Book>, seed: u64, until: Instant) -> Self {
        let tasks = (0..TASKS as u64).map(|task| {
            let pools = [dbs.bank.clone(), dbs.bank_2.clone(), dbs.bank_3.clone()];
            let book = Arc::clone(book);
            tokio::spawn(async move {
                let mut dice = Dice::new(seed.wrapping_add(task));
                while Instant::now() < until {
                    let server = dice.roll(3) as usize;
                    let call = Call { pool: &pools[server], server, book: &book };
                    call.one_of_many(&mut dice).await;
                }
            })
        });
        Self(tasks.collect())
    }

    /// Waits for their end.
    pub async fn over(self) {
        for task in self.0 {
            if let Err(error) = tokio::time::timeout(BOUND * 2, task).await.expect("the tasks end") {
                std::panic::resume_unwind(error.into_panic());
            }
        }
    }
}

/// One call of one task.
struct Call<'a> {
    pool: &'a Pool<Bank>,
    server: usize,
    book: &'a Book,
}

impl Call<'_> {
    /// Some call, which its caller may not wait for.
    async fn one_of_many(&self, dice: &mut Dice) {
        let kind = dice.roll(8);
        let mut own = dice.clone();
        let _ = dice.roll(2);
        let work = async {
            match kind {
                0 | 1 => self.deposit(&mut own).await,
                2 => self.transfer(&mut own).await,
                3 => self.transfer_by_sql(&mut own).await,
                4 => self.touch(&mut own).await,
                5 => self.stream().await,
                _ => find(self.pool, account(&mut own)).await,
            }
        };
        let patience = dice.once_in(4).then(|| Duration::from_micros(dice.roll(20_000)));
        let began = Instant::now();
        // Who goes away learns nothing: what became of it is not known.
        let done = tokio::time::timeout(patience.unwrap_or(BOUND), work).await;
        match done {
            Err(_) if patience.is_none() => {
                panic!("call {kind} on server {}: nothing within {BOUND:?}", self.server)
            }
            Ok(Err(error)) => {
                assert!(expected(&error), "{error}");
                // Nobody asks a server that is down without end.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Ok(Ok(())) | Err(_) => {}
        }
        assert!(began.elapsed() < BOUND * 2);
    }

    /// One statement.
    async fn deposit(&self, dice: &mut Dice) -> Result<(), Error> {
        let number = self.book.begin(self.server, 1);
        Operation::insert(operation(number, account(dice), amount(dice))).execute(self.pool).await?;
        self.book.acknowledge(number);
        Ok(())
    }

    /// A transaction of several, some with a savepoint that is undone.
    async fn transfer(&self, dice: &mut Dice) -> Result<(), Error> {
        let (from, to, amount) = (account(dice), account(dice), amount(dice));
        let number = self.book.begin(self.server, 2);
        let undone = dice.once_in(4);
        let transaction = self.pool.transaction(async |tx| {
            Account::find(from).one(tx).await?;
            Operation::insert(operation(number, from, -amount)).execute(tx).await?;
            if undone {
                let nothing = tx.savepoint(async |savepoint| {
                    Operation::insert(operation(number, to, 1)).execute(savepoint).await?;
                    Operation::insert(operation(number, -1, 1)).execute(savepoint).await
                });
                let error = nothing.await.expect_err("there is no account of that number");
                if !matches!(error, Error::ForeignKeyViolation(_)) {
                    return Err(error);
                }
            }
            Operation::insert(operation(number, to, amount)).execute(tx).await.map(drop)
        });
        let done = transaction.await;
        if matches!(done, Err(Error::NotCommitted { .. })) {
            self.book.deny(number);
        }
        done?;
        self.book.acknowledge(number);
        Ok(())
    }

    /// The same in one statement.
    async fn transfer_by_sql(&self, dice: &mut Dice) -> Result<(), Error> {
        let (from, to, amount) = (account(dice), account(dice), amount(dice));
        let number = self.book.begin(self.server, 2);
        const TRANSFER: &str = "INSERT INTO operations (number, account_id, amount)
             SELECT $1, account, amount FROM (VALUES ($2::int, -$4::bigint), ($3, $4)) AS t (account, amount)
             ORDER BY account";
        let transfer = Bank::sql(TRANSFER).bind(number).bind(from).bind(to).bind(amount);
        assert_eq!(transfer.execute(self.pool).await?, 2);
        self.book.acknowledge(number);
        Ok(())
    }

    async fn touch(&self, dice: &mut Dice) -> Result<(), Error> {
        let account = account(dice);
        self.book.touch(self.server, account);
        let touch = Account::find(account).update().set(Account::TOUCHES, Account::TOUCHES + 1);
        assert_eq!(touch.execute(self.pool).await?, 1);
        self.book.touched(self.server, account);
        Ok(())
    }

    /// Some of the rows.
    async fn stream(&self) -> Result<(), Error> {
        let mut rows = Account::query().order_by(Account::ID.asc()).stream(self.pool).await?;
        for id in 1..=ACCOUNTS / 2 {
            assert_eq!(rows.try_next().await?.map(|row| row.id), Some(id));
        }
        Ok(())
    }
}

/// One row, which is the one that was asked for.
pub async fn find(pool: &Pool<Bank>, id: i32) -> Result<(), Error> {
    let row = Account::find(id).one(pool).await?;
    assert_eq!(row.id, id, "another row than was asked for");
    Ok(())
}

fn account(dice: &mut Dice) -> i32 {
    dice.roll(ACCOUNTS as u64) as i32 + 1
}

fn amount(dice: &mut Dice) -> i64 {
    dice.roll(100) as i64 + 1
}

fn operation(number: i64, account_id: i32, amount: i64) -> NewOperation {
    NewOperation { number, account_id, amount }
}

/// What a server that is ill-treated may say; anything else is a mistake of the pool's.
fn expected(error: &Error) -> bool {
    match error {
        Error::ConnectionLost { .. } | Error::Connect { .. } | Error::PoolTimeout { .. } => true,
        Error::NotCommitted { .. } | Error::OutcomeUnknown { .. } => true,
        // A statement was cancelled by an administrator, or met another one.
        Error::Cancelled { .. } | Error::Serialization { .. } => true,
        Error::Database { source, .. } => {
            // It is starting up or shutting down.
            source.code().is_some_and(|code| code.code().starts_with("57P"))
        }
        _ => false,
    }
}
