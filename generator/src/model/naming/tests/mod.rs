mod any_name;
mod relations;

use super::*;

fn public(name: &str) -> Named<'_> {
    Named::new("public", name, "public")
}

fn fields(columns: &[&str]) -> Vec<String> {
    distinct(columns.iter().map(|column| Request::field(column))).into_iter().map(|name| name.rust).collect()
}

fn structs(tables: &[(&str, &str)]) -> Vec<String> {
    let named = tables.iter().map(|&(schema, name)| Named::new(schema, name, "public"));
    distinct(named.map(|table| Request::structure(table, true))).into_iter().map(|name| name.rust).collect()
}

fn variants(labels: &[&str]) -> Vec<String> {
    distinct(labels.iter().map(|label| Request::variant(label))).into_iter().map(|name| name.rust).collect()
}

#[test]
fn one_name() {
    // SQL, field, constant, struct, module
    let cases = [
        ("customer_id", "customer_id", "CUSTOMER_ID", "CustomerId", "customer_id"),
        ("customerId", "customer_id", "CUSTOMER_ID", "CustomerId", "customer_id"),
        ("CustomerID", "customer_id", "CUSTOMER_ID", "CustomerId", "customer_id"),
        ("Customer Name", "customer_name", "CUSTOMER_NAME", "CustomerName", "customer_name"),
        ("HTTPServer2", "http_server2", "HTTP_SERVER2", "HttpServer2", "http_server2"),
        ("_id", "id", "ID", "Id", "id"),
        ("trailing__", "trailing", "TRAILING", "Trailing", "trailing"),
        ("a__b", "a_b", "A_B", "AB", "a_b"),
        ("type", "r#type", "TYPE", "Type", "type_"),
        ("gen", "r#gen", "GEN", "Gen", "gen_"),
        ("self", "self_", "SELF", "SelfRow", "self_"),
        ("Self", "self_", "SELF", "SelfRow", "self_"),
        ("crate", "crate_", "CRATE", "Crate", "crate_"),
        ("super", "super_", "SUPER", "Super", "super_"),
        ("union", "union", "UNION", "Union", "union"),
        ("option", "option", "OPTION", "OptionRow", "option"),
        ("results", "results", "RESULTS", "ResultRow", "results"),
        ("model", "model", "MODEL", "Model", "model"),
        ("1st", "_1st", "_1ST", "N1st", "_1st"),
        ("2fa_codes", "_2fa_codes", "_2FA_CODES", "N2faCode", "_2fa_codes"),
        ("a+b", "a_plus_b", "A_PLUS_B", "APlusB", "a_plus_b"),
        ("price_%", "price_percent", "PRICE_PERCENT", "PricePercent", "price_percent"),
        ("sys$name", "sys_name", "SYS_NAME", "SysName", "sys_name"),
        ("$", "dollar", "DOLLAR", "Dollar", "dollar"),
        ("$$$", "dollar_dollar_dollar", "DOLLAR_DOLLAR_DOLLAR", "DollarDollarDollar", "dollar_dollar_dollar"),
        ("   ", "space_space_space", "SPACE_SPACE_SPACE", "SpaceSpaceSpace", "space_space_space"),
        ("_", "underscore", "UNDERSCORE", "Underscore", "underscore"),
        ("-----", "unnamed", "UNNAMED", "Unnamed", "unnamed"),
        ("say \"hi\"", "say_hi", "SAY_HI", "SayHi", "say_hi"),
        ("😀", "u1f600", "U1F600", "U1f600", "u1f600"),
        ("❤\u{fe0f}", "u2764_ufe0f", "U2764_UFE0F", "U2764Ufe0f", "u2764_ufe0f"),
        ("می\u{200c}خواهم", "می_خواهم", "می_خواهم", "میخواهم", "unnamed"),
        ("smile 😀", "smile", "SMILE", "Smile", "smile"),
        ("größe", "größe", "GRÖSSE", "Größe", "gro_e"),
        ("straßenName", "straßen_name", "STRASSEN_NAME", "StraßenName", "stra_en_name"),
        ("日本", "日本", "日本", "日本", "unnamed"),
        ("Имя", "имя", "ИМЯ", "Имя", "unnamed"),
        ("नमस्ते", "नमस्ते", "नमस्ते", "नमस्ते", "unnamed"),
        ("ﬁeld", "field", "FIELD", "Field", "field"),
        ("e\u{301}te\u{301}", "été", "ÉTÉ", "Été", "ete"),
        ("con", "con", "CON", "Con", "con_"),
        ("com1", "com1", "COM1", "Com1", "com1_"),
        ("mod", "r#mod", "MOD", "Mod", "mod_"),
        ("lib", "lib", "LIB", "Lib", "lib_"),
        ("std", "std", "STD", "Std", "std_"),
        ("u8", "u8", "U8", "U8", "u8_"),
    ];
    for (sql, field, constant, structure, module) in cases {
        let got = (field_name(sql), const_name(sql), struct_name(sql, true), module_name(sql));
        let wanted = (field.to_owned(), constant.to_owned(), structure.to_owned(), module.to_owned());
        assert_eq!(got, wanted, "{sql}");
        for name in [&got.0, &got.1, &got.2, &got.3] {
            assert!(is_valid(name), "{name} of {sql}");
        }
        assert!(got.3.is_ascii(), "{sql}");
    }
}

