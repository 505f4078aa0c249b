//! How rows are laid out in the bytes of a file.

/// How the bytes are laid out, whatever they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// A JSON object on each line.
    Lines,
    /// A JSON list, perhaps inside an object.
    List,
    /// A table.
    Table(u8),
    /// A text on each line.
    Text,
    /// Parquet.
    Parquet,
}
