//! Native lines: the header and records with all that hangs on them.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::unknown_status;
use super::error::{Kind, ReadError, harmless, names, quoted, shape};
use super::write::VERSION;
use crate::model::Status;
use crate::model::transfer::{AdjudicationSpec, DatasetSpec, NoteSpec, RecordSpec, ResponseSpec, SuggestionSpec};

/// The keys a dataset may leave out by null.
const DATASET: [&str; 10] = [
    "name",
    "workspace",
    "guidelines",
    "guidelines_version",
    "hide",
    "order",
    "min_submitted",
    "fields",
    "questions",
    "vectors",
];

/// The dataset of a header line.
pub(super) fn header(mut line: Map<String, Value>) -> Result<DatasetSpec, ReadError> {
    let version = line.shift_remove("labelry").unwrap_or(Value::Null);
    if version.as_u64() != Some(u64::from(VERSION)) {
        let found = format!("format version {}", harmless(&version.to_string()));
        return Err(ReadError::new(Kind::BadHeader, found, format!("version {VERSION}"))
            .with_hint("the file was made by a newer labelry: update this one, or export again with the older"));
    }
    let Some(Value::Object(mut dataset)) = line.shift_remove("dataset") else {
        return Err(ReadError::new(Kind::BadHeader, "a header without it", "the object 'dataset'")
            .with_hint("a header is {\"labelry\": 1, \"dataset\": {...}}"));
    };
    dataset.retain(|key, value| !(value.is_null() && DATASET.contains(&key.as_str())));
    for key in ["fields", "questions", "vectors"] {
        for part in dataset.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            drop_nulls(part);
            for label in part.get_mut("labels").and_then(Value::as_array_mut).into_iter().flatten() {
                drop_nulls(label);
                if !label.is_string() && !label.get("value").is_some_and(Value::is_string) {
                    let found = format!("{} without a string 'value'", shape(label));
                    return Err(ReadError::new(Kind::BadHeader, found, "a label")
                        .with_hint("a label is \"tax\" or {\"value\": \"tax\", ...}"));
                }
            }
        }
    }
    let mut spec: DatasetSpec = typed(Value::Object(dataset), "dataset")?;
    spec.header_extra = line;
    Ok(spec)
}

/// The record of a line.
pub(super) fn record(line: Map<String, Value>) -> Result<RecordSpec, ReadError> {
    let mut record = RecordSpec::default();
    let columns = (!line.contains_key("fields")).then(|| names(line.keys().map(String::as_str)));
    if let Some(columns) = columns {
        return Err(no_fields(&columns));
    }
    for (key, value) in line {
        match (key.as_str(), value) {
            (
                "id" | "fields" | "metadata" | "vectors" | "suggestions" | "responses" | "notes" | "adjudications",
                Value::Null,
            ) => {}
            ("id", value) => record.id = id(value)?,
            ("fields", value) => record.fields = texts(value)?,
            ("metadata", value) => record.metadata = object(value, "metadata")?,
            ("vectors", value) => {
                for (name, vector) in object(value, "vectors")? {
                    if !vector.is_null() {
                        let numbers = self::vector(vector, &name)?;
                        record.vectors.insert(name, numbers);
                    }
                }
            }
            ("suggestions", value) => {
                record.suggestions = list::<SuggestionSpec>(value, "suggestions")?;
            }
            ("responses", value) => record.responses = responses(value)?,
            ("notes", value) => record.notes = list::<NoteSpec>(value, "notes")?,
            ("adjudications", value) => record.adjudications = list::<AdjudicationSpec>(value, "adjudications")?,
            (_, value) => {
                record.extra.insert(key, value);
            }
        }
    }
    if record.fields.is_empty() {
        return Err(no_fields("no text"));
    }
    Ok(record)
}

/// An id: a string, or an integer in its decimal text; null is none.
pub(super) fn id(value: Value) -> Result<Option<String>, ReadError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) if number.is_i64() || number.is_u64() => Ok(Some(number.to_string())),
        other => Err(ReadError::new(Kind::BadId, shape(&other), "an id, a string or an integer,")
            .with_hint("write the id as a string")),
    }
}