#[test]
fn variants_of_labels() {
    let cases = [
        ("active", "Active"),
        ("IN_PROGRESS", "InProgress"),
        ("in-progress", "InProgress"),
        ("in progress", "InProgress"),
        ("", "Empty"),
        (" ", "Space"),
        ("+", "Plus"),
        (">=", "GreaterEqual"),
        ("A+", "APlus"),
        ("A-", "AMinus"),
        ("-1", "Minus1"),
        ("1", "N1"),
        ("1st", "N1st"),
        ("C#", "CHash"),
        ("Self", "Self_"),
        ("self", "Self_"),
        ("日本", "日本"),
        ("Some", "Some"),
        ("type", "Type"),
    ];
    for (label, variant) in cases {
        assert_eq!(variant_name(label), variant, "{label}");
    }
}

#[test]
fn one_and_many() {
    let cases = [
        ("customers", "customer"),
        ("addresses", "address"),
        ("statuses", "status"),
        ("status", "status"),
        ("data", "data"),
        ("news", "news"),
        ("series", "series"),
        ("people", "person"),
        ("children", "child"),
        ("boxes", "box"),
        ("buses", "bus"),
        ("bus", "bus"),
        ("aliases", "alias"),
        ("categories", "category"),
        ("movies", "movie"),
        ("cookies", "cookie"),
        ("leaves", "leaf"),
        ("heroes", "hero"),
        ("photos", "photo"),
        ("media", "media"),
        ("settings", "setting"),
        ("invoices", "invoice"),
        ("analyses", "analysis"),
        ("indices", "index"),
        ("matrices", "matrix"),
        ("sheep", "sheep"),
        ("gas", "gas"),
        ("address", "address"),
        ("process", "process"),
        ("access", "access"),
        ("basis", "basis"),
        ("canvas", "canvas"),
        ("lens", "lens"),
        ("alumni", "alumnus"),
        ("criteria", "criterion"),
        ("metadata", "metadata"),
        ("sms", "sms"),
        ("os", "os"),
        ("dns", "dns"),
        ("https", "https"),
        ("css", "css"),
        ("images", "image"),
        ("caches", "cache"),
        ("axes", "axis"),
        ("dives", "dive"),
        ("ids", "id"),
        ("species", "species"),
        ("größen", "größen"),
        ("orders2024", "orders2024"),
    ];
    for (many, one) in cases {
        assert_eq!(singular(many), one, "{many}");
    }
    let cases = [
        ("customer", "customers"),
        ("customers", "customers"),
        ("address", "addresses"),
        ("status", "statuses"),
        ("data", "data"),
        ("child", "children"),
        ("cache", "caches"),
        ("caches", "caches"),
        ("axis", "axis"),
        ("category", "categories"),
        ("day", "days"),
        ("series", "series"),
    ];
    for (one, many) in cases {
        assert_eq!(plural(one), many, "{one}");
    }
}

