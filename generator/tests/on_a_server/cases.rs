//! `tests/cases/catalog/*.sql`: the first line says whether ormgen has the server's catalog (`-- equal`), asks
//! for the type of a view's column alone (`-- asks`), or refuses the file
//! with a code (`-- refused ORM0212`; with ` server` behind it where the server refuses it as well).

use std::{fs, path::Path};

use super::{Judge, interpret};

#[test]
fn each_case_is_equal_or_refused() {
    let judge = Judge::start();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases/catalog");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 30, "the cases are found");
    let wrong: Vec<String> = files.iter().filter_map(|file| check(&judge, file).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check(judge: &Judge, file: &Path) -> Result<(), String> {
    let name = file.file_stem().unwrap().to_string_lossy().into_owned();
    let text = fs::read_to_string(file).unwrap();
    let expected: Vec<&str> = text.lines().next().unwrap().split_whitespace().skip(1).collect();
    let on_server = judge.database(&name).run(&text);
    if on_server.as_ref().is_err_and(|error| error == "unsupported XML feature") {
        println!("{name}: the server was built without XML, nothing is compared");
        return Ok(());
    }
    if on_server.is_err() != expected.contains(&"server") {
        return Err(format!("{name}: the server says {on_server:?}"));
    }
    let (catalog, errors) = interpret(&[(format!("{name}.sql"), text.clone())]);
    match (expected.as_slice(), errors.as_slice()) {
        (["equal"], []) => match judge.differences(&name, &catalog).as_slice() {
            [] => Ok(()),
            differences => Err(format!("{name}: {}", differences.join("; "))),
        },
        (["asks"], []) => {
            let differences = judge.differences(&name, &catalog);
            let asks = |difference: &String| difference.contains(", type: unknown → ");
            if !differences.is_empty() && differences.iter().all(asks) {
                Ok(())
            } else {
                Err(format!("{name}: {}", differences.join("; ")))
            }
        }
        (["refused", code, ..], [first, ..]) if first.starts_with(code) => Ok(()),
        _ => Err(format!("{name}: expected {expected:?}, found {errors:?}")),
    }
}
