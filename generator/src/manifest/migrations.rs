//! Folders of migrations: which tool's layout a folder has, which of its files are applied, and in which order.
//!
//! Tools differ in their order: by the text of a name, by the number that it begins with, by a plan. Files are read
//! only through the [`Listing`].

use std::{cmp::Ordering, collections::HashMap};

/// How a tool lays its migrations out. The manifest names one as `layout`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MigrationLayout {
    /// Atlas: `VERSION_name.sql`, by text.
    Atlas,
    /// dbmate: `VERSION_name.sql` with `-- migrate:up`, by text.
    Dbmate,
    /// Diesel, Hasura: `VERSION_name/up.sql`, by the text of the version without dashes.
    Diesel,
    /// Drizzle: `NUMBER_name.sql` in the order of `meta/_journal.json`.
    Drizzle,
    /// Flyway, Evolve, refinery: `V1__name.sql`, by version; `R__name.sql` last; from the newest `B1__name.sql` on.
    Flyway,
    /// golang-migrate and reversible migrations of sqlx: `NUMBER_name.up.sql`, by number.
    GolangMigrate,
    /// Files in natural order: `2_b.sql` before `10_a.sql`.
    Natural,
    /// goose, sqlx, tern, graphile-migrate, …: `NUMBER_name.sql`, by number.
    Numbered,
    /// postgrator: `NUMBER.do.name.sql`, by number.
    Postgrator,
    /// Prisma: `NAME/migration.sql`, by text.
    Prisma,
    /// Sqitch: `deploy/name.sql` in the order of `sqitch.plan`.
    Sqitch,
    /// yoyo: `NAME.sql` beside `NAME.rollback.sql`, by text.
    Yoyo,
}

/// Each layout by the name that the manifest gives it.
pub(super) const LAYOUTS: [(&str, MigrationLayout); 12] = [
    ("atlas", MigrationLayout::Atlas),
    ("dbmate", MigrationLayout::Dbmate),
    ("diesel", MigrationLayout::Diesel),
    ("drizzle", MigrationLayout::Drizzle),
    ("flyway", MigrationLayout::Flyway),
    ("golang-migrate", MigrationLayout::GolangMigrate),
    ("natural", MigrationLayout::Natural),
    ("numbered", MigrationLayout::Numbered),
    ("postgrator", MigrationLayout::Postgrator),
    ("prisma", MigrationLayout::Prisma),
    ("sqitch", MigrationLayout::Sqitch),
    ("yoyo", MigrationLayout::Yoyo),
];

impl MigrationLayout {
    /// Its name in the manifest.
    pub fn name(self) -> &'static str {
        LAYOUTS.iter().find(|(_, layout)| *layout == self).map_or("", |(name, _)| name)
    }
}

/// The content of a folder. Names are relative to it, with `/` between their parts.
pub(super) struct Listing<'a> {
    /// Every `*.sql` file, in the folders inside as well.
    pub(super) files: Vec<String>,
    /// A file's text; none if the file does not exist.
    pub(super) text: &'a dyn Fn(&str) -> Option<String>,
}

/// The files to apply, in order; none if several tools would apply them in different orders.
pub(super) fn arrange(
    named: Option<MigrationLayout>,
    listing: &Listing<'_>,
) -> Option<(MigrationLayout, Vec<String>)> {
    let layout = named.or_else(|| recognized(listing))?;
    Some((layout, in_order(layout, listing)))
}

