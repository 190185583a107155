//! Constants, derives, signatures and connections on as few lines as rustfmt would give them. prettyplease, which has
//! formatted the text, breaks all lists of a line that is too long, rustfmt only those that it has to.

/// As wide as rustfmt's own default.
const WIDTH: usize = 100;

/// The text with each item on one line if it fits, or with a constant's value on a second line if it fits there.
pub(super) fn compact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("ConnectionConfig::") && line.ends_with('(') {
            let indent = indent_of(line);
            let mut item = vec![line];
            while let Some(line) = lines.next_if(|line| indent_of(line) > indent || line.trim_start() == "),")
            {
                item.push(line);
            }
            connection(&item).iter().for_each(|line| push(&mut out, line));
            continue;
        }
        let Some(ends) = end_of(line) else {
            push(&mut out, line);
            continue;
        };
        let mut item = vec![line];
        while !item.last().is_some_and(|last| last.ends_with(ends)) {
            match lines.next() {
                Some(line) => item.push(line),
                None => break,
            }
        }
        match laid_out(&item) {
            Some(lines) => lines.iter().for_each(|line| push(&mut out, line)),
            None => item.iter().for_each(|line| push(&mut out, line)),
        }
    }
    out
}

/// The last character of the item that begins on this line, if it is of a kind that this module lays out.
fn end_of(line: &str) -> Option<char> {
    let start = line.trim_start();
    let is_const = start.starts_with("const ") || start.starts_with("pub const ");
    match start {
        _ if is_const && !start.starts_with("const fn") && !start.starts_with("pub const fn") => Some(';'),
        _ if start.starts_with("#[derive(") => Some(']'),
        _ if start.starts_with("fn ") => Some('{'),
        _ => None,
    }
}

/// The new lines of an item; None if they stay as they are.
fn laid_out(item: &[&str]) -> Option<Vec<String>> {
    let first = item.first()?;
    let indent = &first[..indent_of(first)];
    let joined = joined(item);
    if fits(indent, &joined) {
        return Some(vec![format!("{indent}{joined}")]);
    }
    if joined.starts_with("#[derive(") {
        return Some(filled(indent, &joined));
    }
    let (head, value) = joined.split_once(" = ")?;
    let deeper = format!("{indent}    ");
    let is_short = fits(indent, &format!("{head} =")) && fits(&deeper, value);
    is_short.then(|| vec![format!("{indent}{head} ="), format!("{deeper}{value}")])
}

/// The lines of a connection's settings: a call of a constructor, and the methods that are called on what it returns.
/// Where the constructor's arguments need lines of their own, prettyplease indents them, and the methods, too far.
fn connection(item: &[&str]) -> Vec<String> {
    let indent = item.first().map_or(0, |first| indent_of(first));
    let end =
        item.iter().position(|line| line.trim_start().starts_with(')')).map_or(item.len(), |end| end + 1);
    let (constructor, methods) = item.split_at(end);
    let joined = joined(constructor);
    let spaces = " ".repeat(indent);
    if fits(&spaces, &joined) {
        let methods = methods.iter().map(|line| (*line).to_owned());
        return [format!("{spaces}{joined}")].into_iter().chain(methods).collect();
    }
    let excess = constructor.last().map_or(0, |last| indent_of(last) - indent);
    item.iter().enumerate().map(|(at, line)| line[if at == 0 { 0 } else { excess }..].to_owned()).collect()
}

/// How many spaces a line begins with.
fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Derives that need several lines: as many on each as fit.
fn filled(indent: &str, joined: &str) -> Vec<String> {
    let deeper = format!("{indent}    ");
    let names = joined.trim_start_matches("#[derive(").trim_end_matches(")]");
    let mut lines = vec![format!("{indent}#[derive(")];
    let mut line = deeper.clone();
    for name in names.split(", ") {
        if line.len() > deeper.len() && line.len() + name.len() + 2 > WIDTH {
            lines.push(std::mem::replace(&mut line, deeper.clone()).trim_end().to_owned());
        }
        line.push_str(name);
        line.push_str(", ");
    }
    lines.push(line.trim_end().trim_end_matches(',').to_owned());
    lines.push(format!("{indent})]"));
    lines
}

