//! Finds literal passwords in templates and removes them: generated code and messages never hold one.

use std::ops::Range;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    ConnectionConfig, Endpoint, Secret, Template,
    error::{ConfigError, UrlError},
    parameters,
    template::{Part, resolve_into},
    url::{self, UNKNOWN},
};

/// A template with all defaults filled in, and for each of its bytes the place in the template where it was written.
struct View {
    text: String,
    origin: Vec<Option<Range<usize>>>,
}

impl View {
    fn new(template: &Template) -> Self {
        let mut view = Self { text: String::new(), origin: Vec::new() };
        match template.parts() {
            Ok(parts) => view.push_all(&parts),
            // A template that cannot be parsed counts as literal text: it may hold a password.
            Err(_) => {
                let text = template.as_written();
                view.push(text, (0..text.len()).map(|at| Some(at..at + 1)));
            }
        }
        view
    }

    fn push_all(&mut self, parts: &[Part<'_>]) {
        for part in parts {
            match part {
                Part::Text { text, range } if text.len() == range.len() => {
                    self.push(text, range.clone().map(|at| Some(at..at + 1)));
                }
                Part::Text { text, range } => self.push(text, std::iter::once(Some(range.clone()))),
                Part::Variable { default: Some(default), .. } if !default.is_empty() => {
                    self.push_all(default)
                }
                Part::Variable { .. } => self.push(UNKNOWN.encode_utf8(&mut [0]), std::iter::once(None)),
            }
        }
    }

    fn push(&mut self, text: &str, origin: impl Iterator<Item = Option<Range<usize>>>) {
        self.text.push_str(text);
        self.origin.extend(origin);
    }

    /// The ranges of the template that are written out literally at `range` of the view.
    fn literals(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let mut literals: Vec<Range<usize>> = Vec::new();
        for origin in self.origin.get(range).unwrap_or_default().iter().flatten() {
            match literals.last_mut() {
                Some(last) if last.end == origin.start => last.end = origin.end,
                _ => literals.push(origin.clone()),
            }
        }
        literals
    }
}

impl Template {
    /// Checks a URL as far as it is known before its variables have values.
    ///
    /// # Errors
    /// What is wrong with the URL; the error never holds a part of the URL that may be secret.
    pub fn validate_url(&self) -> Result<(), UrlError> {
        let view = View::new(self).text;
        // `${CRM_URL}`: no part of the URL is known yet.
        if view.starts_with(UNKNOWN) {
            return if view.contains(char::is_whitespace) { Err(UrlError::Space) } else { Ok(()) };
        }
        let parts = url::split(&view)?;
        parameters::check(
            parts.parameters.into_iter().filter(|(_, value)| !value.contains(UNKNOWN)).collect(),
        )
    }

    /// The URL with its variables replaced. The value of an environment variable in a password's place is
    /// percent-encoded, so that the password is the value as it is. The template's own text is not changed: it is
    /// percent-encoded already.
    pub(crate) fn resolve_url(
        &self,
        lookup: &impl Fn(&str) -> Option<String>,
    ) -> Result<Secret, ConfigError> {
        let parts = self.parts()?;
        let mut view = String::new();
        let places: Vec<usize> = parts
            .iter()
            .map(|part| {
                let place = view.len();
                match part {
                    Part::Text { text, .. } => view.push_str(text),
                    Part::Variable { .. } => view.push(UNKNOWN),
                }
                place
            })
            .collect();
        let passwords = url::password_ranges(&view);
        let encoded =
            |name: &str| lookup(name).map(|value| utf8_percent_encode(&value, NON_ALPHANUMERIC).to_string());
        let mut resolved = String::new();
        for (part, place) in parts.iter().zip(places) {
            let part = std::slice::from_ref(part);
            if passwords.iter().any(|range| range.contains(&place)) {
                resolve_into(&mut resolved, part, &encoded)?;
            } else {
                resolve_into(&mut resolved, part, lookup)?;
            }
        }
        Ok(Secret::new(resolved))
    }

    /// The ranges of bytes of [`as_written`](Self::as_written) that spell out passwords of this URL, one or more for
    /// each password, also inside defaults and in `?password=`.
    pub fn literal_passwords(&self) -> Vec<Vec<Range<usize>>> {
        let view = View::new(self);
        let ranges = url::password_ranges(&view.text).into_iter();
        ranges.map(|range| view.literals(range)).filter(|literals| !literals.is_empty()).collect()
    }

