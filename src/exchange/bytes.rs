//! What files have in common before they say anything: their first bytes, and where a table ends.

use super::error::{Kind, ReadError};

/// How many first bytes tell the format.
pub(super) const HEAD: usize = 1 << 20;

/// Stands behind a table as a row of its own. Where it is found inside a cell, that cell's quote is open.
pub(super) const END: &[u8] = b"\n\x1eend of the table\x1e";

/// Whether these cells are [`END`]. When it is inside a cell, that cell's quote swallowed the rest of the file.
pub(super) fn ended(cells: &csv::ByteRecord) -> Result<bool, ReadError> {
    let mark = END.get(1..).unwrap_or_default();
    match cells.iter().next_back() {
        Some(cell) if cell == mark && cells.len() == 1 => Ok(true),
        Some(cell) if cell.ends_with(mark) => {
            Err(ReadError::new(Kind::OpenQuote, "a quote that is never closed", "the quote at the end of its cell")
                .with_hint("close it; a quote that belongs to a cell's text is doubled: \"he said \"\"no\"\"\""))
        }
        _ => Ok(false),
    }
}

/// What the csv crate says; lengths and UTF-8 are checked here, so only reading itself can fail.
pub(super) fn broken(error: &csv::Error) -> ReadError {
    match error.kind() {
        csv::ErrorKind::Io(error) => ReadError::of_io(error),
        _ => ReadError::new(Kind::BadCsv, format!("broken CSV ({error})"), ""),
    }
}
