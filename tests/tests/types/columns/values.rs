//! The columns of `every_type`, how SQL by hand compares each, and values of it: edges, and what is equal in two spellings.

use ormgen_tests::{dice::Dice, generated::typed::every_type as typed};

use super::{Check, column_is_right};

/// Fills each table with rows of these values, and checks each column.
macro_rules! tables {
    ($($model:ident $table:literal {
        $($column:ident $how:literal [$($value:literal),*];)*
    })*) => {
        pub async fn columns_are_right(check: &mut Check, dice: &mut Dice) {$(
        let columns = [$((typed::$model::$column.def, &[$($value),*] as &[&str])),*];
        let names: Vec<_> = columns.iter().map(|(column, _)| column.name).collect();
        let mut sql = format!("TRUNCATE {} CASCADE;\n", $table);
        for id in 1..=ROWS {
            let values = columns.iter().map(|(column, all)| {
                let at = usize::try_from(dice.roll(all.len() as u64 + 1)).unwrap();
                let value = all.get(at).map(|value| value.replace('\'', "''"));
                value.map_or("NULL".to_owned(), |value| format!("'{value}'::{}", column.sql_type))
            });
            let values: Vec<_> = values.collect();
            let (names, values) = (names.join(", "), values.join(", "));
            sql += &format!("INSERT INTO {} (id, {names}) VALUES ({id}, {values});\n", $table);
        }
        check.client.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
        $(Box::pin(column_is_right(check, typed::$model::$column, typed::$model::ID, $how)).await;)*
        )*}
    };
}

const ROWS: i32 = 9;

