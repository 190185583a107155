//! What is measured.

use crate::data::Data;

/// One piece of work of a [`Peer`](crate::peers::Peer).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Every row of one table.
    Users,
    /// A left join with a filter and an order.
    UsersAndPosts,
    /// Users, their posts, their comments.
    Associations,
    /// Parents with their children.
    Children,
    /// One row by its key.
    Find,
    /// Two tables in two databases.
    Both,
    /// A table and what it refers to in the other database.
    Reference,
    /// So many users.
    Insert(usize),
    /// So many readings.
    Bulk(usize),
}

impl Work {
    /// By the words of a command line.
    pub fn parse(name: &str, size: usize) -> Option<Self> {
        Some(match name {
            "users" => Self::Users,
            "users_and_posts" => Self::UsersAndPosts,
            "associations" => Self::Associations,
            "children" => Self::Children,
            "find" => Self::Find,
            "both" => Self::Both,
            "reference" => Self::Reference,
            "insert" => Self::Insert(size),
            "bulk" => Self::Bulk(size),
            _ => return None,
        })
    }

    /// What has to lie in the database; `size` is that of the words.
    pub fn data(self, size: usize) -> Data {
        match self {
            Self::Users | Self::UsersAndPosts => Data::Users(size),
            Self::Associations | Self::Children => Data::Family,
            Self::Find | Self::Both | Self::Reference => Data::Visits,
            Self::Insert(_) | Self::Bulk(_) => Data::Nothing,
        }
    }

    /// The words.
    pub fn words(self) -> (&'static str, usize) {
        match self {
            Self::Users => ("users", 0),
            Self::UsersAndPosts => ("users_and_posts", 0),
            Self::Associations => ("associations", 0),
            Self::Children => ("children", 0),
            Self::Find => ("find", 0),
            Self::Both => ("both", 0),
            Self::Reference => ("reference", 0),
            Self::Insert(size) => ("insert", size),
            Self::Bulk(size) => ("bulk", size),
        }
    }
}

/// One line of the report: some work on some data, by so many tasks at once.
#[derive(Clone, Debug)]
pub struct Task {
    /// The table of the report.
    pub group: &'static str,
    /// What is done.
    pub shape: &'static str,
    /// How much of it.
    pub size: String,
    /// The same, for the program.
    pub work: Work,
    /// What lies in the database.
    pub data: Data,
    /// How many tasks do it at the same time.
    pub tasks: usize,
}

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Samples of each peer.
    pub rounds: usize,
    /// How long the hand-written version takes for a sample, in milliseconds.
    pub sample: u64,
    /// Whether the largest sizes are left out.
    pub quick: bool,
}

impl Effort {
    /// Less than ten minutes.
    pub const FULL: Self = Self { rounds: 31, sample: 25, quick: false };
    /// Less than one minute.
    pub const QUICK: Self = Self { rounds: 5, sample: 10, quick: true };

    fn sizes(self) -> &'static [usize] {
        if self.quick { &[1, 100, 1_000] } else { &[1, 10, 100, 1_000, 10_000] }
    }

    /// Samples of work on so many rows.
    pub fn rounds_of(self, work: Work) -> usize {
        if let Work::Bulk(50_000..) = work { self.rounds.min(9) } else { self.rounds }
    }
}

/// The report's tables of times.
pub const QUERIES: &str = "Queries";
/// Related rows.
pub const RELATED: &str = "Related rows";
/// Many tasks, one pool.
pub const CONCURRENT: &str = "Select by key, tasks over a pool of 10";
/// On a server that forgets.
pub const INSERTS: &str = "Inserts, server without fsync";
/// On a server that does not.
pub const DURABLE: &str = "Inserts, durable server";

/// What only reads, in one task.
pub fn reads(effort: Effort) -> Vec<Task> {
    let mut tasks = Vec::new();
    let (shape, size) = ("one row by its key", count(1_000, "row") + " in the table");
    tasks.push(Task { group: QUERIES, shape, size, work: Work::Find, data: Data::Visits, tasks: 1 });
    let shapes = [("every row of one table", Work::Users), ("left join, filter, order", Work::UsersAndPosts)];
    for (shape, work) in shapes {
        for rows in effort.sizes() {
            let size = format!("{} in the table", count(*rows, "row"));
            tasks.push(Task { group: QUERIES, shape, size, work, data: Data::Users(*rows), tasks: 1 });
        }
    }
    let related = [
        ("two databases at once", "1,000 rows each", Work::Both, Data::Visits),
        ("reference across databases", "1,000 rows", Work::Reference, Data::Visits),
        ("parents with children", "1,000 with 10 each", Work::Children, Data::Family),
        (
            "associations in sequence",
            "100 users, 1,000 posts, 10,000 comments",
            Work::Associations,
            Data::Family,
        ),
    ];
    for (shape, size, work, data) in related {
        tasks.push(Task { group: RELATED, shape, size: size.to_owned(), work, data, tasks: 1 });
    }
    tasks
}

/// What many tasks do at once.
pub fn concurrent() -> Vec<Task> {
    let task = |number| Task {
        group: CONCURRENT,
        shape: "one row by its key",
        size: count(number, "task"),
        work: Work::Find,
        data: Data::Visits,
        tasks: number,
    };
    [8, 64, 256].map(task).into()
}

/// What writes.
pub fn writes(effort: Effort, group: &'static str) -> Vec<Task> {
    let (inserts, bulks): (&[usize], &[usize]) = if effort.quick {
        (&[1, 100], &[1_000, 10_000])
    } else {
        (&[1, 10, 100, 1_000], &[1_000, 10_000, 100_000])
    };
    let task = |shape, rows, work| Task {
        group,
        shape,
        size: count(rows, "row"),
        work,
        data: Data::Nothing,
        tasks: 1,
    };
    let inserts = inserts.iter().map(|rows| task("insert", *rows, Work::Insert(*rows)));
    let bulks = bulks.iter().map(|rows| task("bulk insert", *rows, Work::Bulk(*rows)));
    inserts.chain(bulks).collect()
}

/// `1,000 rows`.
pub fn count(number: usize, what: &str) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap_or_default())
        .collect();
    format!("{} {what}{}", groups.join(","), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn numbers_as_people_write_them() {
        assert_eq!(count(1, "row"), "1 row");
        assert_eq!(count(100_000, "row"), "100,000 rows");
    }
}
