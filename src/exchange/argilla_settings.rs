//! What Argilla says of a dataset outside its records: `argilla.yaml` of version 1, `settings.json` of version 2.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::argilla::wrong;
use super::error::{Kind, ReadError, harmless};
use super::source::open;
use super::{Options, json, lines};
use crate::model::transfer::{DatasetSpec, FieldSpec, LabelFull, LabelSpec, QuestionSpec, VectorSpec};

/// Settings are small; more is something else.
const MOST: u64 = 10_000_000;

/// The settings of a file: those the person names, else those that lie beside it; with the file they came from.
pub(super) fn find(file: &Path, options: &Options) -> Result<Option<(DatasetSpec, PathBuf)>, ReadError> {
    if let Some(path) = &options.settings {
        return Ok(Some((read(path)?, path.clone())));
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    let there = ["argilla.yaml", "argilla.yml", "settings.json", ".argilla/settings.json"];
    let Some(path) = there.iter().map(|name| folder.join(name)).find(|path| path.is_file()) else { return Ok(None) };
    Ok(Some((read(&path)?, path)))
}

fn read(path: &Path) -> Result<DatasetSpec, ReadError> {
    let place = |error: ReadError| error.placed(path, None);
    let (file, _) = open(path)?;
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes).map_err(|error| ReadError::io(path, &error))?;
    let text = lines::head(&bytes).and_then(|bytes| lines::text_of(bytes, "the file")).map_err(place)?;
    let settings = if text.trim_start().starts_with('{') {
        json::object(text).map_err(place)?
    } else {
        // As Python writes it: `y`, `on` and `no` without quotes are strings.
        let strict = serde_saphyr::options! { strict_booleans: true };
        serde_saphyr::from_str_with_options::<Map<String, Value>>(text, strict).map_err(|error| {
            let error = ReadError::new(Kind::WrongShape, format!("no YAML ({})", harmless(&error.to_string())), "");
            place(error.with_hint("give the argilla.yaml or settings.json that Argilla wrote"))
        })?
    };
    dataset(&settings).map_err(place)
}

fn dataset(settings: &Map<String, Value>) -> Result<DatasetSpec, ReadError> {
    let objects = |key: &str| settings.get(key).and_then(Value::as_array).into_iter().flatten();
    let mut spec = DatasetSpec {
        guidelines: text(settings.get("guidelines")),
        min_submitted: settings
            .get("distribution")
            .and_then(|distribution| distribution.get("min_submitted"))
            .and_then(Value::as_u64)
            .map(|count| count as u32),
        fields: objects("fields").map(field).collect::<Result<_, _>>()?,
        questions: objects("questions").map(question).collect::<Result<_, _>>()?,
        ..DatasetSpec::default()
    };
    if spec.fields.is_empty() || spec.questions.is_empty() {
        return Err(wrong("settings without fields or questions", "those of an Argilla dataset"));
    }
    // What records may say in their metadata has no word here.
    let known = ["metadata", "metadata_properties"].iter().filter_map(|key| settings.get_key_value(*key));
    let kept: Map<String, Value> = known.map(|(key, value)| (key.clone(), value.clone())).collect();
    if !kept.is_empty() {
        spec.extra.insert(String::from("argilla"), Value::Object(kept));
    }
    for vector in objects("vectors").chain(objects("vectors_settings")) {
        let dimensions = vector.get("dimensions").and_then(Value::as_u64).unwrap_or_default() as usize;
        spec.vectors.push(VectorSpec { name: name(vector)?, dimensions, ..VectorSpec::default() });
    }
    Ok(spec)
}

fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn name(value: &Value) -> Result<String, ReadError> {
    text(value.get("name")).ok_or_else(|| wrong("something without a name", "a field, question or vector"))
}

fn field(value: &Value) -> Result<FieldSpec, ReadError> {
    let markdown = [value.get("use_markdown"), value.pointer("/settings/use_markdown")];
    let markdown = markdown.into_iter().flatten().any(|markdown| *markdown == true);
    let kind = Some(String::from(if markdown { "markdown" } else { "text" }));
    Ok(FieldSpec { name: name(value)?, title: text(value.get("title")), kind, ..FieldSpec::default() })
}

fn question(value: &Value) -> Result<QuestionSpec, ReadError> {
    let inner = value.get("settings").unwrap_or(value);
    let said = text(inner.get("type")).or_else(|| text(value.get("type"))).unwrap_or_default();
    let kind = match said.as_str() {
        "multi_label_selection" => "multi_label",
        "label_selection" => "label",
        "rating" | "text" | "ranking" | "span" => &said,
        other => return Err(wrong(&format!("a question of the type '{}'", harmless(other)), "one of Argilla's six")),
    };
    let options = ["options", "labels", "values"].iter().find_map(|key| inner.get(*key)).unwrap_or(&Value::Null);
    let mut spec = QuestionSpec {
        name: name(value)?,
        title: text(value.get("title")),
        kind: kind.to_owned(),
        required: value.get("required").and_then(Value::as_bool),
        ..QuestionSpec::default()
    };
    if kind == "rating" {
        let numbers = options.as_array().into_iter().flatten();
        let numbers = numbers.filter_map(|option| option.get("value").unwrap_or(option).as_i64());
        spec.min = numbers.clone().min();
        spec.max = numbers.max();
    } else {
        spec.labels = labels(options)?;
    }
    for key in ["description", "field", "allow_overlapping"] {
        if let Some(kept) = inner.get(key).or_else(|| value.get(key)).filter(|kept| !kept.is_null()) {
            spec.extra.insert(key.to_owned(), kept.clone());
        }
    }
    Ok(spec)
}

/// Labels: a list of values, a dict from values to titles, or a list of objects.
fn labels(options: &Value) -> Result<Vec<LabelSpec>, ReadError> {
    let full = |value: &str, title: Option<String>, description: Option<String>| {
        LabelSpec::Full(LabelFull { value: value.to_owned(), title, description, ..LabelFull::default() })
    };
    match options {
        Value::Object(titles) => Ok(titles.iter().map(|(value, title)| full(value, text(Some(title)), None)).collect()),
        Value::Array(list) => list
            .iter()
            .map(|option| match option {
                Value::String(value) => Ok(LabelSpec::Value(value.clone())),
                option => {
                    let value = option.get("value").and_then(Value::as_str);
                    let value = value.ok_or_else(|| wrong("a label without a value", "a label"))?;
                    Ok(full(value, text(option.get("text")), text(option.get("description"))))
                }
            })
            .collect(),
        _ => Ok(Vec::new()),
    }
}
