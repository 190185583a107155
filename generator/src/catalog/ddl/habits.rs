//! Words of other database systems, which people write out of habit, and what PostgreSQL has in their place.

/// What to write in place of a text at which a statement cannot be read any further.
pub(super) fn in_place_of(text: &str) -> Option<&'static str> {
    let word = text.to_ascii_lowercase();
    Some(match word.as_str() {
        "auto_increment" | "autoincrement" | "identity" => {
            "a key that counts by itself is `bigint GENERATED ALWAYS AS IDENTITY`"
        }
        "unsigned" | "zerofill" => {
            "PostgreSQL's integers have a sign: leave the word out, and write `CHECK (column >= 0)` or a wider type"
        }
        "engine" | "charset" | "row_format" => "leave out the options of other systems",
        "comment" => "a comment is a statement of its own: `COMMENT ON COLUMN table.column IS '…'`",
        "character" => "the encoding is that of the database: leave it out",
        _ if text.starts_with('`') => {
            "a name in quotes has double ones, and most names need none: `\"order\"`"
        }
        _ if text.starts_with('[') => "a name in quotes has double ones, not brackets: `\"order\"`",
        _ if text.starts_with(CURLY) => "quotes are straight: `'a text'`, `\"a name\"`",
        _ => return None,
    })
}

/// What stands for an index within `CREATE TABLE`.
pub(super) const INDEX: &str = "an index is a statement of its own: `CREATE INDEX ON table (column)`";

/// The quotes that programs for texts put in place of straight ones.
const CURLY: [char; 4] = ['‘', '’', '“', '”'];

/// Whether a name begins with a quote that is none in SQL.
pub(super) fn is_curly(name: &str) -> bool {
    name.starts_with(CURLY)
}

/// PostgreSQL's type for one of another system, or of a programming language.
pub(super) fn type_in_place_of(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "datetime" | "datetime2" | "datetimeoffset" | "smalldatetime" => "timestamptz",
        "string" | "str" | "tinytext" | "mediumtext" | "longtext" | "ntext" | "clob" | "nclob" => "text",
        "nvarchar" | "varchar2" | "nvarchar2" => "varchar",
        "tinyint" | "int1" | "year" | "byte" | "short" | "int16" => "smallint",
        "mediumint" | "int3" | "int32" | "uint16" => "integer",
        "long" | "int64" | "uint32" => "bigint",
        "uint64" => "numeric(20)",
        "number" => "numeric",
        "double" | "float64" => "double precision",
        "float32" => "real",
        "blob" | "tinyblob" | "mediumblob" | "longblob" | "binary" | "varbinary" | "image" | "bytes"
        | "raw" => "bytea",
        "uniqueidentifier" | "guid" => "uuid",
        "object" | "map" | "dict" => "jsonb",
        "smallmoney" => "numeric(10, 4)",
        "rowversion" => "bigint",
        _ => return None,
    })
}