fn recognized(listing: &Listing<'_>) -> Option<MigrationLayout> {
    use MigrationLayout as L;
    let files = &listing.files;
    let has = |name: &str| (listing.text)(name).is_some();
    let any = |is: &dyn Fn(&str) -> bool| files.iter().any(|file| is(file));
    let all = |is: &dyn Fn(&str) -> bool| !files.is_empty() && files.iter().all(|file| is(file));
    if has("sqitch.plan") || (has("../sqitch.plan") && sqitch(listing).len() == files.len()) {
        return Some(L::Sqitch);
    }
    // These tools look at folders only: a file or two beside many of them is nothing that they apply.
    let mostly = |is: &dyn Fn(&str) -> bool| {
        let fitting = files.iter().filter(|file| is(file)).count();
        fitting > 0 && fitting >= 4 * (files.len() - fitting)
    };
    if has("migration_lock.toml") || mostly(&|file| file.ends_with("/migration.sql")) {
        return Some(L::Prisma);
    }
    if has("meta/_journal.json") {
        return Some(L::Drizzle);
    }
    if any(&|file| file.ends_with("/up.sql")) && mostly(&|file| file.contains('/')) {
        return Some(L::Diesel);
    }
    if any(&|file| flyway(file).is_some_and(|file| file.kind == 'V')) {
        return Some(L::Flyway);
    }
    if any(&|file| action(file) == Some("do")) {
        return Some(L::Postgrator);
    }
    if all(&|file| file.ends_with(".up.sql") || is_way_back(file)) {
        return Some(L::GolangMigrate);
    }
    if any(&|file| file.ends_with(".rollback.sql")) {
        return Some(L::Yoyo);
    }
    if has("atlas.sum") {
        return Some(L::Atlas);
    }
    let by_text = in_order(L::Atlas, listing);
    let by_number = in_order(L::Natural, listing);
    let numbered = by_number.iter().all(|file| file.starts_with(|c: char| c.is_ascii_digit()));
    if by_text == by_number {
        return Some(if numbered { L::Numbered } else { L::Natural });
    }
    let first = by_number.first().and_then(|file| (listing.text)(file)).unwrap_or_default();
    if first.contains("-- migrate:up") {
        return Some(L::Dbmate);
    }
    // All other tools that apply files of bare numbers go by the number.
    numbered.then_some(L::Numbered)
}

fn in_order(layout: MigrationLayout, listing: &Listing<'_>) -> Vec<String> {
    use MigrationLayout as L;
    let forward = |file: &&String| !is_way_back(file);
    let mut files: Vec<String> = match layout {
        L::Sqitch => return sqitch(listing),
        L::Drizzle => return drizzle(listing),
        L::Flyway => return flyway_order(listing),
        L::Prisma => listing.files.iter().filter(|file| base(file) == "migration.sql").cloned().collect(),
        L::Diesel => listing.files.iter().filter(|file| base(file) == "up.sql").cloned().collect(),
        L::Postgrator => listing.files.iter().filter(|file| action(file) == Some("do")).cloned().collect(),
        L::GolangMigrate => {
            let is_up = |file: &&String| file.ends_with(".up.sql");
            let has_up = listing.files.iter().any(|file| is_up(&file));
            listing.files.iter().filter(|file| forward(file) && (!has_up || is_up(file))).cloned().collect()
        }
        _ => listing.files.iter().filter(forward).cloned().collect(),
    };
    match layout {
        L::Diesel => files.sort_by(|a, b| diesel_version(a).cmp(&diesel_version(b)).then_with(|| a.cmp(b))),
        L::Atlas | L::Dbmate | L::Prisma | L::Yoyo => files.sort(),
        _ => files.sort_by(|a, b| natural_order(a, b)),
    }
    if layout == L::Atlas {
        files = from_checkpoint(files, listing);
    }
    files
}

/// A new database begins with Atlas's newest checkpoint, which has all that the files before it make.
fn from_checkpoint(files: Vec<String>, listing: &Listing<'_>) -> Vec<String> {
    let is_checkpoint = |file: &String| {
        (listing.text)(file)
            .is_some_and(|text| text.lines().take(5).any(|line| line.starts_with("-- atlas:checkpoint")))
    };
    let first = files.iter().rposition(is_checkpoint).unwrap_or_default();
    files.into_iter().skip(first).collect()
}

/// Files that take a migration back, by the names that the tools give them.
fn is_way_back(file: &str) -> bool {
    let name = base(file).to_ascii_lowercase();
    let folder = file.split('/').next().filter(|folder| *folder != file).unwrap_or_default();
    matches!(name.as_str(), "down.sql" | "revert.sql")
        || [".down.sql", ".undo.sql", ".rollback.sql", "-down.sql", ".revert.sql"]
            .iter()
            .any(|end| name.ends_with(end))
        || matches!(action(&name), Some("undo"))
        || matches!(folder, "revert" | "verify")
}

