//! Argilla 1, rows of text classification: the older format, one annotation a record.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::argilla::{self, short, wrong};
use super::error::{ReadError, quoted, shape};
use super::gather::Gathered;
use super::tool::Tool;
use super::{Item, Options, Summary, native};
use crate::model::QuestionKind;
use crate::model::transfer::{DatasetSpec, FieldSpec, RecordSpec, ResponseSpec, SuggestionSpec};

/// From here on a score says that a label applies, where several may.
const APPLIES: f64 = 0.5;

/// Whether a row is one of these.
pub(super) fn looks_so(row: &Map<String, Value>) -> bool {
    ["annotation", "prediction", "status"].iter().all(|key| row.contains_key(*key))
        && (row.contains_key("inputs") || row.contains_key("multi_label"))
}

/// Reads the rows.
pub(super) struct Reader {
    options: Options,
    gathered: Gathered,
    fields: Vec<String>,
    nobody: u64,
    predicted: bool,
    assumed: Vec<String>,
}

impl Reader {
    pub fn new(options: &Options) -> Self {
        Self {
            options: options.clone(),
            gathered: Gathered::default(),
            fields: Vec::new(),
            nobody: 0,
            predicted: false,
            assumed: Vec::new(),
        }
    }

    fn suggestion(&self, prediction: &Value, agent: Option<String>) -> Result<Option<SuggestionSpec>, ReadError> {
        let name = self.options.question_name();
        let mut scores: Vec<(String, Value)> = Vec::new();
        for pair in pairs(prediction)? {
            scores.push(pair);
        }
        if scores.is_empty() {
            return Ok(None);
        }
        let number = |score: &Value| score.as_f64().unwrap_or_default();
        let value = if self.gathered.kind(name) == Some(QuestionKind::MultiLabel) {
            scores.iter().filter(|(_, score)| number(score) >= APPLIES).map(|(label, _)| label.clone()).collect()
        } else {
            let best = scores.iter().reduce(|best, next| if number(&next.1) > number(&best.1) { next } else { best });
            best.map_or(Value::Null, |(label, _)| Value::from(label.as_str()))
        };
        Ok(Some(SuggestionSpec {
            question: name.to_owned(),
            value,
            scores: Some(Value::Object(scores.into_iter().collect())),
            agent: agent.unwrap_or_default(),
            ..SuggestionSpec::default()
        }))
    }

    fn response(&mut self, row: &mut Map<String, Value>) -> Result<Option<ResponseSpec>, ReadError> {
        let annotation = row.shift_remove("annotation").unwrap_or_default();
        let agent = text(row.shift_remove("annotation_agent"));
        let status = match text(row.shift_remove("status")).as_deref() {
            Some("Validated" | "Edited") => "submitted",
            Some("Discarded") => "discarded",
            None | Some("Default") if annotation.is_null() => return Ok(None),
            None | Some("Default") => "draft",
            Some(other) => {
                return Err(wrong(&format!("the status {}", quoted(other)), "Default, Validated, Edited or Discarded"));
            }
        };
        self.nobody += u64::from(agent.is_none());
        let mut response = ResponseSpec {
            user: agent.unwrap_or_else(|| argilla::NOBODY.to_owned()),
            status: status.to_owned(),
            ..ResponseSpec::default()
        };
        let multi = self.gathered.kind(self.options.question_name()) == Some(QuestionKind::MultiLabel);
        let answer = match annotation {
            Value::String(label) if multi => json!([label]),
            other => other,
        };
        if !answer.is_null() {
            response.answers.insert(self.options.question_name().to_owned(), answer);
        }
        Ok(Some(response))
    }