#[test]
fn only_the_last_word_is_made_singular() {
    let cases = [
        ("order_items", "OrderItem"),
        ("users_roles", "UsersRole"),
        ("orderItems", "OrderItem"),
        ("orders_2024", "Orders2024"),
        ("order_items_", "OrderItem"),
    ];
    for (table, structure) in cases {
        assert_eq!(struct_name(table, true), structure);
    }
    assert_eq!(struct_name("order_items", false), "OrderItems");
}

#[test]
fn the_plain_spelling_keeps_its_name() {
    let names = fields(&["customerId", "customer_id", "Customer ID"]);
    assert_eq!(names[1], "customer_id");
    assert!(names[0].starts_with("customer_id_") && names[0].len() == "customer_id_".len() + 4);
    assert_ne!(names[0], names[2]);
    assert_eq!(fields(&["customerId"]), ["customer_id"]);
    assert_eq!(fields(&["type", "Type"])[0], "r#type");
    assert!(fields(&["type", "Type"])[1].starts_with("type_"));
}

#[test]
fn a_move_is_reported() {
    let names = distinct([Request::field("id"), Request::field("ID")]);
    assert_eq!((names[0].rust.as_str(), &names[0].renamed_from), ("id", &None));
    assert_eq!(names[1].renamed_from.as_deref(), Some("id"));
    assert_eq!(names[1].reason(), "`id` is the name of another object");
    for name in distinct([Request::field("Id"), Request::field("ID")]) {
        assert_eq!(name.reason(), "`id` would be the name of another object as well");
    }
}

#[test]
fn a_suffix_that_is_somebodys_name_grows() {
    let suffixed = fields(&["ID", "id"])[0].clone();
    let names = fields(&["ID", "id", &suffixed]);
    assert_eq!(names[2], suffixed);
    assert_eq!(names[0].len(), suffixed.len() + 4);
    assert!(names[0].starts_with(&suffixed));
}

#[test]
fn tables_beside_their_singular_and_in_other_schemas() {
    assert_eq!(structs(&[("public", "users")]), ["User"]);
    assert_eq!(structs(&[("public", "users"), ("public", "user")]), ["Users", "User"]);
    let names = structs(&[("public", "users"), ("public", "Users"), ("public", "USERS")]);
    assert_eq!(names[0], "User");
    assert!(names[1..].iter().all(|name| name.starts_with("User") && name.len() == 8), "{names:?}");
    let names = structs(&[("public", "users"), ("public", "Users"), ("public", "user")]);
    assert_eq!((names[0].as_str(), names[2].as_str()), ("Users", "User"));
    assert_eq!(structs(&[("public", "indexes"), ("public", "indices")]), ["Indexes", "Indices"]);
    assert_eq!(structs(&[("auth", "users")]), ["AuthUser"]);
    assert_eq!(structs(&[("auth", "users"), ("public", "users")]), ["AuthUser", "User"]);
    assert_eq!(structs(&[("auth", "users"), ("auth", "user")]), ["AuthUsers", "AuthUser"]);
    assert_eq!(structs(&[("auth", "users"), ("Auth", "users")])[0], "AuthUser");
    let names = structs(&[("auth", "users"), ("public", "auth_users"), ("public", "auth_user")]);
    assert_eq!(names[2], "AuthUser");
    assert!(names[0].starts_with("AuthUser") && names[1].starts_with("AuthUser") && names[0] != names[1]);
}

#[test]
fn a_type_and_a_table_share_a_scope() {
    let requests =
        [Request::structure(public("order_statuses"), true), Request::user_type(public("order_status"))];
    let names: Vec<String> = distinct(requests).into_iter().map(|name| name.rust).collect();
    assert_eq!(names, ["OrderStatuses", "OrderStatus"]);
    let of_other = |name| Named::new("sales", name, "public");
    let requests = [Request::structure(of_other("odds"), true), Request::user_type(of_other("odd"))];
    let names: Vec<String> = distinct(requests).into_iter().map(|name| name.rust).collect();
    assert_eq!(names, ["SalesOdds", "SalesOdd"]);
}

#[test]
fn insert_structs_give_way_to_tables() {
    let tables = ["Customer", "NewCustomer"];
    let requests = tables.map(Request::taken).into_iter().chain(tables.map(Request::insert));
    let names: Vec<String> = distinct(requests).into_iter().map(|name| name.rust).collect();
    assert_eq!(names[2..], ["InsertCustomer", "NewNewCustomer"]);
}

