//! Ratings in wide form: one record on each line, one column for each annotator.

use serde_json::{Map, Value};

use super::error::{Kind, ReadError, names, quoted};
use super::{Options, ResponseRow, Summary, long};
use crate::model::Status;
use crate::model::transfer::ResponseSpec;

/// Columns that are the record's id when none is named, beside those of the long form; the last has no name in the
/// header, as where a data frame was written with its index.
const ID: [&str; 4] = ["id", "external_id", "unit", "column_1"];

/// The column of the record's id, where there is one.
fn item(row: &Map<String, Value>, options: &Options) -> Result<Option<String>, ReadError> {
    let named = options.item.as_deref();
    let known = || long::ITEM.into_iter().chain(ID).find(|name| row.contains_key(*name));
    match named.map_or_else(known, |name| row.contains_key(name).then_some(name)) {
        Some(name) => Ok(Some(name.to_owned())),
        None if named.is_none() && !options.raters.is_empty() => Ok(None),
        None => {
            let wanted = quoted(named.unwrap_or("item"));
            Err(ReadError::new(
                Kind::MissingColumn,
                names(row.keys().map(String::as_str)),
                format!("the column {wanted} with the record's id"),
            )
            .with_hint("name it: --item COLUMN; or, where there is none, name the raters' columns: --raters a,b,c"))
        }
    }
}

/// The columns of the annotators.
pub(super) fn raters(row: &Map<String, Value>, options: &Options) -> Result<Vec<String>, ReadError> {
    let item = item(row, options)?;
    if let Some(name) = options.raters.iter().find(|name| !row.contains_key(*name)) {
        let found = names(row.keys().map(String::as_str));
        return Err(ReadError::new(Kind::MissingColumn, found, format!("the rater's column {}", quoted(name)))
            .with_hint("name the columns as the header has them: --raters a,b,c"));
    }
    let all: Vec<String> = if options.raters.is_empty() {
        row.keys().filter(|name| Some(*name) != item.as_ref()).cloned().collect()
    } else {
        options.raters.clone()
    };
    if all.len() < 2 {
        let found = names(all.iter().map(String::as_str));
        return Err(ReadError::new(
            Kind::MissingColumn,
            format!("{found} of raters"),
            "a column for each of two raters",
        )
        .with_hint("one answer a line, with a column that names the rater: leave --wide out"));
    }
    Ok(all)
}

/// The answers of a row; a cell that is empty or says NA is none. Without a column for it, a record is known by the
/// number of its row.
pub(super) fn responses(
    row: &Map<String, Value>,
    options: &Options,
    summary: &mut Summary,
) -> Result<Vec<ResponseRow>, ReadError> {
    let raters = raters(row, options)?;
    let item_name = item(row, options)?;
    let item = match &item_name {
        Some(name) => long::who(row.get(name).cloned(), "the record's id", name)?,
        None => format!("row {}", summary.lines),
    };
    for name in row.keys().filter(|name| Some(*name) != item_name.as_ref() && !raters.contains(name)) {
        summary.saw(name);
    }
    let mut all = Vec::with_capacity(raters.len());
    for user in raters {
        let value = row.get(&user).cloned().unwrap_or(Value::Null);
        let Some(answer) = long::rating(value, options.separator)? else {
            summary.gaps += 1;
            continue;
        };
        let answers = Map::from_iter([(String::new(), answer)]);
        let response =
            ResponseSpec { user, status: Status::Submitted.word().into(), answers, ..ResponseSpec::default() };
        all.push(ResponseRow { item: item.clone(), question: String::new(), response });
    }
    Ok(all)
}