    fn record(&mut self, mut row: Map<String, Value>) -> Result<RecordSpec, ReadError> {
        let mut record = RecordSpec {
            id: native::id(row.shift_remove("id").unwrap_or_default())?,
            fields: fields(&row)?,
            ..RecordSpec::default()
        };
        let response = self.response(&mut row)?;
        record.responses.extend(response);
        let agent = text(row.shift_remove("prediction_agent"));
        let prediction = row.shift_remove("prediction").unwrap_or_default();
        record.suggestions.extend(self.suggestion(&prediction, agent)?);
        for key in ["text", "inputs", "multi_label", "metrics", "search_keywords"] {
            row.shift_remove(key);
        }
        let mut kept = Map::new();
        for (key, value) in row {
            match (key.as_str(), value) {
                (_, Value::Null) => {}
                ("metadata", Value::Object(map)) => record.metadata = map,
                ("vectors", Value::Object(vectors)) => {
                    for (name, vector) in vectors.into_iter().filter(|(_, vector)| !vector.is_null()) {
                        record.vectors.insert(name.clone(), native::vector(vector, &name)?);
                    }
                }
                (_, value) => {
                    kept.insert(key, value);
                }
            }
        }
        argilla::aside(&mut record.metadata, "argilla", kept);
        Ok(record)
    }
}

impl Tool for Reader {
    fn learn(&mut self, _: &Path, row: &Map<String, Value>) -> Result<(), ReadError> {
        let name = self.options.question_name().to_owned();
        let multi = row.get("multi_label") == Some(&Value::Bool(true));
        self.gathered.of_kind(&name, if multi { QuestionKind::MultiLabel } else { QuestionKind::Label });
        self.gathered.see(&name, row.get("annotation").unwrap_or(&Value::Null));
        for (label, _) in pairs(row.get("prediction").unwrap_or(&Value::Null))? {
            self.predicted |= multi;
            self.gathered.offer(&name, &label);
        }
        for field in fields(row)?.keys() {
            if !self.fields.contains(field) {
                self.fields.push(field.clone());
            }
        }
        Ok(())
    }

    fn dataset(&mut self) -> Result<DatasetSpec, ReadError> {
        let field = |name: &String| FieldSpec { name: name.clone(), ..FieldSpec::default() };
        Ok(DatasetSpec {
            fields: self.fields.iter().map(field).collect(),
            questions: self.gathered.finish(&self.options),
            ..DatasetSpec::default()
        })
    }

    fn items(&mut self, _: &Path, row: Map<String, Value>, _: &mut Summary) -> Result<Vec<Item>, ReadError> {
        Ok(vec![Item::Record(Box::new(self.record(row)?))])
    }

    fn assumed(&self) -> Vec<String> {
        let mut all = self.gathered.assumed().to_vec();
        all.extend_from_slice(&self.assumed);
        if self.predicted {
            all.push(format!(
                "a prediction suggests the labels with a score of {APPLIES} or more; all scores are kept"
            ));
        }
        if self.nobody > 0 {
            let (count, user) = (self.nobody, argilla::NOBODY);
            all.push(format!("{count} annotated or discarded records name no annotator: they are '{user}'s"));
        }
        all
    }
}

fn text(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// The texts: of `inputs`, else `text`.
fn fields(row: &Map<String, Value>) -> Result<Map<String, Value>, ReadError> {
    let mut fields = match row.get("inputs") {
        Some(Value::Object(inputs)) => inputs.clone(),
        Some(Value::String(text)) => Map::from_iter([(String::from("text"), Value::from(text.as_str()))]),
        _ => Map::new(),
    };
    if let Some(text) = row.get("text").filter(|text| fields.is_empty() && !text.is_null()) {
        fields.insert(String::from("text"), text.clone());
    }
    fields.retain(|_, value| !value.is_null());
    if let Some((name, other)) = fields.iter().find(|(_, value)| !value.is_string()) {
        return Err(wrong(shape(other), &format!("the text {}", quoted(name))));
    }
    if fields.is_empty() {
        return Err(wrong("a record without a text", "'inputs' or 'text'"));
    }
    Ok(fields)
}

/// Labels with their scores: pairs, or objects.
fn pairs(prediction: &Value) -> Result<Vec<(String, Value)>, ReadError> {
    let one = |pair: &Value| {
        let label = pair.get(0).or_else(|| pair.get("label")).and_then(Value::as_str);
        let score = pair.get(1).or_else(|| pair.get("score"));
        label.map(str::to_owned).zip(score.map(short)).ok_or_else(|| wrong(shape(pair), "a label with its score"))
    };
    prediction.as_array().into_iter().flatten().map(one).collect()
}