#[test]
fn the_manifest_and_generated_code_come_first() {
    let requests = [
        Request::taken("Crm"),
        Request::structure(public("crm"), true).beside("Crm"),
        Request::structure(public("people"), true).named(Some("Customer")),
        Request::structure(public("customer"), true),
        Request::structure(public("a"), true).named(Some("Same")),
        Request::structure(public("b"), true).named(Some("Same")),
        Request::structure(public("c"), true).named(Some("Option")),
    ];
    let names = distinct(requests);
    assert_eq!(names[1].rust, "CrmRow");
    assert_eq!(names[2].rust, "Customer");
    assert_eq!(names[3].renamed_from.as_deref(), Some("Customer"));
    assert_eq!((names[4].rust.as_str(), names[4].renamed_from.as_deref()), ("A", Some("Same")));
    assert_eq!((names[5].rust.as_str(), names[5].renamed_from.as_deref()), ("B", Some("Same")));
    assert_eq!(names[6].rust, "OptionType");
}

#[test]
fn labels_that_differ_in_case_or_punctuation() {
    let names = variants(&["a", "A", "a b", "a-b", ""]);
    assert_eq!(names[0], "A");
    assert_eq!(names[4], "Empty");
    assert_eq!(variants(&["C", "C#", "C++"]), ["C", "CHash", "CPlusPlus"]);
    assert_eq!(variants(&["A+", "A-"]), ["APlus", "AMinus"]);
}

#[test]
fn constants_that_upper_case_merges() {
    let names: Vec<_> = distinct([Request::constant("straße"), Request::constant("strasse")]);
    assert_eq!(names[1].rust, "STRASSE");
    assert!(names[0].rust.starts_with("STRASSE_"));
}

#[test]
fn main_schemas() {
    // Patterns, tables by schema, the main schema.
    type SchemaCase = (&'static [&'static str], &'static [(&'static str, usize)], &'static str);
    let cases: [SchemaCase; 12] = [
        (&[], &[], "public"),
        (&["*"], &[("public", 1)], "public"),
        (&["analytics.*"], &[("analytics", 2)], "analytics"),
        (&["analytics.*", "analytics.events"], &[("analytics", 2)], "analytics"),
        (&["analytics.*", "users"], &[("analytics", 2), ("public", 1)], "public"),
        (&["a.*", "b.*"], &[("a", 1), ("b", 1)], "a"),
        (&["*"], &[("billing", 3)], "billing"),
        (&["*.users"], &[("auth", 1)], "auth"),
        (&["*"], &[("auth", 9), ("public", 1)], "public"),
        (&["*"], &[("audit", 1), ("billing", 3)], "billing"),
        (&["*"], &[("b", 2), ("a", 2)], "a"),
        (&["users"], &[("public", 1)], "public"),
    ];
    for (patterns, schemas, main) in cases {
        let schemas = schemas.iter().copied().collect();
        assert_eq!(main_schema(patterns.iter().copied(), &schemas), main, "{patterns:?}, {schemas:?}");
    }
}

#[test]
fn five_thousand_names_are_quick() {
    let names: Vec<String> = (0..5000).map(|number| format!("customer_addresses_{number}_entries")).collect();
    singular("warmups");
    let started = std::time::Instant::now();
    let structures = distinct(names.iter().map(|name| Request::structure(public(name), true)));
    let took = started.elapsed();
    assert_eq!(structures.len(), 5000);
    // 50 ms is the budget of a release build; a debug build is some twenty times slower.
    let budget = if cfg!(debug_assertions) { 2000 } else { 50 };
    assert!(took.as_millis() < budget, "{took:?}");
}

fn is_valid(name: &str) -> bool {
    // syn knows the strict keywords, our list the rest; both must agree that it is free.
    let parsed = if let Some(raw) = name.strip_prefix("r#") {
        syn::parse_str::<syn::Ident>(&format!("r#{raw}")).is_ok()
    } else {
        syn::parse_str::<syn::Ident>(name).is_ok()
    };
    parsed && is_identifier(name)
}
