//! Argilla 1, `format_as("datasets")`: a column for each field, and for each question its responses, its suggestion and
//! what is known of that. The questions themselves are described in `argilla.yaml` only.

use std::path::Path;

use serde_json::{Map, Value};

use super::argilla::{self, Responses, columns, suggestion, wrong};
use super::error::{ReadError, harmless, quoted, shape};
use super::gather::Gathered;
use super::tool::Tool;
use super::{Item, Options, Summary, argilla_settings, json, native};
use crate::model::QuestionKind;
use crate::model::transfer::{DatasetSpec, FieldSpec, RecordSpec, VectorSpec};

const SUGGESTION: &str = "-suggestion";
const ABOUT: &str = "-suggestion-metadata";

/// Whether a row is one of these.
pub(super) fn looks_so(row: &Map<String, Value>) -> bool {
    row.keys().any(|key| key.strip_suffix(SUGGESTION).is_some_and(|question| row.contains_key(question)))
}

/// Reads the rows.
pub(super) struct Reader {
    options: Options,
    gathered: Gathered,
    settings: Option<DatasetSpec>,
    fields: Vec<String>,
    vectors: Vec<VectorSpec>,
    assumed: Vec<String>,
}

impl Reader {
    pub fn new(file: &Path, options: &Options) -> Result<Self, ReadError> {
        let found = argilla_settings::find(file, options)?;
        let (settings, assumed) = if let Some((spec, path)) = found {
            let path = harmless(&path.to_string_lossy());
            (Some(spec), format!("questions, labels and guidelines are those of {path}"))
        } else {
            let words = "no argilla.yaml lies beside it: questions and labels are told by the answers, so labels \
                             that nobody used are not there";
            (None, String::from(words))
        };
        let described = settings.as_ref().map(|spec| spec.questions.clone()).unwrap_or_default();
        Ok(Self {
            options: options.clone(),
            gathered: Gathered::described(described),
            fields: settings.iter().flat_map(|spec| &spec.fields).map(|field| field.name.clone()).collect(),
            vectors: Vec::new(),
            assumed: vec![assumed],
            settings,
        })
    }

    fn question(&mut self, row: &Map<String, Value>, name: &str) -> Result<(), ReadError> {
        self.gathered.there(name);
        let given = responses(row.get(name).unwrap_or(&Value::Null))?;
        let values = given.into_iter().map(|response| response.get("value").cloned().unwrap_or_default());
        let suggested = row.get(&format!("{name}{SUGGESTION}")).cloned();
        for value in values.chain(suggested) {
            if value.get("rank").is_some() {
                self.gathered.of_kind(name, QuestionKind::Ranking);
            }
            if let Some(answer) = argilla::answer(value)? {
                self.gathered.see(name, &answer);
            }
        }
        Ok(())
    }

    fn record(&self, mut row: Map<String, Value>) -> Result<RecordSpec, ReadError> {
        let mut record = RecordSpec {
            id: native::id(row.shift_remove("external_id").unwrap_or_default())?,
            metadata: metadata(row.shift_remove("metadata").unwrap_or_default())?,
            ..RecordSpec::default()
        };
        if let Some(Value::Object(vectors)) = row.shift_remove("vectors") {
            for (name, vector) in vectors.into_iter().filter(|(_, vector)| !vector.is_null()) {
                record.vectors.insert(name.clone(), native::vector(vector, &name)?);
            }
        }
        let questions: Vec<String> = questions(&row).map(str::to_owned).collect();
        let mut given = Responses::default();
        for name in questions {
            for response in responses(&row.shift_remove(&name).unwrap_or_default())? {
                let status = response.get("status").and_then(Value::as_str);
                let value = response.get("value").cloned().unwrap_or_default();
                given.add(&name, response.get("user_id"), status, value)?;
            }
            let value = row.shift_remove(&format!("{name}{SUGGESTION}")).unwrap_or_default();
            let about = row.shift_remove(&format!("{name}{ABOUT}")).unwrap_or_default();
            if let Some(mut suggested) = suggestion(&name, value, about.get("score"), about.get("agent"))? {
                if let Some(kind) = about.get("type").filter(|kind| !kind.is_null()) {
                    suggested.extra.insert(String::from("type"), kind.clone());
                }
                record.suggestions.push(suggested);
            }
        }
        record.responses = given.all;
        let mut kept = Map::new();
        for (name, value) in row {
            match value {
                Value::Null => {}
                value if self.fields.contains(&name) => {
                    if !value.is_string() {
                        return Err(wrong(shape(&value), &format!("the text {}", quoted(&name))));
                    }
                    record.fields.insert(name, value);
                }
                value => {
                    kept.insert(name, value);
                }
            }
        }
        argilla::aside(&mut record.metadata, "argilla", kept);
        if record.fields.is_empty() {
            return Err(wrong("a record without a text", "one"));
        }
        Ok(record)
    }
}

