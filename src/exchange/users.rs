//! Names of users by the ids that other tools know them by.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use super::error::{Kind, ReadError, names, quoted};
use super::lines;
use super::read::{END, broken, ended};
use super::source::open;

/// Reads a table with the columns `id` and `name`.
///
/// # Errors
/// [`ReadError`], also for an id that is there twice with different names.
pub fn read_users(path: &Path) -> Result<HashMap<String, String>, ReadError> {
    let (file, _) = open(path)?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(file.chain(END));
    let mut cells = csv::ByteRecord::new();
    let mut columns: Option<(usize, usize)> = None;
    let mut users = HashMap::new();
    while reader.read_byte_record(&mut cells).map_err(|error| broken(&error).placed(path, None))? {
        let line = cells.position().map_or(1, csv::Position::line);
        let place = |error: ReadError| error.placed(path, Some(line));
        if ended(&cells).map_err(place)? {
            break;
        }
        let row: Result<Vec<&str>, ReadError> = cells.iter().map(lines::text).collect();
        let row: Vec<&str> =
            row.map_err(place)?.into_iter().map(|cell| cell.trim_start_matches('\u{feff}').trim()).collect();
        let Some((id, name)) = columns else {
            let at = |wanted: &str| row.iter().position(|column| *column == wanted);
            let Some(found) = at("id").zip(at("name")) else {
                let error = ReadError::new(Kind::MissingColumn, names(row), "the columns 'id' and 'name'");
                return Err(place(error.with_hint("a file of users begins with the line id,name")));
            };
            columns = Some(found);
            continue;
        };
        let cell = |at: usize| row.get(at).filter(|cell| !cell.is_empty());
        let (Some(id), Some(name)) = (cell(id), cell(name)) else {
            let error = ReadError::new(Kind::WrongShape, "an empty cell", "an id and a name");
            return Err(place(error.with_hint("remove the row, or fill it")));
        };
        let old = users.insert((*id).to_owned(), (*name).to_owned());
        if old.is_some_and(|old| old != *name) {
            let error = ReadError::new(Kind::Duplicate, format!("the id {} twice with two names", quoted(id)), "");
            return Err(place(error.with_hint("give each id one name")));
        }
    }
    Ok(users)
}
