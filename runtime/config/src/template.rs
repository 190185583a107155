//! Texts with variables in them, and secret texts.

use std::{fmt, ops::Range};

use super::error::{ConfigError, ConfigProblem, TemplateError};

/// A text with `${VAR}`, `${VAR:-default}` and `$$` in it, resolved when it is used.
///
/// A default holds anything up to its closing brace, other variables included. As in a shell, `:-` takes the
/// default when the variable is unset or empty; `${VAR}` takes an empty variable as it is.
///
/// ```
/// use ormgen_config::Template;
/// let url = Template::parse("postgres://${HOST:-localhost}/crm").unwrap();
/// assert_eq!(url.variables(), ["HOST"]);
/// assert_eq!(url.resolve(|_| None).unwrap().expose(), "postgres://localhost/crm");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Template(String);

/// How deep defaults may be nested: deeper than anyone writes, and shallow enough for the stack.
const MAX_DEPTH: usize = 16;

/// A piece of a template.
pub(super) enum Part<'t> {
    /// The literal text at `range`; for `$$` the text is one dollar sign.
    Text { text: &'t str, range: Range<usize> },
    /// A variable.
    Variable { name: &'t str, default: Option<Vec<Part<'t>>> },
}

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    /// If a `$` is neither `$$` nor the start of `${NAME}` or `${NAME:-default}`.
    pub fn parse(text: impl Into<String>) -> Result<Self, TemplateError> {
        let template = Self(text.into());
        template.parts()?;
        Ok(template)
    }

    /// A template that resolves to exactly this text: a `$` in it is a dollar sign.
    pub fn literal(text: &str) -> Self {
        Self(text.replace('$', "$$"))
    }

    /// The text as written. It may hold a literal password: see
    /// [`without_literal_password`](Self::without_literal_password).
    pub fn as_written(&self) -> &str {
        &self.0
    }

    /// The names of the variables, including those inside defaults, each once, in order of appearance.
    pub fn variables(&self) -> Vec<&str> {
        let mut names = Vec::new();
        collect_variables(&self.parts().unwrap_or_default(), &mut names);
        names
    }

    /// Replaces each variable by what `lookup` gives for it.
    ///
    /// # Errors
    /// If a variable that has no default is not set; the error names it.
    pub fn resolve(&self, lookup: impl Fn(&str) -> Option<String>) -> Result<Secret, ConfigError> {
        let mut out = String::new();
        resolve_into(&mut out, &self.parts()?, &lookup)?;
        Ok(Secret::new(out))
    }

    pub(super) fn parts(&self) -> Result<Vec<Part<'_>>, TemplateError> {
        if self.0.contains('\0') {
            return Err(TemplateError::Nul);
        }
        let mut parser = Parser { text: &self.0, at: 0 };
        parser.parts(0)
    }
}

/// Takes the text without checking it: `resolve` reports what is wrong with the template.
impl From<&str> for Template {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Takes the text without checking it: `resolve` reports what is wrong with the template.
impl From<String> for Template {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Template(…)")
    }
}

fn collect_variables<'t>(parts: &[Part<'t>], names: &mut Vec<&'t str>) {
    for part in parts {
        if let Part::Variable { name, default } = part {
            if !names.contains(name) {
                names.push(name);
            }
            collect_variables(default.as_deref().unwrap_or_default(), names);
        }
    }
}

