//! Responses in long form: one answer of one annotator to one question about one record on each line.

use serde_json::{Map, Value};

use super::error::{Kind, ReadError, harmless, names, quoted, shape, unknown_status};
use super::native::id;
use super::{Options, ResponseRow, Summary};
use crate::model::transfer::ResponseSpec;
use crate::model::{Status, Timestamp};

pub(super) const ITEM: [&str; 3] = ["item", "record_id", "record"];
pub(super) const RATER: [&str; 3] = ["rater", "annotator", "user"];
pub(super) const VALUE: [&str; 3] = ["value", "labels", "label"];

/// The columns `at` and `seconds`, which may be about something else in files that are not ours: the first cell that
/// says something tells, and a column that holds no times (seconds) is left aside.
#[derive(Debug, Default)]
pub(super) struct About {
    at: Told,
    seconds: Told,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Told {
    #[default]
    NotYet,
    Meant,
    Else,
}

impl About {
    /// Takes what a row says of its response beside the answer.
    fn take(&mut self, row: &mut Map<String, Value>, response: &mut ResponseSpec) -> Result<(), ReadError> {
        let time = |value: &Value| {
            value.as_str().map(str::trim).filter(|at| Timestamp::parse(at).is_some()).map(str::to_owned)
        };
        let spent = |value: &Value| {
            let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
            number.filter(|number: &f64| number.is_finite() && *number >= 0.0)
        };
        response.at = self.at.take(row, "at", time, "a time in RFC 3339, as in 2026-01-31T10:00:00Z")?;
        response.seconds = self.seconds.take(row, "seconds", spent, "a number of seconds, from 0")?;
        match row.get("reason") {
            Some(Value::String(reason)) if reason.trim().is_empty() => {}
            // What stands there of an answer is no reason of a discard.
            Some(Value::String(reason)) if response.status == Status::Discarded.word() => {
                response.reason = Some(reason.clone());
            }
            Some(Value::Null) => {}
            _ => return Ok(()),
        }
        row.shift_remove("reason");
        Ok(())
    }
}

impl Told {
    /// The cell of a column, unless the column is about something else.
    fn take<T>(
        &mut self,
        row: &mut Map<String, Value>,
        name: &str,
        read: impl Fn(&Value) -> Option<T>,
        expected: &str,
    ) -> Result<Option<T>, ReadError> {
        let Some(value) = row.get(name).filter(|_| *self != Self::Else) else { return Ok(None) };
        let nothing = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
        let said = read(value);
        match (nothing, &said, *self) {
            (true, ..) => {}
            (_, Some(_), _) => *self = Self::Meant,
            (_, None, Self::Meant) => {
                let found = value.as_str().map_or_else(|| shape(value).to_owned(), quoted);
                return Err(ReadError::new(Kind::WrongShape, format!("{found} in {}", quoted(name)), expected)
                    .with_hint("mend it, leave the cell empty, or give the column another name"));
            }
            (_, None, _) => {
                *self = Self::Else;
                return Ok(None);
            }
        }
        row.shift_remove(name);
        Ok(said)
    }
}

/// The row of a long form. Cells of a table and JSON values are treated alike.
pub(super) fn response(
    mut row: Map<String, Value>,
    options: &Options,
    about: &mut About,
    summary: &mut Summary,
) -> Result<ResponseRow, ReadError> {
    let column = |given: &Option<String>, aliases: &[&str], option| {
        column(&row, given.as_deref(), aliases, option).map_err(|error| or_wide(error, &row, option, options))
    };
    let item_name = column(&options.item, &ITEM, "--item")?;
    let rater_name = column(&options.rater, &RATER, "--rater")?;
    let value_name = column(&options.value, &VALUE, "--value");
    let status = status(row.shift_remove("status"))?;
    let value_name = match value_name {
        Ok(name) => Some(name),
        Err(error) if status == Status::Submitted => return Err(error),
        Err(_) => None,
    };
    let item = who(row.shift_remove(&item_name), "the record's id", &item_name)?;
    let user = who(row.shift_remove(&rater_name), "the annotator", &rater_name)?;
    let value = value_name.and_then(|name| row.shift_remove(&name)).unwrap_or(Value::Null);
    let question = question(&mut row, options)?;
    let mut response = ResponseSpec { user, status: status.word().into(), ..ResponseSpec::default() };
    match row.get("at") {
        Some(Value::String(at)) if options.ratings && !at.trim().is_empty() => response.at = Some(at.trim().to_owned()),
        _ if options.ratings => {}
        _ => about.take(&mut row, &mut response)?,
    }
    for name in row.keys() {
        summary.saw(name);
    }
    let separator = options.separator.filter(|_| !options.texts.contains(&question));
    let answer = match parts(&value) {
        _ if options.ratings => rating(value, separator)?,
        Some(parts) => Some(parts),
        None => answer(value, separator)?,
    };
    match answer {
        Some(answer) => {
            response.answers.insert(question.clone(), answer);
        }
        None if options.ratings => summary.gaps += 1,
        None if status == Status::Submitted => {
            return Err(ReadError::new(Kind::WrongShape, "no value", "the answer of a submitted response")
                .with_hint("write [] for \"none of these\", or the status discarded for no answer"));
        }
        None => {}
    }
    Ok(ResponseRow { item, question, response })
}

/// Whether a table for agreement has the columns, told before any row.
pub(super) fn columns(row: &Map<String, Value>, options: &Options) -> Result<(), ReadError> {
    let given =
        [(&options.item, &ITEM, "--item"), (&options.rater, &RATER, "--rater"), (&options.value, &VALUE, "--value")];
    given.into_iter().try_for_each(|(given, aliases, option)| {
        let found = column(row, given.as_deref(), aliases, option);
        found.map(drop).map_err(|error| or_wide(error, row, option, options))
    })
}

/// Whether the columns speak of a long form.
pub(super) fn looks_long<'a>(columns: &(impl Iterator<Item = &'a str> + Clone)) -> bool {
    let has = |aliases: &[&str]| columns.clone().any(|name| aliases.contains(&name));
    has(&ITEM) && has(&RATER) && has(&VALUE) && !has(&["text", "fields"])
}