impl Tool for Reader {
    fn learn(&mut self, _: &Path, row: &Map<String, Value>) -> Result<(), ReadError> {
        let names: Vec<String> = questions(row).map(str::to_owned).collect();
        for name in &names {
            self.question(row, name)?;
        }
        let known = |key: &str| {
            let bare = key.strip_suffix(ABOUT).or_else(|| key.strip_suffix(SUGGESTION)).unwrap_or(key);
            names.iter().any(|name| name == bare) || ["external_id", "metadata", "vectors", "id"].contains(&key)
        };
        for (key, value) in row.iter().filter(|(key, _)| !known(key)) {
            if self.settings.is_none() && (value.is_string() || value.is_null()) && !self.fields.contains(key) {
                self.fields.push(key.clone());
            }
        }
        for (name, vector) in row.get("vectors").and_then(Value::as_object).into_iter().flatten() {
            if let Some(list) = vector.as_array().filter(|_| self.vectors.iter().all(|known| known.name != *name)) {
                let dimensions = list.len();
                self.vectors.push(VectorSpec { name: name.clone(), dimensions, ..VectorSpec::default() });
            }
        }
        Ok(())
    }

    fn dataset(&mut self) -> Result<DatasetSpec, ReadError> {
        let mut spec = self.settings.clone().unwrap_or_default();
        spec.questions = self.gathered.finish(&self.options);
        if spec.fields.is_empty() {
            let field = |name: &String| FieldSpec { name: name.clone(), ..FieldSpec::default() };
            spec.fields = self.fields.iter().map(field).collect();
        }
        if spec.vectors.is_empty() {
            spec.vectors.clone_from(&self.vectors);
        }
        self.assumed.extend_from_slice(self.gathered.assumed());
        Ok(spec)
    }

    fn items(&mut self, _: &Path, row: Map<String, Value>, _: &mut Summary) -> Result<Vec<Item>, ReadError> {
        Ok(vec![Item::Record(Box::new(self.record(row)?))])
    }

    fn assumed(&self) -> Vec<String> {
        self.assumed.clone()
    }
}

fn questions(row: &Map<String, Value>) -> impl Iterator<Item = &str> {
    row.keys().filter_map(|key| key.strip_suffix(SUGGESTION)).filter(|name| row.contains_key(*name))
}

/// Responses to a question: a list, or in older files a dict of lists.
fn responses(value: &Value) -> Result<Vec<Value>, ReadError> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(list) => Ok(list.clone()),
        Value::Object(map) if map.contains_key("status") => columns(map, &["user_id", "value", "status"]),
        Value::Object(map) => columns(map, &["user_id", "value"]),
        other => Err(wrong(shape(other), "a list of responses")),
    }
}

/// Metadata are a JSON string.
fn metadata(value: Value) -> Result<Map<String, Value>, ReadError> {
    match value {
        Value::Null => Ok(Map::new()),
        Value::Object(map) => Ok(map),
        Value::String(text) => match json::value(&text)? {
            Value::Object(map) => Ok(map),
            Value::Null => Ok(Map::new()),
            other => Err(wrong(shape(&other), "metadata as JSON in a string")),
        },
        other => Err(wrong(shape(&other), "metadata as JSON in a string")),
    }
}
