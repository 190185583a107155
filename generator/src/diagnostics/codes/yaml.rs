//! Codes of the manifest stage: reading its YAML.

use super::{Code, CodeInfo};

/// Unknown key.
pub const UNKNOWN_KEY: Code = &CodeInfo {
    id: "ORM0101",
    title: "unknown key",
    explanation: "\
A key that ormgen does not know would be ignored, and so would what you meant by it. So it is an error, also where it
looks harmless.

    connections:
      crm: { url: \"${CRM_URL}\", pool: { maxsize: 32 } }     # wrong: `max_size`

Write the key that the message names, or remove it. `ormgen init` writes a manifest with every common key.",
};

/// A key is missing.
pub const MISSING_KEY: Code = &CodeInfo {
    id: "ORM0102",
    title: "a key is missing",
    explanation: "\
Some keys have no default that would be right. A manifest needs `connections` and `apps`; an app needs `schema` and
`default_connection`; a connection in its long form needs `url` or `host`; a reference needs `from` and `to`; a
client certificate needs `cert` and `key` together.

    apps:
      crm:
        schema: schemas/crm.sql
        default_connection: crm",
};

/// A value of the wrong kind.
pub const WRONG_TYPE: Code = &CodeInfo {
    id: "ORM0103",
    title: "a value of the wrong kind",
    explanation: "\
A list stands where a text belongs, or a number where a duration does. The message says what was expected.
YAML reads `5432` as a number, `true` as a boolean and an empty place as nothing: a text that looks like one of them
needs quotes.

    database: \"2024\"
    models: [\"*\"]            # a list, also for one item",
};

/// A key stands twice in one map.
pub const DUPLICATE_KEY: Code = &CodeInfo {
    id: "ORM0104",
    title: "a key stands twice in one map",
    explanation: "\
Of two equal keys YAML readers take the first, the last or neither. ormgen takes neither. This is also how two
connections of one alias, or two apps of one name, come to light.

    connections:
      crm: ${CRM_URL}
      crm: ${CRM_EU_URL}     # wrong: call it `crm_eu`",
};

/// The manifest is not YAML.
pub const NOT_YAML: Code = &CodeInfo {
    id: "ORM0105",
    title: "the manifest is not YAML",
    explanation: "\
The text cannot be read as YAML, so nothing further was checked. The place is where the reader gave up; the
cause is there or a little above. Usual causes: a tab for indentation, a missing space after `:`, a quote or bracket
that is not closed, and a plain text that starts with `*`, `&`, `%`, `@`, `{` or `[`.

    models: [\"*\"]            # `*` alone needs quotes",
};

/// The manifest is too large or too deep.
pub const TOO_MUCH_YAML: Code = &CodeInfo {
    id: "ORM0106",
    title: "the manifest is too large or too deep",
    explanation: "\
A manifest is at most 1 MiB long, at most 64 levels deep, and at most 4 MiB long once each `*alias` is replaced by
what its anchor holds. No manifest that people write comes near; a text that does is a mistake or an attack, and
reading it would take all memory or time. Several databases that need more can have a manifest each.",
};

/// A part of YAML that manifests do not use.
pub const UNSUPPORTED_YAML: Code = &CodeInfo {
    id: "ORM0107",
    title: "a part of YAML that manifests do not use",
    explanation: "\
Tags (`!name`), merge keys (`<<`), several documents in one file (`---`) and keys that are no plain text mean
nothing in a manifest. Anchors and aliases work, so that settings can be shared whole:

    connections:
      crm:    { url: \"${CRM_URL}\", pool: &pool { max_size: 32 } }
      orders: { url: \"${ORDERS_URL}\", pool: *pool }",
};

/// The manifest cannot be read.
pub const UNREADABLE_MANIFEST: Code = &CodeInfo {
    id: "ORM0108",
    title: "the manifest cannot be read",
    explanation: "\
The file does not exist, may not be read, is empty, or is not UTF-8. `ormgen init` writes a manifest to start
from; another path is given as the command's argument.

    ormgen check config/manifest.yaml",
};

pub(super) const YAML_CODES: &[Code] = &[
    UNKNOWN_KEY,
    MISSING_KEY,
    WRONG_TYPE,
    DUPLICATE_KEY,
    NOT_YAML,
    TOO_MUCH_YAML,
    UNSUPPORTED_YAML,
    UNREADABLE_MANIFEST,
];