/// In agreement a file without such a column may be in wide form.
fn or_wide(error: ReadError, row: &Map<String, Value>, option: &str, options: &Options) -> ReadError {
    if !options.ratings {
        return error;
    }
    if row.keys().next().is_some_and(|name| row.len() == 1 && name.contains(';')) {
        return error.with_hint("columns are told by commas or tabs: write the file with one of these");
    }
    error.with_hint(format!("name it: {option} COLUMN; or, where each rater has a column: --wide"))
}

pub(super) fn column(
    row: &Map<String, Value>,
    given: Option<&str>,
    aliases: &[&str],
    option: &str,
) -> Result<String, ReadError> {
    let found = match given {
        Some(name) => row.contains_key(name).then_some(name),
        None => aliases.iter().copied().find(|name| row.contains_key(*name)),
    };
    found.map(str::to_owned).ok_or_else(|| {
        let wanted = quoted(given.or(aliases.first().copied()).unwrap_or_default());
        ReadError::new(Kind::MissingColumn, names(row.keys().map(String::as_str)), format!("the column {wanted}"))
            .with_hint(format!("name it: {option} COLUMN"))
    })
}

pub(super) fn who(value: Option<Value>, what: &str, column: &str) -> Result<String, ReadError> {
    match id(value.unwrap_or(Value::Null))? {
        Some(name) if !name.is_empty() => Ok(name),
        _ => Err(ReadError::new(Kind::BadId, "nothing", format!("{what} in {}", quoted(column)))
            .with_hint("each line names its record and its annotator")),
    }
}

fn status(value: Option<Value>) -> Result<Status, ReadError> {
    match value {
        None | Some(Value::Null) => Ok(Status::Submitted),
        Some(Value::String(word)) if word.is_empty() => Ok(Status::Submitted),
        Some(Value::String(word)) => Status::parse(&word).ok_or_else(|| unknown_status(&word)),
        Some(other) => Err(unknown_status(&other.to_string())),
    }
}