/// The lines as one. No literal goes over several: line ends in them are escaped.
fn joined(item: &[&str]) -> String {
    let mut all = String::new();
    for line in item.iter().map(|line| line.trim()) {
        let opens = all.is_empty() || all.ends_with(['(', '[', '<']);
        if line.starts_with([')', ']', '>']) && all.ends_with(',') {
            all.pop();
        } else if !opens && !line.starts_with([')', ']', '>', '.']) {
            all.push(' ');
        }
        all.push_str(line);
    }
    all
}

fn fits(indent: &str, text: &str) -> bool {
    indent.len() + text.chars().count() <= WIDTH
}

fn push(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::compact;

    #[test]
    fn what_fits_is_on_one_line() {
        for (text, expected) in [
            (
                "    pub const A: Column<Self, i32> = Column::new(\n        \"a\",\n        \"int4\",\n    );\n",
                "    pub const A: Column<Self, i32> = Column::new(\"a\", \"int4\");\n",
            ),
            (
                "    pub const A: Column<Self, i32> = Column::new(\n            \"a\",\n            \"int4\",\n        )\n        .cast();\n",
                "    pub const A: Column<Self, i32> = Column::new(\"a\", \"int4\").cast();\n",
            ),
            (
                "    pub const A_LONG_NAME_OF_A_COLUMN: Column<Self, super::SomeTypeOfItsOwn, Nullable> = Column::new(\n        \"a\",\n        \"int4\",\n    );\n",
                "    pub const A_LONG_NAME_OF_A_COLUMN: Column<Self, super::SomeTypeOfItsOwn, Nullable> =\n        Column::new(\"a\", \"int4\");\n",
            ),
            ("#[derive(\n    Debug,\n    Clone\n)]\nstruct A;\n", "#[derive(Debug, Clone)]\nstruct A;\n"),
            (
                "    fn a(\n        &self,\n    ) -> b {\n        c\n    }\n",
                "    fn a(&self) -> b {\n        c\n    }\n",
            ),
            (
                "const A: &str = \"; [\";\nconst B: &str = \"(,\";\n",
                "const A: &str = \"; [\";\nconst B: &str = \"(,\";\n",
            ),
        ] {
            assert_eq!(compact(text), expected);
        }
    }

    #[test]
    fn the_arguments_of_a_connection_are_not_indented_as_its_methods() {
        let written = |url: &str| {
            format!(
                "        Vec::from([\n            ConnectionConfig::new(\n                    \"a\",\n                    \"{url}\",\n                )\n                .max_size(2)\n                .tls(\n                    TlsConfig::default(),\n                ),\n            ConnectionConfig::new(\n                \"b\",\n                \"{url}\",\n            ),\n        ])\n"
            )
        };
        let short = "x".repeat(50);
        assert_eq!(
            compact(&written(&short)),
            format!(
                "        Vec::from([\n            ConnectionConfig::new(\"a\", \"{short}\")\n                .max_size(2)\n                .tls(\n                    TlsConfig::default(),\n                ),\n            ConnectionConfig::new(\"b\", \"{short}\"),\n        ])\n"
            )
        );
        let long = "x".repeat(90);
        assert_eq!(
            compact(&written(&long)),
            format!(
                "        Vec::from([\n            ConnectionConfig::new(\n                \"a\",\n                \"{long}\",\n            )\n            .max_size(2)\n            .tls(\n                TlsConfig::default(),\n            ),\n            ConnectionConfig::new(\n                \"b\",\n                \"{long}\",\n            ),\n        ])\n"
            )
        );
    }

    #[test]
    fn what_is_too_long_stays_or_is_filled() {
        let long =
            format!("    const A: &[B] = &[\n        \"{}\",\n        \"b\",\n    ];\n", "x".repeat(100));
        assert_eq!(compact(&long), long);
        let names: Vec<String> = (0..20).map(|n| format!("serde::Name{n}")).collect();
        let derives = format!("#[derive(\n    {}\n)]\n", names.join(",\n    "));
        let filled = compact(&derives);
        assert!(filled.lines().all(|line| line.len() <= 100), "{filled}");
        assert_eq!(filled.lines().count(), 6, "{filled}");
        assert_eq!(filled.matches("serde::Name").count(), 20);
    }
}