pub(super) fn resolve_into(
    out: &mut String,
    parts: &[Part<'_>],
    lookup: &impl Fn(&str) -> Option<String>,
) -> Result<(), ConfigError> {
    for part in parts {
        match part {
            Part::Text { text, .. } => out.push_str(text),
            Part::Variable { name, default } => match (lookup(name), default) {
                (Some(value), None) => out.push_str(&value),
                (Some(value), Some(_)) if !value.is_empty() => out.push_str(&value),
                (_, Some(default)) => resolve_into(out, default, lookup)?,
                (None, None) => return Err(ConfigProblem::UnsetVariable((*name).to_owned()).into()),
            },
        }
    }
    Ok(())
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Parser<'t> {
    /// Parses parts up to the end of the text or, inside a default, up to and including its closing brace.
    fn parts(&mut self, depth: usize) -> Result<Vec<Part<'t>>, TemplateError> {
        if depth > MAX_DEPTH {
            return Err(TemplateError::TooDeep);
        }
        let mut parts = Vec::new();
        loop {
            let rest = self.rest();
            let stop = rest.find(|c| c == '$' || (c == '}' && depth > 0)).unwrap_or(rest.len());
            if stop > 0 {
                parts.push(Part::Text { text: self.take(stop), range: self.at - stop..self.at });
            }
            let rest = self.rest();
            if rest.is_empty() {
                return if depth == 0 { Ok(parts) } else { Err(TemplateError::Unclosed) };
            } else if rest.starts_with('}') {
                self.take(1);
                return Ok(parts);
            } else if rest.starts_with("$$") {
                self.take(2);
                parts.push(Part::Text { text: "$", range: self.at - 2..self.at });
            } else if rest.starts_with("${") {
                self.take(2);
                parts.push(self.variable(depth)?);
            } else {
                return Err(TemplateError::LoneDollar);
            }
        }
    }

    /// Parses a variable after its `${`.
    fn variable(&mut self, depth: usize) -> Result<Part<'t>, TemplateError> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c == '_' || c.is_ascii_alphanumeric())).unwrap_or(rest.len());
        if end == rest.len() {
            return Err(TemplateError::Unclosed);
        }
        if end == 0 || rest.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(TemplateError::BadName);
        }
        let name = self.take(end);
        let rest = self.rest();
        if rest.starts_with('}') {
            self.take(1);
            Ok(Part::Variable { name, default: None })
        } else if rest.starts_with(":-") {
            self.take(2);
            Ok(Part::Variable { name, default: Some(self.parts(depth + 1)?) })
        } else {
            Err(TemplateError::BadName)
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, length: usize) -> &'t str {
        let taken = self.text.get(self.at..self.at + length).unwrap_or_default();
        self.at += length;
        taken
    }
}

/// A secret text, which is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Makes a text secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret text, for the code that connects.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Option<String> {
        match name {
            "A" => Some("1".into()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    #[test]
    fn resolves() {
        for (text, expected) in [
            ("", ""),
            ("plain", "plain"),
            ("${A}", "1"),
            ("x${A}y${A}z", "x1y1z"),
            ("$$${A}$$", "$1$"),
            ("${B:-d}", "d"),
            ("${B:-}", ""),
            ("${EMPTY:-d}", "d"),
            ("${EMPTY}", ""),
            ("${B:-x${A}y}", "x1y"),
            ("${B:-${C:-${D:-deep}}}!", "deep!"),
            ("${B:-a:-b{c$$}", "a:-b{c$"),
            ("}{", "}{"),
            ("grüße ${B:-ß}", "grüße ß"),
        ] {
            let template = Template::parse(text).unwrap();
            assert_eq!(template.resolve(lookup).unwrap().expose(), expected, "{text}");
        }
    }

    #[test]
    fn refuses() {
        for (text, expected) in [
            ("$", TemplateError::LoneDollar),
            ("$A", TemplateError::LoneDollar),
            ("${A", TemplateError::Unclosed),
            ("${A:-x", TemplateError::Unclosed),
            ("${", TemplateError::Unclosed),
            ("${}", TemplateError::BadName),
            ("${1A}", TemplateError::BadName),
            ("${A B}", TemplateError::BadName),
            ("${A:x}", TemplateError::BadName),
            ("${A:-$B}", TemplateError::LoneDollar),
            ("a\0b", TemplateError::Nul),
        ] {
            assert_eq!(Template::parse(text).unwrap_err(), expected, "{text}");
        }
        assert_eq!(Template::parse("${A:-".repeat(100_000)).unwrap_err(), TemplateError::TooDeep);
    }

    #[test]
    fn names_variables() {
        let template = Template::parse("${A}${B:-${C}${A}}").unwrap();
        assert_eq!(template.variables(), ["A", "B", "C"]);
        let error = template.resolve(|_| None).unwrap_err();
        assert_eq!(error.to_string(), "the environment variable `A` is not set");
        assert_eq!(
            error.for_connection("crm").to_string(),
            "connection `crm`: the environment variable `A` is not set"
        );
    }

    #[test]
    fn shows_nothing() {
        let secret = Secret::new("hunter2");
        let template = Template::literal("hunter$2");
        for text in [format!("{secret:?} {secret}"), format!("{template:?}")] {
            assert!(!text.contains("hunter"), "{text}");
        }
        assert_eq!(template.resolve(|_| None).unwrap().expose(), "hunter$2");
    }
}
