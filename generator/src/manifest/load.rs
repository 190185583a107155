//! Reads the file, then every section, then checks how the sections fit together.

use std::{
    fs::File,
    io::{self, Read},
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use ormgen_config::yaml::{self, Cursor, Fields, MAX_SIZE, Mistakes, Node, Value};

use super::{
    App, Manifest, RuntimeSource, Schema, Spanned, check, read,
    reader::ManifestReader,
    relative::relative,
    schema::{Disk, RealDisk},
};
use crate::diagnostics::{
    Diagnostic, Diagnostics, Place, Severity, Source, TOO_MUCH_YAML, UNKNOWN_CONNECTION, UNREADABLE_MANIFEST,
};

/// Reads and checks a manifest, and returns it with its warnings.
///
/// # Errors
/// All its mistakes, with the warnings, in the file's order. Their [`Source`] holds the text with stars in place
/// of literal passwords, so that no drawn excerpt shows one.
pub fn load(path: &Path) -> Result<(Manifest, Diagnostics), Diagnostics> {
    load_partly(path)?.whole()
}

/// What could be read of a manifest, and what is wrong with it.
pub(crate) struct Partly {
    pub manifest: Manifest,
    pub diagnostics: Diagnostics,
    /// The places of the sections that shape no model: `connections`, `references` and `output`.
    shapes_no_model: Vec<Range<usize>>,
}

impl Partly {
    fn whole(self) -> Result<(Manifest, Diagnostics), Diagnostics> {
        if self.diagnostics.has_errors() {
            Err(self.diagnostics)
        } else {
            Ok((self.manifest, self.diagnostics))
        }
    }

    /// Whether the models can be made in spite of the errors, so that one run reports the models' mistakes too: no
    /// error is in what shapes a model, and no server is needed, which the errors may lead away from.
    pub fn has_models(&self) -> bool {
        let is_live = |app: &App| matches!(app.schema.value, Schema::Live) || app.settings.through.is_some();
        !self.diagnostics.has_errors()
            || self.diagnostics.iter().all(|mistake| self.is_aside(mistake))
                && !self.manifest.apps.iter().any(is_live)
    }

    fn is_aside(&self, mistake: &Diagnostic) -> bool {
        let is_within = |place: &Place| {
            let is_in =
                |section: &Range<usize>| section.start <= place.span.start && place.span.end <= section.end;
            self.shapes_no_model.iter().any(is_in)
        };
        mistake.severity != Severity::Error
            || mistake.code == UNKNOWN_CONNECTION
            || mistake.place.as_ref().is_some_and(is_within)
    }
}

/// As [`load`], with what could be read of a manifest that has mistakes.
///
/// # Errors
/// The mistakes, if nothing could be read.
pub(crate) fn load_partly(path: &Path) -> Result<Partly, Diagnostics> {
    let mut partly = parse_partly(path, &read_file(path)?, &RealDisk)?;
    let Manifest { folder, output, .. } = &mut partly.manifest;
    if let (RuntimeSource::Path(runtime), Some(base)) = (&output.runtime, absolute(folder)) {
        // A package is a folder of its own in the output.
        output.runtime = RuntimeSource::Path(relative(&base, &output.path.join("package"), runtime));
    }
    Ok(partly)
}

/// The folder as the root leads to it without symbolic links, so that all paths to one folder give one text. `""` is the
/// working folder.
fn absolute(folder: &Path) -> Option<PathBuf> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    folder.canonicalize().or_else(|_| std::path::absolute(folder)).ok()
}

fn read_file(path: &Path) -> Result<String, Diagnostics> {
    let refuse =
        |code, message: String, help| Diagnostic::error(code, message).in_file(path).help(help).into();
    let mut bytes = Vec::new();
    let limit = MAX_SIZE as u64 + 1;
    if let Err(error) = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)) {
        let (message, help) = match error.kind() {
            io::ErrorKind::NotFound => {
                ("the manifest does not exist".to_owned(), "`ormgen init` writes a manifest to start from")
            }
            io::ErrorKind::IsADirectory => (
                "the manifest is a folder".to_owned(),
                "name the file in it: `ormgen build folder/manifest.yaml`",
            ),
            io::ErrorKind::PermissionDenied => (
                "the manifest cannot be read: permission denied".to_owned(),
                "give the user who runs ormgen the permission to read the file and to enter its folder",
            ),
            kind => (format!("the manifest cannot be read: {kind}"), "see that its disk can be read"),
        };
        return Err(refuse(UNREADABLE_MANIFEST, message, help));
    }
    if bytes.len() > MAX_SIZE {
        let message = "the manifest is larger than 1 MiB".to_owned();
        return Err(refuse(TOO_MUCH_YAML, message, "check that the path is a manifest's"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let message = format!("the manifest is not UTF-8: line {line} holds a byte that cannot be in it");
        refuse(UNREADABLE_MANIFEST, message, "save it as UTF-8")
    })
}

