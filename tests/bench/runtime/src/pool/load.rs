//! The works under which pools are measured.

use crate::data::Data;

/// One row of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// One row by its key.
    SelectByKey,
    /// All 1,000 rows of a table.
    Rows,
    /// A read in which the server sleeps for so many milliseconds.
    Pause(i64),
    /// A read that keeps a processor of the server's busy for 5 ms.
    Burn,
    /// A row, on a server of some kind.
    Insert(Storage),
    /// A column of the row with a key.
    Update,
    /// A transaction of a select by key, an update by key and an insert.
    Transaction,
    /// Of 20 selects by key one is another statement, which takes 20 ms.
    SlowAmongFast,
    /// The same statement each time, which takes 20 ms for one value of 20.
    SlowValue,
    /// Selects by key, while another task reads a result of 20 MB ten times a second.
    Large,
}

/// What a server does before it says that a row is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// Nothing: it has no fsync.
    Forgetful,
    /// It waits for the disk.
    Durable,
    /// It waits for the disk, and sleeps for 4 ms before, as if the disk took longer.
    Slow,
}

/// How long the slow ones among fast reads take, in milliseconds.
pub const SLOW: i64 = 20;

impl Load {
    /// Every one, in the report's order.
    pub const ALL: [Self; 15] = [
        Self::SelectByKey,
        Self::Rows,
        Self::Pause(1),
        Self::Pause(5),
        Self::Pause(20),
        Self::Pause(65),
        Self::Burn,
        Self::Insert(Storage::Forgetful),
        Self::Insert(Storage::Durable),
        Self::Insert(Storage::Slow),
        Self::Update,
        Self::Transaction,
        Self::SlowAmongFast,
        Self::SlowValue,
        Self::Large,
    ];

    /// What it is called, in the report and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::SelectByKey => "select-by-key",
            Self::Rows => "read-1000-rows",
            Self::Pause(1) => "read-1ms",
            Self::Pause(5) => "read-5ms",
            Self::Pause(20) => "read-20ms",
            Self::Pause(_) => "read-65ms",
            Self::Burn => "processor-5ms",
            Self::Insert(Storage::Forgetful) => "insert",
            Self::Insert(Storage::Durable) => "insert-durable",
            Self::Insert(Storage::Slow) => "insert-fsync-4ms",
            Self::Update => "update-by-key",
            Self::Transaction => "transaction",
            Self::SlowAmongFast => "slow-among-fast",
            Self::SlowValue => "slow-value-among-fast",
            Self::Large => "large-among-finds",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|load| load.name() == name)
    }

    /// The server it needs.
    pub fn storage(self) -> Storage {
        if let Self::Insert(storage) = self { storage } else { Storage::Forgetful }
    }

    /// What lies in the tables that writes change.
    pub fn data(self) -> Data {
        match self {
            Self::Rows => Data::Users(1000),
            _ => Data::Visits,
        }
    }

    /// Whether it makes tables longer: they are emptied before each sample.
    pub fn inserts(self) -> bool {
        matches!(self, Self::Insert(_) | Self::Transaction)
    }

    /// Whether it is a single write, which commits may be shared for.
    pub fn writes(self) -> bool {
        matches!(self, Self::Insert(_) | Self::Update)
    }

    /// Whether the libraries besides the hand-written version and ormgen do it: it is one of the simple ones.
    pub fn is_common(self) -> bool {
        self.writes() || matches!(self, Self::SelectByKey | Self::Rows)
    }
}

#[cfg(test)]
mod tests {
    use super::Load;

    #[test]
    fn every_one_has_a_name_of_its_own() {
        for load in Load::ALL {
            assert_eq!(Load::parse(load.name()), Some(load));
        }
    }
}
