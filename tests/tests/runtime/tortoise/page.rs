//! The page of all this, examples/tortoise.md: it names what Tortoise has, and each line on it is one of these tests.

const PAGE: &str = include_str!("../../../../examples/tortoise.md");

const TESTS: [&str; 6] = [
    include_str!("databases.rs"),
    include_str!("functions.rs"),
    include_str!("lookups.rs"),
    include_str!("models.rs"),
    include_str!("querysets.rs"),
    include_str!("relations.rs"),
];

/// What Tortoise's documentation lists: methods of querysets and models, lookups, expressions, functions.
const TORTOISE: &str = "
    filter( exclude( order_by( latest( earliest( first() last() limit( offset( distinct() annotate( group_by( values(
    values_list( only( all() get( get_or_none( in_bulk( count() exists() update( delete() bulk_create( bulk_update(
    select_for_update( select_related( prefetch_related( using_db( raw( sql() explain() force_index( use_index(
    create( save( refresh_from_db( get_or_create( update_or_create( fetch_related( fetch_for_list( describe( clone(
    update_from_dict( pk signals validators Manager DoesNotExist MultipleObjectsReturned IntegrityError
    __not __in __not_in __isnull __not_isnull __gte __gt __lte __lt __range __contains __icontains __startswith
    __istartswith __endswith __iendswith __iexact __search __posix_regex __iposix_regex __year __quarter __month __week
    __day __hour __minute __second __microsecond __contained_by __filter __overlap __len
    Q( F( Case( When( Subquery( RawSQL( Lower( Upper( Coalesce( Concat( Length( Trim( Count( Sum( Avg( Min( Max( Random(
    ArrayAgg( ToTsVector( SearchQuery( SearchRank( SearchHeadline( Prefetch( to_attr add( remove( clear( atomic(
    in_transaction( start_transaction( generate_schemas( Tortoise.init( close_connections( connections.get( routers
    execute_query( execute_script(
";

/// Code as it is compared: without what formatting changes.
fn plain(code: &str) -> String {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    code.replace(",)", ")").replace(",]", "]")
}

/// The cells of each row of a table, in the page's order; the rows that head a table left out.
fn rows() -> Vec<Vec<String>> {
    let is_row =
        |line: &str| line.starts_with('|') && !line.starts_with("| ---") && !line.starts_with("| Tortoise |");
    let rows = PAGE.lines().filter(|line| is_row(line)).map(|line| {
        // A bar inside a cell is escaped.
        let line = line.replace("\\|", "\u{0}");
        line.trim_matches('|').split('|').map(|cell| cell.trim().replace('\u{0}', "|")).collect()
    });
    rows.collect()
}

#[test]
fn every_line_is_run() {
    let without_comments = |text: &str| -> String {
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    };
    let tests = plain(&TESTS.map(without_comments).join("\n"));
    let rows = rows();
    assert!(rows.len() > 100, "{} rows", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let [tortoise, ours, _] = &row[..] else {
            wrong.push(format!("not three cells: {row:?}"));
            continue;
        };
        let lines: Vec<&str> = ours.split('`').skip(1).step_by(2).collect();
        if lines.is_empty() && !ours.starts_with("none") {
            wrong.push(format!("{tortoise}: no line, and not `none`"));
        }
        let strange = lines.iter().filter(|line| !tests.contains(&plain(line)));
        wrong.extend(strange.map(|line| format!("{tortoise}: no test has: {line}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn everything_of_tortoise_has_a_row() {
    let named: String = rows().iter().map(|row| format!("{}\n", row[0])).collect();
    let missing: Vec<&str> = TORTOISE.split_whitespace().filter(|name| !named.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
