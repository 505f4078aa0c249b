//! Rows of a small table that people write by hand: CSV, cells trimmed, a mark at the beginning of the file left out.

use std::io::Read;
use std::path::Path;

use super::bytes::{END, broken, ended};
use super::error::ReadError;
use super::lines;

/// Gives each row, the header's too, and places what is said against it at its line.
pub(super) fn each(
    path: &Path,
    input: impl Read,
    take: &mut dyn FnMut(u64, Vec<String>) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(input.chain(END));
    let mut cells = csv::ByteRecord::new();
    while reader.read_byte_record(&mut cells).map_err(|error| broken(&error).placed(path, None))? {
        let line = cells.position().map_or(1, csv::Position::line);
        let place = |error: ReadError| error.placed(path, Some(line));
        if ended(&cells).map_err(place)? {
            break;
        }
        let row: Result<Vec<&str>, ReadError> = cells.iter().map(lines::text).collect();
        let trimmed = |cell: &str| cell.trim_start_matches('\u{feff}').trim().to_owned();
        take(line, row.map_err(place)?.into_iter().map(trimmed).collect()).map_err(place)?;
    }
    Ok(())
}