    /// The ranges of bytes of this template that are literal text, not variables, also inside defaults.
    pub fn literals(&self) -> Vec<Range<usize>> {
        let view = View::new(self);
        view.literals(0..view.text.len())
    }

    /// This URL with each literal password replaced by a variable named after the alias, and whether it held one. A
    /// default that is a password is removed, so that its variable becomes required.
    ///
    /// ```
    /// use ormgen_config::Template;
    /// let url = Template::from("postgres://app:hunter2@db1/crm");
    /// let (url, replaced) = url.without_literal_password("crm");
    /// assert!(replaced);
    /// assert_eq!(url.as_written(), "postgres://app:${CRM_PASSWORD}@db1/crm");
    /// ```
    #[must_use]
    pub fn without_literal_password(&self, alias: &str) -> (Self, bool) {
        self.without_passwords(&password_variable(alias))
    }

    fn without_passwords(&self, variable: &str) -> (Self, bool) {
        // From end to start, so that earlier positions stay valid; the first range of each password becomes the
        // variable.
        let mut cuts: Vec<(Range<usize>, bool)> = Vec::new();
        for literals in self.literal_passwords() {
            cuts.extend(literals.into_iter().enumerate().map(|(index, range)| (range, index == 0)));
        }
        cuts.sort_by_key(|(range, _)| range.start);
        let mut text = self.as_written().to_owned();
        for (range, first) in cuts.iter().rev() {
            replace(&mut text, range.clone(), first.then_some(variable));
        }
        (Self::from(text), !cuts.is_empty())
    }
}

fn replace(text: &mut String, mut range: Range<usize>, variable: Option<&str>) {
    let is_whole_default = text.get(..range.start).is_some_and(|before| before.ends_with(":-"))
        && text.get(range.end..).is_some_and(|after| after.starts_with('}'));
    let new = match variable {
        _ if is_whole_default => {
            range.start -= ":-".len();
            String::new()
        }
        Some(variable) => format!("${{{variable}}}"),
        None => String::new(),
    };
    text.replace_range(range, &new);
}

/// The name of the variable for the password of the connection `alias`: `CRM_PASSWORD` for `crm`.
pub fn password_variable(alias: &str) -> String {
    format!("{}_PASSWORD", variable_name(alias))
}

/// An alias in the form of an environment variable's name: `crmEu` and `crm-eu` become `CRM_EU`.
pub fn variable_name(alias: &str) -> String {
    let mut name = String::new();
    let mut after_lower = false;
    for c in alias.chars() {
        if c.is_ascii_uppercase() && after_lower {
            name.push('_');
        }
        after_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        name.push(if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    name
}

impl ConnectionConfig {
    /// This connection with each literal password replaced by a required variable, and whether it held one. Generated
    /// code may hold the result.
    ///
    /// The variable of the server's password is named after the alias (`CRM_PASSWORD`), those of replicas also by
    /// their number (`CRM_REPLICA_1_PASSWORD`).
    #[must_use]
    pub fn without_literal_passwords(&self) -> (Self, bool) {
        let mut config = self.clone();
        let mut replaced = false;
        match &mut config.endpoint {
            Endpoint::Url(url) => (*url, replaced) = url.without_literal_password(&self.alias),
            Endpoint::Parts { password: Some(password), .. } => {
                if !password.literals().is_empty() {
                    *password = required(password, &password_variable(&self.alias));
                    replaced = true;
                }
            }
            Endpoint::Parts { .. } => {}
        }
        for (index, replica) in config.replicas.iter_mut().enumerate() {
            let variable = format!("{}_REPLICA_{}_PASSWORD", variable_name(&self.alias), index + 1);
            let (url, found) = replica.without_passwords(&variable);
            *replica = url;
            replaced |= found;
        }
        (config, replaced)
    }
}

/// The variable of `password` without its default, if it is one; else `variable`.
fn required(password: &Template, variable: &str) -> Template {
    let name = match password.parts().unwrap_or_default().as_slice() {
        [Part::Variable { name, .. }] => (*name).to_owned(),
        _ => variable.to_owned(),
    };
    Template::from(format!("${{{name}}}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validates_what_is_known() {
        for (url, expected) in [
            ("${CRM_URL}", Ok(())),
            ("${CRM_URL:-postgres://localhost/crm}", Ok(())),
            ("${CRM_URL:-localhost}", Err(UrlError::Scheme)),
            ("${CRM_URL:-}", Ok(())),
            ("postgres://app:${P}@${H}:${PORT:-5432}/${D}", Ok(())),
            ("postgres://app:${P}@h:${PORT:-x}/d", Err(UrlError::Port)),
            ("postgres://app:$$x@h/d", Ok(())),
            ("${CRM_URL} x", Err(UrlError::Space)),
            ("postgres://h/d?sslmode=nope", Err(UrlError::ParameterValue("sslmode".into()))),
            ("postgres://h/d?connect_timeout=soon", Err(UrlError::ParameterValue("connect_timeout".into()))),
            ("postgres://h/d?sslmode=${MODE}&connect_timeout=${T}&passfile=/p&service=s", Ok(())),
            ("host=${H}", Err(UrlError::Scheme)),
        ] {
            assert_eq!(Template::parse(url).unwrap().validate_url(), expected, "{url}");
        }
    }

    #[test]
    fn takes_passwords_out() {
        for (url, expected) in [
            ("postgres://app:hunter2@h/d", "postgres://app:${MY_CRM_PASSWORD}@h/d"),
            ("postgres://app:pa$$word@h/d", "postgres://app:${MY_CRM_PASSWORD}@h/d"),
            ("postgres://app:${P:-hunter2}@h/d", "postgres://app:${P}@h/d"),
            ("postgres://app:${P:-${Q:-hunter2}}@h/d", "postgres://app:${P:-${Q}}@h/d"),
            ("postgres://app:hun${P}ter2@h/d", "postgres://app:${MY_CRM_PASSWORD}${P}@h/d"),
            ("${U:-postgres://app:hunter2@h/d}", "${U:-postgres://app:${MY_CRM_PASSWORD}@h/d}"),
            ("${U:-postgres://app:hunter2}@h/d", "${U:-postgres://app:${MY_CRM_PASSWORD}}@h/d"),
            ("postgres://${C:-app:hunter2@}h/d", "postgres://${C:-app:${MY_CRM_PASSWORD}@}h/d"),
            ("postgres://h/d?password=hunter2&user=u", "postgres://h/d?password=${MY_CRM_PASSWORD}&user=u"),
            ("postgres://h/d?password=${P:-hunter2}", "postgres://h/d?password=${P}"),
            ("${S}app:hunter2@h/d", "${S}app:${MY_CRM_PASSWORD}@h/d"),
        ] {
            let (template, replaced) = Template::parse(url).unwrap().without_literal_password("myCrm");
            assert_eq!((template.as_written(), replaced), (expected, true), "{url}");
            assert!(Template::parse(expected).unwrap().literal_passwords().is_empty(), "{expected}");
        }
        for url in [
            "postgres://app:${P}@h/d",
            "postgres://app:${P:-}@h/d",
            "postgres://app@h:5432/d",
            "${U}",
            "postgres://h/d?password=${P}",
        ] {
            let (template, replaced) = Template::parse(url).unwrap().without_literal_password("crm");
            assert_eq!((template.as_written(), replaced), (url, false), "{url}");
        }
    }

    #[test]
    fn takes_passwords_out_of_a_whole_connection() {
        let config = ConnectionConfig::new("crm", "postgres://a:hunter2@h")
            .replica("postgres://a:hunter2@r1")
            .replica("postgres://a:${R}@r2");
        let (config, replaced) = config.without_literal_passwords();
        assert!(replaced);
        assert_eq!(config.endpoint, Endpoint::Url("postgres://a:${CRM_PASSWORD}@h".into()));
        let replicas: Vec<_> = config.replicas.iter().map(Template::as_written).collect();
        assert_eq!(replicas, ["postgres://a:${CRM_REPLICA_1_PASSWORD}@r1", "postgres://a:${R}@r2"]);

        for (password, expected) in
            [("hunter2", "${CRM_PASSWORD}"), ("${P:-hunter2}", "${P}"), ("${P}", "${P}")]
        {
            let config = ConnectionConfig::from_parts("crm", "h").password(password);
            let Endpoint::Parts { password, .. } = config.without_literal_passwords().0.endpoint else {
                panic!("parts stay parts");
            };
            assert_eq!(password, Some(expected.into()));
        }
    }

    #[test]
    fn names_variables() {
        for (alias, expected) in
            [("crm", "CRM"), ("crmEu", "CRM_EU"), ("crm-eu", "CRM_EU"), ("2nd", "_2ND"), ("CRM", "CRM")]
        {
            assert_eq!(variable_name(alias), expected);
        }
    }
}