pub(super) fn base(file: &str) -> &str {
    file.rsplit('/').next().unwrap_or(file)
}

/// The second part of `001.do.sql`, `001.undo.name.sql`.
fn action(file: &str) -> Option<&str> {
    let mut parts = base(file).split('.');
    let number = parts.next()?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    parts.next().filter(|action| is_number && matches!(*action, "do" | "undo"))
}

/// The text before the first `_`, without dashes.
pub(super) fn diesel_version(file: &str) -> String {
    let folder = file.rsplit('/').nth(1).unwrap_or(file);
    folder.split('_').next().unwrap_or_default().replace('-', "")
}

/// `V1.2__name.sql`
struct FlywayFile {
    kind: char,
    /// `1.2` and `1_2` are one version; empty for `R`.
    version: Vec<u64>,
    description: String,
}

fn flyway(file: &str) -> Option<FlywayFile> {
    let name = base(file).strip_suffix(".sql")?;
    let kind = name.chars().next()?.to_ascii_uppercase();
    let (version, description) = name.get(1..)?.split_once("__")?;
    let version: Option<Vec<u64>> =
        version.split(['.', '_']).filter(|part| !part.is_empty()).map(|part| part.parse().ok()).collect();
    let version = version?;
    let fits = match kind {
        'V' | 'U' | 'B' => !version.is_empty(),
        'R' => version.is_empty(),
        _ => false,
    };
    fits.then(|| FlywayFile { kind, version, description: description.to_owned() })
}

/// `1`, `1.0` and `1.0.0` are one version.
fn trimmed(version: &[u64]) -> Vec<u64> {
    let end = version.iter().rposition(|part| *part != 0).map_or(0, |at| at + 1);
    version.get(..end).unwrap_or_default().to_vec()
}

/// The version of a versioned migration of Flyway's.
pub(super) fn flyway_version(file: &str) -> Option<Vec<u64>> {
    flyway(file).filter(|file| file.kind == 'V').map(|file| trimmed(&file.version))
}

fn flyway_order(listing: &Listing<'_>) -> Vec<String> {
    let files: Vec<(&String, FlywayFile)> =
        listing.files.iter().filter_map(|file| Some((file, flyway(file)?))).collect();
    let of = |kind: char| files.iter().filter(move |(_, file)| file.kind == kind);
    // A new database begins with the newest baseline.
    let baseline = of('B').max_by_key(|(_, file)| trimmed(&file.version));
    let after = baseline.map(|(_, file)| trimmed(&file.version));
    let mut versioned: Vec<_> = of('V')
        .filter(|(_, file)| after.as_ref().is_none_or(|after| trimmed(&file.version) > *after))
        .collect();
    // refinery's `U` is a migration that may come at any time; with a `V` of its version it takes that one back.
    let is_forward =
        |file: &FlywayFile| !of('V').any(|(_, other)| trimmed(&other.version) == trimmed(&file.version));
    versioned.extend(of('U').filter(|(_, file)| is_forward(file)));
    versioned.sort_by_key(|(_, file)| trimmed(&file.version));
    let mut repeatable: Vec<_> = of('R').collect();
    repeatable.sort_by(|a, b| a.1.description.cmp(&b.1.description));
    baseline.into_iter().chain(versioned).chain(repeatable).map(|(name, _)| (*name).clone()).collect()
}

/// The tags of the journal's entries are the names of its files.
fn drizzle(listing: &Listing<'_>) -> Vec<String> {
    let journal = (listing.text)("meta/_journal.json").unwrap_or_default();
    let journal: serde_json::Value = serde_json::from_str(&journal).unwrap_or_default();
    let entries = journal.get("entries").and_then(|entries| entries.as_array()).cloned().unwrap_or_default();
    let mut tags: Vec<(u64, String)> = entries
        .iter()
        .filter_map(|entry| {
            Some((entry.get("idx")?.as_u64()?, format!("{}.sql", entry.get("tag")?.as_str()?)))
        })
        .collect();
    tags.sort();
    tags.into_iter().map(|(_, file)| file).filter(|file| listing.files.contains(file)).collect()
}

