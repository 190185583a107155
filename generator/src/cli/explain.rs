//! `ormgen explain`: what a diagnostic means.

use serde_json::{Value, json};

use super::{output::Output, status::Status};
use crate::diagnostics::{ALL_CODES, Code, code, nearest};

pub(super) fn run(output: &Output, wanted: Option<&str>) -> Status {
    let all = || ALL_CODES.iter().copied().flatten().copied();
    let Some(wanted) = wanted else {
        let list: Vec<String> = all().map(|code| format!("{}  {}", code.id, code.title)).collect();
        output.answer(&list.join("\n"), || all().map(describe).collect());
        return Status::Done;
    };
    match code(wanted) {
        Some(code) => {
            let text = format!("{}: {}\n\n{}", code.id, code.title, code.explanation.trim_end());
            output.answer(&text, || describe(code));
            Status::Done
        }
        None => {
            let help = match nearest(wanted, all().map(|code| code.id)) {
                Some(id) => format!("did you mean `{id}`? `ormgen explain` lists all codes"),
                None => "`ormgen explain` lists all codes".to_owned(),
            };
            output.usage(&format!("there is no code `{wanted}`"), &help);
            Status::Usage
        }
    }
}

fn describe(code: Code) -> Value {
    json!({ "code": code.id, "title": code.title, "explanation": code.explanation })
}