/// The manifest of a text; `path` says where it is, for messages and for the paths in it.
fn parse_partly(path: &Path, text: &str, disk: &dyn Disk) -> Result<Partly, Diagnostics> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mistakes = Mistakes::default();
    let root = yaml::read(text, &mistakes);
    let source = Source::new(path, yaml::mask(text, root.as_ref()));
    let reader = ManifestReader::new(&source);
    let read = match root {
        Some(root) if !matches!(root.value, Value::Null) => manifest(&reader, &root, mistakes, disk),
        _ => {
            if mistakes.is_empty() {
                let diagnostic =
                    Diagnostic::error(UNREADABLE_MANIFEST, "the manifest is empty").in_file(path);
                reader.note(diagnostic.help("`ormgen init` writes a manifest to start from"));
            }
            reader.note_all(mistakes);
            None
        }
    };
    let diagnostics = reader.into_diagnostics();
    match read {
        Some((manifest, shapes_no_model)) => Ok(Partly { manifest, diagnostics, shapes_no_model }),
        None => Err(diagnostics),
    }
}

/// Reads every section, then checks how they fit together. `mistakes` has those of the YAML. Notes all mistakes, and
/// returns what could be read, with the places of the sections that shape no model.
fn manifest(
    reader: &ManifestReader<'_>,
    root: &Node,
    mistakes: Mistakes,
    disk: &dyn Disk,
) -> Option<(Manifest, Vec<Range<usize>>)> {
    let fields = Cursor::new(root, &mistakes).fields("keys such as `connections` and `apps`", read::KEYS);
    let read = fields.map(|fields| sections(reader, &fields, disk));
    reader.note_all(mistakes);
    let Sections { manifest, aliases, shapes_no_model } = read?;
    check::names(reader, "a connection", aliases.iter());
    check::names(reader, "an app", manifest.apps.iter().map(|app| &app.name));
    check::connections(reader, &manifest.apps, &aliases);
    check::references(reader, &manifest.references, &manifest.apps);
    check::types(reader, &manifest.types, &manifest.apps);
    if !reader.has_errors() {
        check::unused(reader, &manifest.apps, &aliases);
    }
    Some((manifest, shapes_no_model))
}

/// The manifest as far as it can be read, every connection's alias, and the places of the sections that shape no model.
struct Sections {
    manifest: Manifest,
    aliases: Vec<Spanned<String>>,
    shapes_no_model: Vec<Range<usize>>,
}

fn sections(reader: &ManifestReader<'_>, fields: &Fields<'_>, disk: &dyn Disk) -> Sections {
    let source = Arc::clone(reader.source);
    let folder = source.path.parent().unwrap_or(Path::new("")).to_owned();
    let connections = fields.require("connections");
    let apps = fields.require("apps").map(|section| read::apps(reader, section, &folder, disk));
    let (references, output) = (fields.get("references"), fields.get("output"));
    let read::Types { overrides: types, settings: type_settings, values } =
        fields.get("types").map(|section| read::types(reader, section)).unwrap_or_default();
    let whole = |section: &Cursor<'_>| section.key_place().start..section.place().end;
    let shapes_no_model = [connections, references, output].into_iter().flatten().map(whole).collect();
    let (connections, aliases) =
        connections.map(|section| read::connections(reader, section)).unwrap_or_default();
    let manifest = Manifest {
        source,
        folder,
        connections,
        apps: apps.unwrap_or_default(),
        references: references.map(|section| read::references(reader, section)).unwrap_or_default(),
        types,
        values,
        type_settings,
        output: read::output(reader, output),
    };
    Sections { manifest, aliases, shapes_no_model }
}

/// The manifest of a text, if nothing is wrong with it.
#[cfg(test)]
pub(super) fn parse(
    path: &Path,
    text: &str,
    disk: &dyn Disk,
) -> Result<(Manifest, Diagnostics), Diagnostics> {
    parse_partly(path, text, disk)?.whole()
}