/// The changes of `sqitch.plan`, which stands beside the folder `deploy`. One that was reworked stands in it twice: its earlier script has the name of the tag
/// that came after it.
fn sqitch(listing: &Listing<'_>) -> Vec<String> {
    let plan = (listing.text)("sqitch.plan").or_else(|| (listing.text)("../sqitch.plan")).unwrap_or_default();
    let lines: Vec<&str> = plan
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with(['%', '#', '-']))
        .filter_map(|line| line.trim_start_matches('+').split_whitespace().next())
        .collect();
    let mut last: HashMap<&str, usize> = HashMap::new();
    for (at, name) in lines.iter().enumerate() {
        last.insert(name, at);
    }
    let script = |at: usize, name: &str| {
        let is_last = last.get(name) == Some(&at);
        let tag = lines.iter().skip(at).find(|name| name.starts_with('@'));
        let suffix = tag.filter(|_| !is_last).copied().unwrap_or_default();
        let file = format!("{name}{suffix}.sql");
        let inside = format!("deploy/{file}");
        if listing.files.contains(&inside) { inside } else { file }
    };
    let changes = lines.iter().enumerate().filter(|(_, name)| !name.starts_with('@'));
    changes.map(|(at, name)| script(at, name)).filter(|file| listing.files.contains(file)).collect()
}

/// Compares names by their numbers: `2_b` before `10_a`.
pub(super) fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    while let (Some(l), Some(r)) = (left.chars().next(), right.chars().next()) {
        let order = if l.is_ascii_digit() && r.is_ascii_digit() {
            let (l, r) = (take_number(&mut left), take_number(&mut right));
            l.len().cmp(&r.len()).then_with(|| l.cmp(r))
        } else {
            left = left.get(l.len_utf8()..).unwrap_or_default();
            right = right.get(r.len_utf8()..).unwrap_or_default();
            l.cmp(&r)
        };
        if order.is_ne() {
            return order;
        }
    }
    // Equal apart from leading zeros or length.
    left.len().cmp(&right.len()).then_with(|| a.cmp(b))
}