tables! {
    Number "numbers" {
        INT2 "" ["0", "1", "-32768", "32767"];
        INT4 "" ["0", "1", "-2147483648", "2147483647"];
        INT8 "" ["0", "-9223372036854775808", "9223372036854775807"];
        NUMERIC_PLAIN "" ["0", "0.0", "1", "1.50", "1.5", "NaN", "Infinity", "-Infinity", "1e-20", "123456789012345678901234567890.5"];
        NUMERIC_SCALED "" ["0", "1.5", "1.50", "-99999999.99", "99999999.99"];
        NUMERIC_TENS "" ["0", "100", "-99900", "99900"];
        FLOAT4 "" ["0", "-0", "1.1", "NaN", "Infinity", "-Infinity", "1e-45", "3.4028235e38"];
        FLOAT8 "" ["0", "-0", "1.1", "NaN", "Infinity", "-Infinity", "5e-324", "1.7976931348623157e308"];
        FLOAT_24 "" ["0", "0.1"];
        FLOAT_25 "" ["0", "0.1", "NaN"];
        MONEY "" ["0", "-92233720368547758.08", "92233720368547758.07", "1.23"];
    }
    NumberArray "number_arrays" {
        INT2 "" ["{}", "{1}", "{1,2}", "{-32768}"];
        INT4 "" ["{}", "{1}", "{1,2}", "{2,1}"];
        INT8 "" ["{}", "{1}", "{9223372036854775807}"];
        NUMERIC_PLAIN "" ["{}", "{1.0}", "{1}", "{NaN}"];
        NUMERIC_SCALED "" ["{}", "{1.0}", "{1}"];
        FLOAT4 "" ["{}", "{1.1}", "{NaN}", "{0}", "{-0}"];
        FLOAT8 "" ["{}", "{1.1}", "{NaN}", "{0}", "{-0}"];
        MONEY "" ["{}", "{1.1}"];
    }
    Text "texts" {
        TEXT "" ["", " ", "a", "A", "a ", "é", "😀", "\\", "'", "NULL", "$1"];
        VARCHAR "" ["", " ", "a", "A", "a "];
        VARCHAR_10 "" ["", "a", "a ", "0123456789"];
        VARYING "" ["", "a", "a ", "0123456789"];
        CHAR_1 "" ["", " ", "a", "A"];
        CHAR_10 "" ["", "a", "a  ", "0123456789", " a"];
        BPCHAR "" ["", "a", "a  ", " a"];
        CHAR "" ["a", "A", "", "\\377"];
        NAME "" ["", "a", "A", "a "];
        COLLATED "" ["", "a", "A", "B", "b"];
        BYTEA "" ["", "\\x00", "\\xff", "\\x00ff"];
        BIT_1 "" ["0", "1"];
        BIT_8 "" ["00000000", "11111111", "00000001"];
        VARBIT "" ["", "0", "00", "1", "11111111111"];
        VARBIT_8 "" ["", "0", "00", "1"];
    }
    TextArray "text_arrays" {
        TEXT "" ["{}", "{\"\"}", "{a}", "{a,b}", "{\"a,b\"}", "{\"NULL\"}"];
        VARCHAR "" ["{}", "{\"\"}", "{a}"];
        VARCHAR_10 "" ["{}", "{\"\"}", "{a}"];
        CHAR_10 "" ["{}", "{\"\"}", "{a}", "{\"a \"}"];
        CHAR "" ["{}", "{a}"];
        NAME "" ["{}", "{a}"];
        BYTEA "" ["{}", "{\"\\\\x00\"}"];
        BIT_8 "" ["{}", "{00000000}"];
        VARBIT "" ["{}", "{0}", "{00}", "{\"\"}"];
    }
    Time "times" {
        BOOL "" ["true", "false"];
        DATE "" ["0001-01-01", "2000-02-29", "4713-01-01 BC", "9999-12-31"];
        TIME "" ["00:00", "23:59:59.999999", "12:00"];
        TIME_3 "" ["00:00", "23:59:59.999", "12:00"];
        TIMETZ "" ["00:00+00", "00:00+01", "01:00+01", "23:59:59.999999-15:59"];
        TIMETZ_0 "" ["00:00+00", "00:00+01", "01:00+01"];
        TIMESTAMP "" ["2000-01-01", "0001-01-01", "1999-12-31 23:59:59.999999"];
        TIMESTAMP_3 "" ["2000-01-01", "0001-01-01", "1999-12-31 23:59:59.999"];
        TIMESTAMPTZ "" ["2000-01-01+00", "2000-01-01+01", "0001-01-01+00", "1999-12-31 23:00:00+00"];
        TIMESTAMPTZ_3 "" ["2000-01-01+00", "2000-01-01+01"];
        INTERVAL "" ["0", "1 month", "30 days", "720 hours", "1 day", "24 hours", "-1 month 30 days", "178000000 years", "0.000001 seconds"];
        INTERVAL_3 "" ["0", "1 month", "30 days", "24 hours", "1 day"];
        INTERVAL_MONTHS "" ["0", "1 month", "12 months"];
        INTERVAL_SECONDS "" ["0", "1 day", "24 hours"];
        UUID "" ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "80000000-0000-0000-0000-000000000000"];
    }
    TimeArray "time_arrays" {
        BOOL "" ["{}", "{true}", "{true,false}"];
        DATE "" ["{}", "{2000-01-01}"];
        TIMETZ "" ["{}", "{00:00+00}", "{01:00+01}"];
        TIMESTAMPTZ "" ["{}", "{2000-01-01+00}"];
        INTERVAL "" ["{}", "{1 month}", "{30 days}"];
        UUID "" ["{}", "{00000000-0000-0000-0000-000000000000}"];
    }
    Document "documents" {
        JSON "::jsonb" ["1", "1.0", "{\"a\": 1, \"b\": 2}", "{\"b\":2,\"a\":1}", "null", "\"\"", "[]"];
        JSONB "" ["1", "1.5", "{\"a\": 1, \"b\": 2}", "{\"b\":2,\"a\":2}", "null", "\"\"", "[]", "[1]", "true"];
        JSONPATH "::text" ["$.a", "$[*]", "$"];
        XML "::text" ["<a/>", "<a></a>", "x"];
        TSVECTOR "" ["", "a", "a b", "'a':1 'b':2"];
        TSQUERY "" ["a", "a & b", "!a"];
        INET "" ["10.0.0.1", "10.0.0.1/24", "10.0.0.0/8", "::1", "::/0"];
        CIDR "" ["10.0.0.0/24", "10.0.0.1", "10.0.0.0/8", "::1"];
        MACADDR "" ["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"];
        MACADDR8 "" ["00:00:00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff:ff:ff"];
    }
    DocumentArray "document_arrays" {
        JSONB "" ["{}", "{1}", "{\"null\"}"];
        TSVECTOR "" ["{}", "{a}"];
        INET "" ["{}", "{10.0.0.1}", "{10.0.0.1/24}"];
        CIDR "" ["{}", "{10.0.0.1}", "{10.0.0.0/24}"];
        MACADDR "" ["{}", "{00:00:00:00:00:00}"];
    }
    Shape "shapes" {
        POINT "::text" ["(0,0)", "(1,2)", "(-0,0)", "(1.00000000001,2)"];
        LINE "::text" ["{1,2,3}", "{2,4,6}"];
        LSEG "::text" ["[(0,0),(1,1)]", "[(1,1),(0,0)]"];
        BOX "::text" ["(1,1),(0,0)", "(2,0.5),(0,0)"];
        PATH "::text" ["[(0,0),(1,1)]", "((0,0),(1,1))"];
        POLYGON "::text" ["((0,0),(1,1),(1,0))", "((1,1),(0,0),(1,0))"];
        CIRCLE "::text" ["<(0,0),1>", "<(1,1),1>"];
    }
    Internal "internals" {
        OID "" ["0", "1", "4294967295"];
        XID8 "" ["0", "18446744073709551615"];
        TID "" ["(0,0)", "(1,2)"];
        PG_LSN "" ["0/0", "FFFFFFFF/FFFFFFFF"];
        REGCLASS "" ["pg_class", "pg_type"];
        REGTYPE "" ["int4", "text"];
        XID "" ["0", "1"];
        CID "::text" ["0", "1"];
        PG_SNAPSHOT "::text" ["1:1:", "1:5:2,3"];
    }
    Range "ranges" {
        INT4RANGE "" ["empty", "[1,5)", "(,)", "(,5]", "[1,2147483647)"];
        INT8RANGE "" ["empty", "[1,5)", "(,)"];
        NUMRANGE "" ["empty", "[1,5)", "(,)", "[1.0,5)", "[1,5]", "[1,Infinity)", "[1,)"];
        TSRANGE "" ["empty", "[2000-01-01,2001-01-01)", "(,)"];
        TSTZRANGE "" ["empty", "[2000-01-01+00,2001-01-01+00)", "(,)"];
        DATERANGE "" ["empty", "[2000-01-01,2001-01-01)", "(,)"];
        INT4MULTIRANGE "" ["{}", "{[1,5)}", "{[1,2),[4,5)}", "{(,)}"];
        INT8MULTIRANGE "" ["{}", "{[1,5)}"];
        NUMMULTIRANGE "" ["{}", "{[1,5)}", "{[1.0,5)}"];
        TSMULTIRANGE "" ["{}", "{[2000-01-01,2001-01-01)}"];
        DATEMULTIRANGE "" ["{}", "{[2000-01-01,2001-01-01)}"];
        FLOATS "" ["empty", "[1,5)", "(,)"];
        MANY_FLOATS "" ["{}", "{[1,5)}"];
        TEXTS "" ["empty", "[a,b)", "(,)", "[\"\",a]"];
        MANY_TEXTS "" ["{}", "{[a,b)}"];
    }
    OwnType "own_types" {
        MOOD "" ["sad", "so so", "glad", "happy"];
        SHORT_TEXT "" ["", "a", "A"];
        SHORTER_TEXT "" ["", "a", "A"];
        SOME_NUMBERS "" ["{1}", "{1,2}"];
        SURE_TEXTS "" ["{}", "{\"\"}", "{a}"];
        GOOD_MOOD "::mood" ["so so", "glad"];
        PRICE "" ["0", "1.5", "1.50"];
    }
    OwnTypeArray "own_type_arrays" {
        MOOD "" ["{}", "{sad}", "{happy,sad}"];
        SHORT_TEXT "" ["{}", "{a}"];
        GOOD_MOOD "" ["{}", "{glad}"];
        PRICE "" ["{}", "{1.5}", "{1.50}"];
    }
}
