//! Diesel: `schema.rs` as `diesel print-schema` writes it, and for every table a struct to read and one to insert.

use std::fmt::{self, Write};

use ormgen_bench::{Column, STATES, Table, enum_name, enums};

use super::{joined_once, optional, references, sql_type, type_name};

/// The module `schema`.
pub fn schema(tables: &[Table]) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = write_schema(&mut text, tables);
    text
}

fn write_schema(out: &mut String, tables: &[Table]) -> fmt::Result {
    writeln!(out, "pub mod sql_types {{")?;
    for number in 0..enums(tables.len()) {
        let name = enum_name(number);
        writeln!(out, "    #[derive(diesel::query_builder::QueryId, Clone, diesel::sql_types::SqlType)]")?;
        writeln!(
            out,
            "    #[diesel(postgres_type(name = \"{name}\"))]\n    pub struct {};\n",
            type_name(&name)
        )?;
    }
    writeln!(out, "}}")?;
    for table in tables {
        write_table(out, table)?;
    }
    for table in tables {
        for (column, target) in references(table, tables).filter(|(_, target)| joined_once(table, target)) {
            writeln!(out, "diesel::joinable!({} -> {} ({}));", table.name, target.name, column.name)?;
        }
    }
    writeln!(out, "\ndiesel::allow_tables_to_appear_in_same_query!(")?;
    for table in tables {
        writeln!(out, "    {},", table.name)?;
    }
    writeln!(out, ");")
}

fn write_table(out: &mut String, table: &Table) -> fmt::Result {
    writeln!(out, "\ndiesel::table! {{\n    use diesel::sql_types::*;")?;
    for column in table.columns.iter().filter(|column| is_enum(column)) {
        writeln!(out, "    use super::sql_types::{};", type_name(&column.ty))?;
    }
    writeln!(out, "\n    {} (id) {{", table.name)?;
    for column in &table.columns {
        let ty = match sql_type(column) {
            "bigint" => "Int8",
            "integer" => "Int4",
            "text" => "Text",
            "varchar" => "Varchar",
            "numeric" => "Numeric",
            "boolean" => "Bool",
            "jsonb" => "Jsonb",
            "uuid" => "Uuid",
            "timestamptz" => "Timestamptz",
            _ => &type_name(&column.ty),
        };
        let ty = if column.nullable { format!("Nullable<{ty}>") } else { ty.to_owned() };
        if column.ty.starts_with("varchar") {
            writeln!(out, "        #[max_length = 20]")?;
        }
        writeln!(out, "        {} -> {ty},", column.name)?;
    }
    writeln!(out, "    }}\n}}")
}

/// The module `models`.
pub fn models(tables: &[Table]) -> String {
    let mut text = String::from("use diesel::prelude::*;\n");
    let _ = write_models(&mut text, tables);
    text
}

fn write_models(out: &mut String, tables: &[Table]) -> fmt::Result {
    for number in 0..enums(tables.len()) {
        write_enum(out, &type_name(&enum_name(number)))?;
    }
    for table in tables {
        let name = type_name(&table.name);
        let head = format!("#[diesel(table_name = crate::schema::{})]", table.name);
        writeln!(out, "\n#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]\n{head}")?;
        write_struct(out, &name, table.columns.iter())?;
        writeln!(out, "\n#[derive(Debug, Clone, PartialEq, Insertable)]\n{head}")?;
        let given = table.columns.iter().filter(|column| column.default.is_none());
        write_struct(out, &format!("New{name}"), given)?;
    }
    Ok(())
}

fn write_struct<'t>(out: &mut String, name: &str, columns: impl Iterator<Item = &'t Column>) -> fmt::Result {
    writeln!(out, "pub struct {name} {{")?;
    for column in columns {
        let ty = match sql_type(column) {
            "bigint" => "i64",
            "integer" => "i32",
            "text" | "varchar" => "String",
            "numeric" => "bigdecimal::BigDecimal",
            "boolean" => "bool",
            "jsonb" => "serde_json::Value",
            "uuid" => "uuid::Uuid",
            "timestamptz" => "chrono::DateTime<chrono::Utc>",
            _ => &type_name(&column.ty),
        };
        writeln!(out, "    pub {}: {},", column.name, optional(column, ty))?;
    }
    writeln!(out, "}}")
}

fn is_enum(column: &Column) -> bool {
    column.ty.starts_with("state_")
}

/// Diesel leaves it to its users to convert enums.
fn write_enum(out: &mut String, name: &str) -> fmt::Result {
    let labels = STATES.map(|label| (type_name(label), label));
    writeln!(
        out,
        "\n#[derive(Debug, Clone, Copy, PartialEq, Eq, diesel::deserialize::FromSqlRow, diesel::expression::AsExpression)]"
    )?;
    writeln!(out, "#[diesel(sql_type = crate::schema::sql_types::{name})]\npub enum {name} {{")?;
    for (variant, _) in &labels {
        writeln!(out, "    {variant},")?;
    }
    writeln!(out, "}}\n")?;
    let sql = format!("crate::schema::sql_types::{name}, diesel::pg::Pg");
    writeln!(out, "impl diesel::serialize::ToSql<{sql}> for {name} {{")?;
    writeln!(
        out,
        "    fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>)"
    )?;
    writeln!(out, "        -> diesel::serialize::Result {{")?;
    writeln!(out, "        std::io::Write::write_all(out, match self {{")?;
    for (variant, label) in &labels {
        writeln!(out, "            Self::{variant} => b\"{label}\",")?;
    }
    writeln!(out, "        }})?;\n        Ok(diesel::serialize::IsNull::No)\n    }}\n}}\n")?;
    writeln!(out, "impl diesel::deserialize::FromSql<{sql}> for {name} {{")?;
    writeln!(out, "    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {{")?;
    writeln!(out, "        match value.as_bytes() {{")?;
    for (variant, label) in &labels {
        writeln!(out, "            b\"{label}\" => Ok(Self::{variant}),")?;
    }
    writeln!(out, "            _ => Err(\"no such label\".into()),\n        }}\n    }}\n}}")
}