fn no_fields(found: &str) -> ReadError {
    ReadError::new(Kind::MissingText, found, "the object 'fields' with a text")
        .with_hint("a native record is {\"id\": \"r1\", \"fields\": {\"text\": \"...\"}}; for other columns use --text")
}

fn object(value: Value, name: &str) -> Result<Map<String, Value>, ReadError> {
    match value {
        Value::Object(map) => Ok(map),
        other => Err(wrong(&other, &format!("the object '{name}'"))),
    }
}

fn wrong(found: &Value, expected: &str) -> ReadError {
    ReadError::new(Kind::WrongShape, shape(found), expected)
        .with_hint("compare it with a line of 'labelry export', or leave the key out")
}

fn texts(value: Value) -> Result<Map<String, Value>, ReadError> {
    let mut fields = object(value, "fields")?;
    fields.retain(|_, value| !value.is_null());
    for (name, value) in &fields {
        if !value.is_string() {
            return Err(wrong(value, &format!("the text {}", quoted(name))));
        }
    }
    Ok(fields)
}

pub(super) fn vector(value: Value, name: &str) -> Result<Vec<f32>, ReadError> {
    let Value::Array(list) = value else {
        return Err(bad_vector(shape(&value), name));
    };
    list.iter()
        .enumerate()
        .map(|(at, value)| {
            // A number beyond f32 becomes infinite and is refused like any other non-number.
            #[expect(clippy::cast_possible_truncation, reason = "vectors are f32")]
            let number = value.as_f64().map(|number| number as f32);
            number
                .filter(|number| number.is_finite())
                .ok_or_else(|| bad_vector(&format!("{} at place {}", said(value), at + 1), name))
        })
        .collect()
}

fn said(value: &Value) -> String {
    match value {
        Value::Number(number) => format!("{number} (beyond f32)"),
        other => shape(other).into(),
    }
}

fn bad_vector(found: &str, name: &str) -> ReadError {
    ReadError::new(Kind::BadVector, found, format!("a number of the vector {}", quoted(name)))
        .with_hint("a vector is a list of finite numbers")
}

fn responses(value: Value) -> Result<Vec<ResponseSpec>, ReadError> {
    let responses: Vec<ResponseSpec> = list(value, "responses")?;
    for response in &responses {
        if Status::parse(&response.status).is_none() {
            return Err(unknown_status(&response.status));
        }
        for (question, answer) in response.answers.iter().chain(response.working.iter().flatten()) {
            if answer.is_boolean() {
                return Err(wrong(answer, &format!("the answer to {}", quoted(question))));
            }
        }
    }
    Ok(responses)
}

fn list<T: DeserializeOwned>(value: Value, name: &str) -> Result<Vec<T>, ReadError> {
    let Value::Array(items) = value else {
        return Err(wrong(&value, &format!("the list '{name}'")));
    };
    items
        .into_iter()
        .enumerate()
        .map(|(at, mut item)| {
            let place = format!("{name} item {}", at + 1);
            drop_nulls(&mut item);
            for key in ["answers", "working"] {
                if let Some(answers) = item.get_mut(key) {
                    drop_nulls(answers);
                }
            }
            typed(item, &place)
        })
        .collect()
}

/// Absent and null are the same.
fn drop_nulls(value: &mut Value) {
    if let Value::Object(map) = value {
        map.retain(|_, value| !value.is_null());
    }
}

fn typed<T: DeserializeOwned>(value: Value, place: &str) -> Result<T, ReadError> {
    if !value.is_object() {
        return Err(wrong(&value, &format!("an object in {place}")));
    }
    serde_json::from_value(value).map_err(|error| {
        let found = format!("{} in {place}", harmless(&error.to_string()));
        ReadError::new(Kind::WrongShape, found, "").with_hint("compare it with a line of 'labelry export'")
    })
}
