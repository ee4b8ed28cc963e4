//! The keys of the tables whose names are ours; the readers beside take no others.

use proofhouse_model::settings::Kind;

/// What a value must be.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// As in a bench file.
    Of(Kind),
    /// A regular expression over bytes.
    Pattern,
    /// A list of texts.
    Texts,
    /// A list of pairs of address and length.
    Regions,
    /// One pair of address and length, of so many bytes.
    Region(u64, u64),
}

/// How many bytes a unique id may have.
pub const UID_BYTES: (u64, u64) = (4, 16);

/// One key: name, what it must be, whether it must be there, what it is for.
pub type Field = (&'static str, Shape, bool, &'static str);

/// `[product]`.
pub const PRODUCT: &[Field] = &[
    (
        "id",
        Shape::Of(Kind::Text),
        false,
        "its name in results; the folder's name when absent",
    ),
    ("maker", Shape::Of(Kind::Text), true, "who makes it"),
    ("model", Shape::Of(Kind::Text), true, "its name"),
    ("hardware", Shape::Of(Kind::Text), true, "hardware version"),
    (
        "software",
        Shape::Of(Kind::Text),
        true,
        "software version as shipped",
    ),
    (
        "constrained",
        Shape::Of(Kind::Text),
        false,
        "why the device counts as constrained, where it does",
    ),
];

/// `[console]`.
pub const CONSOLE: &[Field] = &[
    (
        "baud",
        Shape::Of(Kind::Whole(50, 20_000_000)),
        false,
        "line rate in bits per second; 115200 when absent",
    ),
    (
        "line-end",
        Shape::Of(Kind::Choice(&["\r\n", "\n", "\r"])),
        false,
        "what ends a command; CR LF when absent",
    ),
    (
        "banner",
        Shape::Pattern,
        true,
        "seeing this means that the device started anew",
    ),
    (
        "reset-cause",
        Shape::Pattern,
        false,
        "its first group names the cause of a start",
    ),
    (
        "crash-causes",
        Shape::Texts,
        false,
        "causes of a start that mean a crash",
    ),
    (
        "prompt",
        Shape::Pattern,
        false,
        "the device waits for a command",
    ),
    (
        "login-prompt",
        Shape::Pattern,
        false,
        "the device asks who logs in",
    ),
    (
        "crash",
        Shape::Pattern,
        false,
        "seeing this means that the device crashed",
    ),
];

/// `[debug]`.
pub const DEBUG: &[Field] = &[
    (
        "chip",
        Shape::Of(Kind::Text),
        false,
        "a chip name that probe-rs knows",
    ),
    (
        "flash",
        Shape::Regions,
        false,
        "what to search, each [address, length in bytes]",
    ),
    (
        "uid",
        Shape::Region(UID_BYTES.0, UID_BYTES.1),
        false,
        "where the chip's unique id lies, [address, length in bytes]; known for the usual families",
    ),
    (
        "standard-cable",
        Shape::Of(Kind::YesNo),
        false,
        "reachable with an ordinary cable, not on test pads only; false when absent",
    ),
];

/// `[pace]`.
pub const PACE: &[Field] = &[
    (
        "one_at_a_time",
        Shape::Of(Kind::YesNo),
        true,
        "the device takes one connection at a time; every client and instrument keeps to it",
    ),
    (
        "between",
        Shape::Of(Kind::Duration),
        false,
        "the pause it needs from the end of a connection to the next; none when absent",
    ),
];

/// `[label]`.
pub const LABEL: &[Field] = &[(
    "public",
    Shape::Texts,
    false,
    "fields of a unit's label that are no secrets; all others are masked in every record",
)];

/// The names alone.
pub fn names(fields: &[Field]) -> Vec<&'static str> {
    fields.iter().map(|(name, ..)| *name).collect()
}
