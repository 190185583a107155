//! Versions of migrations: no two migrations of a folder should have the same one.

use std::collections::HashMap;

use super::migrations::{MigrationLayout, base, diesel_version, flyway_version};

/// Pairs of files that have one version, each later file with the first of that version.
pub(super) fn repeated(layout: MigrationLayout, files: &[String]) -> Vec<(&String, &String)> {
    let mut first: HashMap<String, &String> = HashMap::new();
    let mut pairs = Vec::new();
    for file in files {
        let Some(version) = version(layout, file) else { continue };
        match first.get(&version) {
            Some(earlier) => pairs.push((*earlier, file)),
            None => drop(first.insert(version, file)),
        }
    }
    pairs
}

/// The version of a file, with the folder that it is in; none if its tool gives it none.
fn version(layout: MigrationLayout, file: &str) -> Option<String> {
    use MigrationLayout as L;
    let version = match layout {
        L::Drizzle | L::Natural | L::Prisma | L::Sqitch | L::Yoyo => return None,
        // Both make one list of the folders in a folder.
        L::Diesel => return Some(diesel_version(file)),
        L::Flyway => return Some(format!("{:?}", flyway_version(file)?)),
        L::Atlas | L::Dbmate => base(file).split(['_', '.']).next().map(str::to_owned)?,
        L::GolangMigrate | L::Numbered | L::Postgrator => numbers(base(file)),
    };
    let folder = file.strip_suffix(base(file)).unwrap_or_default();
    (!version.is_empty()).then(|| format!("{folder}{version}"))
}

/// The numbers that a name begins with, without leading zeros: a date may be several, as in `2024_01_31_orders.sql`.
fn numbers(name: &str) -> String {
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let plain = |part: &str| match part.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => digits.to_owned(),
    };
    name.split(['_', '-', '.']).take_while(is_number).map(plain).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tool_has_versions_of_its_own() {
        use MigrationLayout as L;
        /// A layout, the files of a folder in its order, and which of them have one version.
        type VersionCase<'t> = (L, &'t [&'t str], &'t [(&'t str, &'t str)]);
        let cases: &[VersionCase<'_>] = &[
            (
                L::Numbered,
                &["1_a.sql", "001_b.sql", "2_c.sql", "1.sql"],
                &[("1_a.sql", "001_b.sql"), ("1_a.sql", "1.sql")],
            ),
            (
                L::Numbered,
                &["2024_01_31_a.sql", "2024_02_01_a.sql", "2024-02-01.sql"],
                &[("2024_02_01_a.sql", "2024-02-01.sql")],
            ),
            (L::Numbered, &["0_a.sql", "000_b.sql"], &[("0_a.sql", "000_b.sql")]),
            (L::Numbered, &["a/1_a.sql", "b/1_b.sql", "x.sql", "y.sql"], &[]),
            (L::GolangMigrate, &["1_a.up.sql", "01_b.up.sql"], &[("1_a.up.sql", "01_b.up.sql")]),
            (L::Postgrator, &["1.do.a.sql", "1.do.b.sql"], &[("1.do.a.sql", "1.do.b.sql")]),
            (
                L::Flyway,
                &["V1__a.sql", "V1.0__b.sql", "V1_1__c.sql", "R__a.sql", "R__b.sql"],
                &[("V1__a.sql", "V1.0__b.sql")],
            ),
            (L::Flyway, &["a/V1__a.sql", "b/V1__b.sql"], &[("a/V1__a.sql", "b/V1__b.sql")]),
            (
                L::Diesel,
                &["2024-01-01_a/up.sql", "20240101_b/up.sql"],
                &[("2024-01-01_a/up.sql", "20240101_b/up.sql")],
            ),
            (L::Atlas, &["1_a.sql", "01_b.sql", "1_c.sql"], &[("1_a.sql", "1_c.sql")]),
            (L::Dbmate, &["1_a.sql", "1.sql"], &[("1_a.sql", "1.sql")]),
            (L::Natural, &["1_a.sql", "1_b.sql"], &[]),
        ];
        for (layout, files, expected) in cases {
            let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
            let found: Vec<(&str, &str)> =
                repeated(*layout, &files).into_iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            assert_eq!(found, *expected, "{layout:?} {files:?}");
        }
    }
}