/// The question's name: from its column, else as given, else unknown.
fn question(row: &mut Map<String, Value>, options: &Options) -> Result<String, ReadError> {
    let given = options.question.as_deref();
    let cell = row.shift_remove(given.filter(|name| row.contains_key(*name)).unwrap_or("question"));
    match cell {
        Some(Value::String(name)) if !name.is_empty() => Ok(name),
        None | Some(Value::Null | Value::String(_)) => Ok(given.unwrap_or_default().to_owned()),
        Some(other) => Err(ReadError::new(Kind::WrongShape, shape(&other), "the name of a question")
            .with_hint("a question's name is a string")),
    }
}

/// The answer; none when there is none.
pub(super) fn answer(value: Value, separator: Option<char>) -> Result<Option<Value>, ReadError> {
    match value {
        Value::Null => Ok(None),
        Value::Number(number) => Ok(Some(Value::Number(number))),
        Value::Array(list) => labels(list).map(Some),
        Value::String(text) => from_text(&text, separator),
        other => Err(wrong_value(shape(&other))),
    }
}

/// Spans, or a ranking with ranks: a list of objects, which a table has as JSON.
fn parts(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) if text.trim_start().starts_with("[{") => parts(&super::json::value(text.trim()).ok()?),
        Value::Array(list) if !list.is_empty() && list.iter().all(Value::is_object) => Some(value.clone()),
        _ => None,
    }
}

/// What stands in a cell for no answer, beside nothing: what R, pandas and spreadsheets write. `None` may be a label.
const GAPS: [&str; 9] = ["NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "null", "NULL"];

/// The answer as it stands, for agreement; none when there is none.
pub(super) fn rating(value: Value, separator: Option<char>) -> Result<Option<Value>, ReadError> {
    match value {
        Value::Bool(word) => Ok(Some(Value::String(word.to_string()))),
        Value::String(text) if text.trim().is_empty() || GAPS.contains(&text.trim()) => Ok(None),
        Value::String(text) if separator.is_none() && !text.trim().starts_with('[') => {
            Ok(Some(Value::String(text.trim().to_owned())))
        }
        Value::String(text) => match from_text(text.trim(), separator)? {
            Some(Value::Array(list)) if separator.is_none() && list.len() == 1 && list[0] == text.trim() => {
                Ok(list.into_iter().next())
            }
            other => Ok(other),
        },
        other => answer(other, separator),
    }
}

fn from_text(text: &str, separator: Option<char>) -> Result<Option<Value>, ReadError> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Ok(None);
    }
    if trimmed.starts_with('[') && trimmed.ends_with(']') {
        if let Ok(Value::Array(list)) = super::json::value(trimmed) {
            return labels(list).map(Some);
        }
        if trimmed.starts_with("['") {
            return Err(wrong_value(&format!("a Python list ({})", harmless(trimmed)))
                .with_hint("write it as JSON: json.dumps(labels)"));
        }
    }
    let list = match separator {
        Some(separator) => trimmed
            .split(separator)
            .map(str::trim)
            .filter(|piece| !piece.is_empty())
            .map(|piece| Value::String(piece.to_owned()))
            .collect(),
        None => vec![Value::String(text.to_owned())],
    };
    labels(list).map(Some)
}

fn labels(list: Vec<Value>) -> Result<Value, ReadError> {
    for (at, label) in list.iter().enumerate() {
        if !label.is_string() {
            return Err(wrong_value(&format!("{} in a list of labels", shape(label))));
        }
        if list.iter().take(at).any(|before| before == label) {
            let found = format!("the label {} twice in one answer", quoted(label.as_str().unwrap_or_default()));
            return Err(ReadError::new(Kind::Duplicate, found, "").with_hint("name each label once"));
        }
    }
    Ok(Value::Array(list))
}

fn wrong_value(found: &str) -> ReadError {
    ReadError::new(Kind::WrongShape, found, "a label or a list of labels")
        .with_hint("a value is \"tax\", [\"tax\", \"fees\"], [] for \"none of these\", or a number")
}
