//! doccano's JSONL: texts with the labels of one member; one file for each member, unless members work on the same
//! annotations.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::error::{Kind, ReadError, shape};
use super::gather::Gathered;
use super::tool::Tool;
use super::{Item, Options, Summary, plain};
use crate::model::QuestionKind;
use crate::model::transfer::{DatasetSpec, NoteSpec, ResponseSpec};

const LABELS: [&str; 2] = ["label", "labels"];

/// Whether a row is one of these.
pub(super) fn looks_so(row: &Map<String, Value>) -> bool {
    let spans = LABELS.iter().filter_map(|key| row.get(*key)?.as_array()?.first()).any(is_span);
    let list = LABELS.iter().any(|key| row.get(*key).is_some_and(Value::is_array));
    let entities = row.get("entities").is_some_and(Value::is_array);
    row.contains_key("text") && (spans || entities || (list && row.contains_key("Comments")))
}

/// `[0, 2, "ORG"]`.
fn is_span(value: &Value) -> bool {
    matches!(value.as_array().map(Vec::as_slice), Some([Value::Number(_), Value::Number(_), Value::String(_)]))
}

/// Reads the rows.
pub(super) struct Reader {
    options: Options,
    gathered: Gathered,
    columns: plain::Columns,
    spans: bool,
    empty: u64,
    members: Vec<String>,
}

impl Reader {
    pub fn new(options: &Options) -> Self {
        Self {
            options: options.clone(),
            gathered: Gathered::default(),
            columns: plain::Columns::default(),
            spans: false,
            empty: 0,
            members: Vec::new(),
        }
    }

    fn name(&self) -> String {
        self.options.question_name().to_owned()
    }

    fn record(
        &mut self,
        file: &Path,
        mut row: Map<String, Value>,
        summary: &mut Summary,
    ) -> Result<Vec<Item>, ReadError> {
        let labels = take(&mut row)?;
        let comments = match row.shift_remove("Comments").or_else(|| row.shift_remove("comments")) {
            Some(Value::Array(list)) => list,
            _ => Vec::new(),
        };
        let relations = row.shift_remove("relations").filter(|relations| *relations != json!([]));
        let mut record = self.columns.record(row, &self.options, summary)?;
        let user = member(file);
        let empty = labels.as_array().is_some_and(Vec::is_empty);
        self.empty += u64::from(empty);
        if !empty || self.options.empty_is_none {
            let mut response =
                ResponseSpec { user: user.clone(), status: String::from("submitted"), ..ResponseSpec::default() };
            response.answers.insert(self.name(), labels);
            if let Some(relations) = relations {
                response.extra.insert(String::from("doccano"), json!({"relations": relations}));
            }
            record.responses.push(response);
        }
        let words: Vec<&str> =
            comments.iter().filter_map(|one| one.as_str().or_else(|| one.get("text")?.as_str())).collect();
        if !words.is_empty() {
            let note = NoteSpec { user: user.clone(), note: Some(words.join("\n")), ..NoteSpec::default() };
            record.notes.push(note);
        }
        if !self.members.contains(&user) {
            self.members.push(user);
        }
        Ok(vec![Item::Record(Box::new(record))])
    }
}

impl Tool for Reader {
    fn learn(&mut self, _: &Path, row: &Map<String, Value>) -> Result<(), ReadError> {
        let labels = take(&mut row.clone())?;
        let name = self.name();
        self.spans |= labels.get(0).is_some_and(|span| span.get("start").is_some());
        self.gathered.there(&name);
        if labels.as_array().is_some_and(|labels| !labels.is_empty()) {
            self.gathered.see(&name, &labels);
        }
        Ok(())
    }

    fn dataset(&mut self) -> Result<DatasetSpec, ReadError> {
        let name = self.name();
        self.gathered.of_kind(&name, if self.spans { QuestionKind::Span } else { QuestionKind::MultiLabel });
        Ok(DatasetSpec { questions: self.gathered.finish(&self.options), ..DatasetSpec::default() })
    }

    fn items(&mut self, file: &Path, row: Map<String, Value>, summary: &mut Summary) -> Result<Vec<Item>, ReadError> {
        self.record(file, row, summary)
    }

    fn assumed(&self) -> Vec<String> {
        let mut all = self.gathered.assumed().to_vec();
        all.push(format!(
            "annotators are named as their files: {} (--map-users file.csv names them otherwise)",
            self.members.join(", ")
        ));
        match self.empty {
            0 => {}
            count if self.options.empty_is_none => {
                all.push(format!("{count} records without labels say \"none of these\", as --empty says"));
            }
            count => all.push(format!(
                "{count} records without labels are taken as not seen yet: doccano writes \"none of these\" in the same \
                 way (--empty none)"
            )),
        }
        all
    }
}

/// The member that a file is of.
fn member(file: &Path) -> String {
    let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    if stem.is_empty() || stem == "-" { super::argilla::NOBODY.to_owned() } else { stem.to_owned() }
}

/// The labels of a row, spans as a list of objects.
fn take(row: &mut Map<String, Value>) -> Result<Value, ReadError> {
    let wrong = |value: &Value| {
        ReadError::new(Kind::WrongShape, shape(value), "a list of labels or of [start, end, label]")
            .with_hint("export the project from doccano as JSONL")
    };
    let found = ["label", "labels", "entities"].iter().find_map(|key| row.shift_remove(*key)).unwrap_or(json!([]));
    let list = match &found {
        Value::Array(list) => list,
        Value::Null => return Ok(json!([])),
        Value::String(label) => return Ok(json!([label])),
        other => return Err(wrong(other)),
    };
    let one = |value: &Value| match value {
        Value::String(_) => Ok(value.clone()),
        span if is_span(span) => Ok(json!({"start": span[0], "end": span[1], "label": span[2]})),
        Value::Object(span) if span.contains_key("start_offset") => Ok(json!({
            "start": span.get("start_offset"), "end": span.get("end_offset"), "label": span.get("label")
        })),
        other => Err(wrong(other)),
    };
    list.iter().map(one).collect()
}
