//! Names of users by the ids that other tools know them by.

use std::collections::HashMap;
use std::path::Path;

use super::by_hand;
use super::error::{Kind, ReadError, names, quoted};
use super::sheet::restored;
use super::source::small;

/// Reads a table with the columns `id` and `name`.
///
/// # Errors
/// [`ReadError`], also for an id that is there twice with different names.
pub fn read_users(path: &Path) -> Result<HashMap<String, String>, ReadError> {
    let file = small(path)?;
    let mut columns: Option<(usize, usize)> = None;
    let mut users = HashMap::new();
    by_hand::each(path, file.as_slice(), &mut |_, row| {
        let Some((id, name)) = columns else {
            let at = |wanted: &str| row.iter().position(|column| column == wanted);
            let Some(found) = at("id").zip(at("name")) else {
                let found = names(row.iter().map(String::as_str));
                let error = ReadError::new(Kind::MissingColumn, found, "the columns 'id' and 'name'");
                return Err(error.with_hint("a file of users begins with the line id,name"));
            };
            columns = Some(found);
            return Ok(());
        };
        // As our own file of users has them; no name begins with a quote and a formula.
        let cell = |at: usize| row.get(at).filter(|cell| !cell.is_empty()).map(|cell| restored(cell));
        let (Some(id), Some(name)) = (cell(id), cell(name)) else {
            let error = ReadError::new(Kind::WrongShape, "an empty cell", "an id and a name");
            return Err(error.with_hint("remove the row, or fill it"));
        };
        let old = users.insert(id.to_owned(), name.to_owned());
        if old.is_some_and(|old| old != name) {
            let error = ReadError::new(Kind::Duplicate, format!("the id {} twice with two names", quoted(id)), "");
            return Err(error.with_hint("give each id one name"));
        }
        Ok(())
    })?;
    Ok(users)
}
