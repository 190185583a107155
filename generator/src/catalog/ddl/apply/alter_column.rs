//! `ALTER TABLE … ALTER COLUMN …`. Manual: ALTER TABLE.

use super::{
    super::{
        dependents,
        lex::Kind,
        reader::{Ident, Outcome, Reader},
        relations,
        session::Session,
        types,
    },
    columns, parts,
    table_columns::{add_identity_sequence, collation_of, default_text},
    target::Target,
};
use crate::{
    catalog::{Column, Identity, SqlType},
    diagnostics::IMPOSSIBLE_DEFINITION,
};

/// After `ALTER [COLUMN]`.
pub(super) fn alter(session: &mut Session<'_>, reader: &mut Reader<'_>, target: &Target) -> Outcome {
    if reader.kind(0) == Some(Kind::Number) {
        // An index's column by its number: only statistics can be set of it.
        reader.advance();
        return pass_over(reader);
    }
    let column = reader.ident()?;
    parts::check_columns(session, reader, &target.table, std::slice::from_ref(&column))?;
    if reader.accept("set data type") || reader.accept("type") {
        return retype(session, reader, target, &column);
    }
    if reader.accept("set default") {
        let default = reader.expression()?;
        let ty = session.catalog.tables.get(&target.table).and_then(|table| table.column(&column.name));
        let ty = ty.map_or_else(SqlType::unknown, |column| column.ty.clone());
        let text = default_text(session, &ty, reader.text(&default));
        change(session, target, &column, |column| column.default.clone_from(&text));
    } else if reader.accept("drop default") {
        change(session, target, &column, |column| column.default = None);
    } else if reader.accept("set not null") {
        if target.only {
            change(session, target, &column, |column| column.nullable = false);
        } else {
            parts::set_not_null(session, &target.table, &column.name, true);
        }
    } else if reader.accept("drop not null") {
        drop_not_null(session, reader, target, &column)?;
    } else if reader.accept("set expression as") {
        let expression = reader.parenthesized()?;
        let text = reader.text(&expression);
        change(session, target, &column, |column| {
            if let Some(generated) = &mut column.generated {
                generated.expression.clone_from(&text);
            }
        });
    } else if reader.accept("drop expression") {
        reader.accept("if exists");
        change(session, target, &column, |column| column.generated = None);
    } else {
        return identity(session, reader, target, &column);
    }
    Ok(())
}

fn change(session: &mut Session<'_>, target: &Target, column: &Ident, change: impl Fn(&mut Column)) {
    for member in target.members(session) {
        let table = session.catalog.tables.get_mut(&member);
        if let Some(column) = table.and_then(|t| t.columns.iter_mut().find(|c| c.name == column.name)) {
            change(column);
        }
    }
}

fn retype(session: &mut Session<'_>, reader: &mut Reader<'_>, target: &Target, column: &Ident) -> Outcome {
    let written = types::read(reader)?;
    let collation = if reader.accept("collate") { Some(reader.object_name()?) } else { None };
    if reader.accept("using") {
        reader.expression()?;
    }
    let _ = reader.accept("cascade") || reader.accept("restrict");
    let views = dependents::views_reading(session, &target.table, Some(&column.name));
    let what = format!("the type of `{}` cannot be changed", column.name);
    dependents::refuse(reader, &what, column.span.clone(), &views)
        .map_err(|problem| Box::new(problem.help("drop the view first, and create it again afterwards")))?;
    let ty = session.sql_type(reader, &written);
    let collation = collation.and_then(|collation| collation_of(session, &ty, &collation));
    change(session, target, column, |column| {
        column.ty = ty.clone();
        column.collation.clone_from(&collation);
    });
    Ok(())
}

fn drop_not_null(session: &mut Session<'_>, reader: &Reader<'_>, target: &Target, column: &Ident) -> Outcome {
    let primary = session.catalog.tables.get(&target.table).and_then(|table| table.primary_key.as_ref());
    if primary.is_some_and(|key| key.columns.contains(&column.name)) {
        let message = format!("`{}` is part of the primary key", column.name);
        return Err(Box::new(
            reader
                .error(IMPOSSIBLE_DEFINITION, message, column.span.clone())
                .help("drop the primary key first: its columns are never null"),
        ));
    }
    change(session, target, column, |column| column.nullable = true);
    Ok(())
}

/// `ADD GENERATED …`, `SET GENERATED …`, `RESTART`, `DROP IDENTITY`; and what does not matter to the catalog.
fn identity(session: &mut Session<'_>, reader: &mut Reader<'_>, target: &Target, column: &Ident) -> Outcome {
    let own = Target { table: target.table.clone(), only: true };
    if reader.accept("add generated") {
        let draft = columns::identity(reader)?;
        change(session, &own, column, |column| {
            (column.identity, column.nullable) = (Some(draft.kind), false);
        });
        add_identity_sequence(session, &target.table, &column.name, &draft);
        return Ok(());
    }
    if reader.accept("drop identity") {
        reader.accept("if exists");
        let had = session.catalog.tables.get(&target.table).and_then(|table| table.column(&column.name));
        if had.is_some_and(|column| column.identity.is_some()) {
            change(session, &own, column, |column| column.identity = None);
            for sequence in relations::owned_by(session, &target.table, &column.name) {
                relations::drop_sequence(session, &sequence);
            }
        }
        return Ok(());
    }
    for (words, kind) in
        [("set generated always", Identity::Always), ("set generated by default", Identity::ByDefault)]
    {
        if reader.accept(words) {
            change(session, &own, column, |column| column.identity = Some(kind));
            skip_action(reader);
            return Ok(());
        }
    }
    pass_over(reader)
}

/// Statistics, storage and sequence options.
fn pass_over(reader: &mut Reader<'_>) -> Outcome {
    const KNOWN: [&str; 13] = [
        "set statistics",
        "set storage",
        "set compression",
        "set (",
        "reset (",
        "options (",
        "restart",
        "set increment",
        "set start",
        "set minvalue",
        "set maxvalue",
        "set cache",
        "set no",
    ];
    if !KNOWN.iter().any(|words| reader.sees(words)) && !reader.sees("set cycle") {
        return Err(reader.expected("an action of `ALTER COLUMN`"));
    }
    skip_action(reader);
    Ok(())
}

fn skip_action(reader: &mut Reader<'_>) {
    while !reader.is_end() && !reader.is(",") {
        reader.skip_group();
    }
}
