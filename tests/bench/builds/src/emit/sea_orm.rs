//! SeaORM: entities as `sea-orm-cli generate entity` writes them.

use std::fmt::{self, Write};

use heck::ToSnakeCase;
use ormgen_bench::{Column, STATES, Table, enum_name, enums};

use super::{joined_once, optional, references, sql_type, type_name};

/// The files of the module `entity`: names and texts.
pub fn files(tables: &[Table]) -> Vec<(String, String)> {
    let mut module = String::from("pub mod prelude;\npub mod sea_orm_active_enums;\n");
    let mut prelude = String::new();
    let mut files = Vec::new();
    for table in tables {
        let (name, file) = (type_name(&table.name), table.name.to_snake_case());
        // Writing into a string cannot fail.
        let _ = writeln!(module, "pub mod {file};");
        let _ = writeln!(prelude, "pub use super::{file}::Entity as {name};");
        let mut text = String::new();
        let _ = write_entity(&mut text, table, tables);
        files.push((format!("{file}.rs"), text));
    }
    let mut states = String::from("use sea_orm::entity::prelude::*;\n");
    for number in 0..enums(tables.len()) {
        let _ = write_enum(&mut states, &enum_name(number));
    }
    files.push(("mod.rs".to_owned(), module));
    files.push(("prelude.rs".to_owned(), prelude));
    files.push(("sea_orm_active_enums.rs".to_owned(), states));
    files
}

fn write_enum(out: &mut String, name: &str) -> fmt::Result {
    writeln!(out, "\n#[derive(Debug, Clone, PartialEq, Eq, EnumIter, DeriveActiveEnum)]")?;
    writeln!(out, "#[sea_orm(rs_type = \"Enum\", db_type = \"Enum\", enum_name = \"{name}\")]")?;
    writeln!(out, "pub enum {} {{", type_name(name))?;
    for label in STATES {
        writeln!(out, "    #[sea_orm(string_value = \"{label}\")]\n    {},", type_name(label))?;
    }
    writeln!(out, "}}")
}

fn write_entity(out: &mut String, table: &Table, tables: &[Table]) -> fmt::Result {
    for state in table.columns.iter().filter(|column| column.ty.starts_with("state_")) {
        writeln!(out, "use super::sea_orm_active_enums::{};", type_name(&state.ty))?;
    }
    writeln!(out, "use sea_orm::entity::prelude::*;\n")?;
    writeln!(out, "#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]")?;
    writeln!(out, "#[sea_orm(table_name = \"{}\")]\npub struct Model {{", table.name)?;
    for column in &table.columns {
        let state = type_name(&column.ty);
        let (attribute, ty) = match sql_type(column) {
            _ if column.name == "id" => ("primary_key", "i64"),
            "bigint" => ("", "i64"),
            "integer" => ("", "i32"),
            "text" => ("column_type = \"Text\"", "String"),
            "varchar" => ("", "String"),
            "numeric" => ("column_type = \"Decimal(Some((12, 2)))\", nullable", "Decimal"),
            "boolean" => ("", "bool"),
            "jsonb" => ("column_type = \"JsonBinary\"", "Json"),
            "uuid" => ("", "Uuid"),
            "timestamptz" => ("", "DateTimeWithTimeZone"),
            _ => ("", state.as_str()),
        };
        if !attribute.is_empty() {
            writeln!(out, "    #[sea_orm({attribute})]")?;
        }
        writeln!(out, "    pub {}: {},", column.name, optional(column, ty))?;
    }
    writeln!(out, "}}\n\n#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]\npub enum Relation {{")?;
    write_relations(out, table, tables)
}

fn write_relations(out: &mut String, table: &Table, tables: &[Table]) -> fmt::Result {
    for (column, target) in references(table, tables) {
        let module =
            if target.number == table.number { String::new() } else { format!("super::{}::", target.name) };
        writeln!(out, "    #[sea_orm(\n        belongs_to = \"{module}Entity\",")?;
        writeln!(out, "        from = \"Column::{}\",", type_name(&column.name))?;
        writeln!(out, "        to = \"{module}Column::Id\",")?;
        writeln!(out, "        on_update = \"NoAction\",\n        on_delete = \"Cascade\"\n    )]")?;
        writeln!(out, "    {},", relation(table, column, target))?;
    }
    let children: Vec<&Table> = tables.iter().filter(|child| joined_once(child, table)).collect();
    for child in &children {
        let name = type_name(&child.name);
        writeln!(out, "    #[sea_orm(has_many = \"super::{}::Entity\")]\n    {name},", child.name)?;
    }
    writeln!(out, "}}")?;
    let parents =
        references(table, tables).map(|(_, target)| target).filter(|target| joined_once(table, target));
    for other in parents.chain(children) {
        writeln!(out, "\nimpl Related<super::{}::Entity> for Entity {{", other.name)?;
        writeln!(
            out,
            "    fn to() -> RelationDef {{\n        Relation::{}.def()\n    }}\n}}",
            type_name(&other.name)
        )?;
    }
    writeln!(out, "\nimpl ActiveModelBehavior for ActiveModel {{}}")
}

/// The other table's name; of several relations to it, each has a number, the last one 1.
fn relation(table: &Table, column: &Column, target: &Table) -> String {
    if joined_once(table, target) {
        return type_name(&target.name);
    }
    let name = if target.number == table.number { "SelfRef".to_owned() } else { type_name(&target.name) };
    let rest = table.columns.iter().skip_while(|other| other.name != column.name);
    format!("{name}{}", rest.filter(|other| other.target == column.target).count())
}