/// The digits at the front, without leading zeros.
fn take_number<'t>(text: &mut &'t str) -> &'t str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    *text = rest;
    number.trim_start_matches('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arranged(files: &[(&str, &str)]) -> (Option<&'static str>, Vec<String>) {
        let texts: HashMap<&str, &str> = files.iter().copied().collect();
        let sql = files.iter().map(|(name, _)| (*name).to_owned()).filter(|name| name.ends_with(".sql"));
        let text = |name: &str| texts.get(name).map(|text| (*text).to_owned());
        let listing = Listing { files: sql.collect(), text: &text };
        match arrange(None, &listing) {
            Some((layout, files)) => (Some(layout.name()), files),
            None => (None, Vec::new()),
        }
    }

    /// Each layout: its files, and which of them are applied in which order.
    #[test]
    fn each_tool_has_its_own_way() {
        let plain = |names: &[&'static str]| names.iter().map(|name| (*name, "")).collect::<Vec<_>>();
        /// A name, the files of the folder with their texts, and the order in which they are read.
        type ToolCase<'t> = (&'t str, Vec<(&'t str, &'t str)>, &'t [&'t str]);
        let cases: &[ToolCase<'_>] = &[
            (
                "prisma",
                plain(&[
                    "20240101_b/migration.sql",
                    "9_a/migration.sql",
                    "20231231235959_c/migration.sql",
                    "migration_lock.toml",
                ]),
                &["20231231235959_c/migration.sql", "20240101_b/migration.sql", "9_a/migration.sql"],
            ),
            (
                "diesel",
                plain(&[
                    "2024-01-02-000000_b/up.sql",
                    "2024-01-02-000000_b/down.sql",
                    "20240101000000_a/up.sql",
                ]),
                &["20240101000000_a/up.sql", "2024-01-02-000000_b/up.sql"],
            ),
            (
                "drizzle",
                vec![
                    (
                        "meta/_journal.json",
                        r#"{"entries":[{"idx":1,"tag":"0000_z"},{"idx":0,"tag":"0001_a"}]}"#,
                    ),
                    ("0000_z.sql", ""),
                    ("0001_a.sql", ""),
                    ("draft.sql", ""),
                ],
                &["0001_a.sql", "0000_z.sql"],
            ),
            (
                "flyway",
                plain(&[
                    "V10__c.sql",
                    "V2_1__b.sql",
                    "V2__a.sql",
                    "U2__a.sql",
                    "R__views.sql",
                    "R__a.sql",
                    "afterMigrate.sql",
                ]),
                &["V2__a.sql", "V2_1__b.sql", "V10__c.sql", "R__a.sql", "R__views.sql"],
            ),
            (
                "flyway",
                plain(&["V1__a.sql", "V2__b.sql", "B2__base.sql", "V3__c.sql"]),
                &["B2__base.sql", "V3__c.sql"],
            ),
            (
                "golang-migrate",
                plain(&["10_b.up.sql", "10_b.down.sql", "9_a.up.sql", "9_a.down.sql"]),
                &["9_a.up.sql", "10_b.up.sql"],
            ),
            (
                "postgrator",
                plain(&["010.do.b.sql", "009.do.sql", "009.undo.sql", "010.undo.b.sql"]),
                &["009.do.sql", "010.do.b.sql"],
            ),
            ("yoyo", plain(&["0001.a.sql", "0001.a.rollback.sql"]), &["0001.a.sql"]),
            ("numbered", plain(&["10_b.sql", "9_a.sql"]), &["9_a.sql", "10_b.sql"]),
            (
                "dbmate",
                vec![("10_b.sql", "-- migrate:up"), ("9_a.sql", "-- migrate:up\n-- migrate:down")],
                &["10_b.sql", "9_a.sql"],
            ),
            ("atlas", plain(&["10_b.sql", "9_a.sql", "atlas.sum"]), &["10_b.sql", "9_a.sql"]),
            (
                "atlas",
                vec![
                    ("1_a.sql", ""),
                    ("2_b.sql", "-- atlas:checkpoint\n\nCREATE TABLE b ();"),
                    ("3_c.sql", ""),
                    ("atlas.sum", ""),
                ],
                &["2_b.sql", "3_c.sql"],
            ),
            ("natural", plain(&["tables.sql", "views.sql"]), &["tables.sql", "views.sql"]),
            (
                "sqitch",
                vec![
                    (
                        "sqitch.plan",
                        "%project=x\n\nb 2024-01-01T00:00:00Z me <m> # x\n@v1 2024\na [b] 2024\nb [b@v1] 2024\n",
                    ),
                    ("deploy/a.sql", ""),
                    ("deploy/b.sql", ""),
                    ("deploy/b@v1.sql", ""),
                    ("revert/a.sql", ""),
                    ("verify/a.sql", ""),
                ],
                &["deploy/b@v1.sql", "deploy/a.sql", "deploy/b.sql"],
            ),
            (
                "sqitch",
                vec![("../sqitch.plan", "%project=x\n\nb 2024\na [b] 2024\n"), ("a.sql", ""), ("b.sql", "")],
                &["b.sql", "a.sql"],
            ),
        ];
        for (layout, files, expected) in cases {
            let (found, arranged) = arranged(files);
            assert_eq!(found, Some(*layout), "{files:?}");
            assert_eq!(arranged, *expected, "{layout}");
        }
    }

    #[test]
    fn what_no_tool_decides_is_asked_for() {
        assert_eq!(arranged(&[("a2.sql", ""), ("a10.sql", "")]), (None, Vec::new()));
    }

    #[test]
    fn orders_naturally() {
        let ordered = [
            "0_a",
            "1",
            "1_a",
            "02_a",
            "2_b",
            "10_a",
            "10_a.x",
            "2024-01-01-000000_b",
            "2024-01-02-000000_a",
            "V1__a",
            "V2__a",
            "V10__a",
            "a1b2",
            "a1b10",
            "a01c",
            "ä",
        ];
        for (index, a) in ordered.iter().enumerate() {
            for (other, b) in ordered.iter().enumerate() {
                assert_eq!(natural_order(a, b), index.cmp(&other), "{a} {b}");
            }
        }
    }
}
