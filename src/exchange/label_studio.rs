//! Label Studio's JSON: a list of tasks with their annotations and predictions. What is asked stands in its labelling
//! configuration; without one, questions are told by their answers. Rows of JSON-MIN are made tasks first.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::argilla::{aside, short};
use super::error::{Kind, ReadError, quoted, shape};
use super::gather::Gathered;
use super::label_studio_config::{self as config, Config, LEVELS};
use super::label_studio_min as flat;
use super::tool::Tool;
use super::{Item, Options, Summary, native, plain};
use crate::model::QuestionKind;
use crate::model::transfer::{DatasetSpec, FieldSpec, RecordSpec, ResponseSpec, SuggestionSpec};

const TOOL: &str = "label_studio";

/// Whether a row is one of these.
pub(super) fn looks_so(row: &Map<String, Value>) -> bool {
    let lists = ["annotations", "predictions", "completions"];
    row.get("data").is_some_and(Value::is_object) && lists.iter().any(|key| row.contains_key(*key))
}

/// The parts of a result that answer one question.
#[derive(Default)]
struct Answered {
    answers: Map<String, Value>,
    /// Results that are not understood.
    kept: Vec<Value>,
}

/// Reads the tasks.
pub(super) struct Reader {
    options: Options,
    gathered: Gathered,
    config: Option<Config>,
    /// Texts that the configuration shows, as far as all tasks have them.
    fields: Vec<String>,
    columns: plain::Columns,
    /// The most choices that one annotation ticks, by question.
    most: BTreeMap<String, usize>,
    /// Questions with labels, and whether several can be ticked.
    choices: Vec<(String, bool)>,
    /// Questions of one choice by the configuration, and of several by their answers.
    several: Vec<String>,
    passes: flat::Passes,
    /// Annotations that came as rows of their own.
    flat: u64,
    external: u64,
    own: u64,
    none: u64,
    partial: u64,
    unknown: BTreeMap<String, u64>,
}

impl Reader {
    pub fn new(file: &Path, options: &Options) -> Result<Self, ReadError> {
        let config = config::find(file, options)?;
        Ok(Self {
            options: options.clone(),
            gathered: config
                .as_ref()
                .map_or_else(Gathered::default, |config| Gathered::begun(config.questions.clone())),
            fields: config.as_ref().map(Config::fields).unwrap_or_default(),
            config,
            columns: plain::Columns::default(),
            most: BTreeMap::new(),
            choices: Vec::new(),
            several: Vec::new(),
            passes: flat::Passes::default(),
            flat: 0,
            external: 0,
            own: 0,
            none: 0,
            partial: 0,
            unknown: BTreeMap::new(),
        })
    }

    /// The answers of a result; several regions of one question are joined.
    fn answers(&mut self, result: &Value, count: bool) -> Answered {
        let mut out = Answered::default();
        for region in result.as_array().into_iter().flatten() {
            let kind = region.get("type").and_then(Value::as_str).unwrap_or_default();
            let name = region.get("from_name").and_then(Value::as_str).unwrap_or_default();
            let value = region.get("value").unwrap_or(&Value::Null);
            let read = if name.is_empty() { None } else { read(kind, value) };
            let Some((question, answer)) = read else {
                if count {
                    *self.unknown.entry(kind.to_owned()).or_default() += 1;
                }
                out.kept.push(region.clone());
                continue;
            };
            self.gathered.of_kind(name, question);
            if kind == "taxonomy" {
                self.gathered.keep(name, TOOL, json!({"type": "taxonomy"}));
            }
            match (out.answers.get_mut(name), answer) {
                (Some(Value::Array(list)), Value::Array(more)) => list.extend(more),
                (Some(Value::String(text)), Value::String(more)) => *text = format!("{text}\n{more}"),
                (_, answer) => {
                    out.answers.insert(name.to_owned(), answer);
                }
            }
        }
        out
    }

    /// A question of one choice has one label, and none where nothing is ticked.
    fn settle(&self, answers: &mut Map<String, Value>) {
        let single = |name: &str| self.gathered.kind(name) == Some(QuestionKind::Label);
        answers.retain(|name, answer| *answer != json!([]) || !single(name));
        for (name, answer) in answers {
            if let Value::Array(list) = answer
                && list.len() == 1
                && single(name)
            {
                *answer = list.remove(0);
            }
        }
    }

    fn response(&mut self, mut annotation: Value, draft: bool) -> Result<ResponseSpec, ReadError> {
        let Some(whole) = annotation.as_object_mut() else { return Err(wrong(&annotation, "an annotation")) };
        let mut part = |key: &str| whole.shift_remove(key).unwrap_or_default();
        let cancelled = part("was_cancelled") == true;
        let result = part("result");
        let user = user(&part("completed_by")).or_else(|| user(&part("user")));
        let (updated, created) = (part("updated_at"), part("created_at"));
        let at = [updated, created].iter().find_map(|at| at.as_str().map(str::to_owned));
        let mut answered = self.answers(&result, true);
        self.settle(&mut answered.answers);
        let submitted = !cancelled && !draft;
        if submitted && result.as_array().is_none_or(Vec::is_empty) {
            self.none += 1;
            for (name, _) in self.choices.iter().filter(|(_, several)| *several) {
                answered.answers.insert(name.clone(), json!([]));
            }
        } else if submitted && self.choices.iter().any(|(name, _)| !answered.answers.contains_key(name)) {
            self.partial += 1;
        }
        let mut response = ResponseSpec {
            user: user.unwrap_or_else(|| super::argilla::NOBODY.to_owned()),
            status: String::from(if draft {
                "draft"
            } else if cancelled {
                "discarded"
            } else {
                "submitted"
            }),
            answers: answered.answers,
            seconds: part("lead_time").as_f64(),
            at,
            ..ResponseSpec::default()
        };
        part("task");
        let mut kept = whole.clone();
        kept.retain(|_, value| !value.is_null() && *value != false && *value != json!([]) && *value != json!({}));
        if !answered.kept.is_empty() {
            kept.insert(String::from("result"), Value::Array(answered.kept));
        }
        aside(&mut response.extra, TOOL, kept);
        Ok(response)
    }

    fn suggestions(&mut self, prediction: &Value) -> Vec<SuggestionSpec> {
        let mut answered = self.answers(prediction.get("result").unwrap_or(&Value::Null), false);
        self.settle(&mut answered.answers);
        let score = prediction.get("score").filter(|score| !score.is_null()).map(short);
        let agent = prediction.get("model_version").and_then(Value::as_str).unwrap_or_default();
        let one = |(question, value): (String, Value)| {
            let mut suggestion =
                SuggestionSpec { question, agent: agent.to_owned(), value, ..SuggestionSpec::default() };
            let only = match &suggestion.value {
                Value::String(label) => Some(label.as_str()),
                Value::Array(list) if list.len() == 1 => list[0].as_str(),
                _ => None,
            };
            match (only, &score) {
                (_, None) => {}
                (Some(label), Some(score)) => suggestion.scores = Some(json!({label: score})),
                (None, Some(score)) => {
                    suggestion.extra.insert(String::from("score"), score.clone());
                }
            }
            suggestion
        };
        answered.answers.into_iter().map(one).collect()
    }

    /// Texts and metadata from `data`; the id that the outside world knows stands there, the task's own id does not.
    fn record(&mut self, mut row: Map<String, Value>, summary: &mut Summary) -> Result<RecordSpec, ReadError> {
        let Some(Value::Object(mut data)) = row.shift_remove("data") else {
            return Err(ReadError::new(Kind::WrongShape, "a task without it", "the object 'data'").with_hint(HINT));
        };
        let task = row.shift_remove("id").unwrap_or_default();
        if self.options.id.is_none() && data.contains_key("external_id") {
            data.insert(String::from("id"), data.get("external_id").cloned().unwrap_or_default());
            data.shift_remove("external_id");
        }
        let mut record = self.columns.record(data, &self.options, summary)?;
        if record.id.is_some() {
            self.external += 1;
        } else {
            self.own += 1;
            record.id = native::id(task.clone())?;
        }
        let mut part = |key: &str| match row.shift_remove(key) {
            Some(Value::Array(list)) => list,
            _ => Vec::new(),
        };
        let (annotations, older, predictions, drafts) =
            (part("annotations"), part("completions"), part("predictions"), part("drafts"));
        let all = annotations.into_iter().chain(older).map(|one| (one, false));
        for (annotation, draft) in all.chain(drafts.into_iter().map(|one| (one, true))) {
            if !annotation.is_object() {
                continue;
            }
            let mut response = self.response(annotation, draft)?;
            let before = record.responses.iter().filter(|other| other.user == response.user).count() as i64;
            if draft && before > 0 {
                continue;
            }
            response.pass = Some(before + 1).filter(|pass| *pass > 1);
            record.responses.push(response);
        }
        for prediction in &predictions {
            for suggestion in self.suggestions(prediction) {
                let same =
                    |known: &&SuggestionSpec| known.question == suggestion.question && known.agent == suggestion.agent;
                if record.suggestions.iter().find(same).is_none() {
                    record.suggestions.push(suggestion);
                }
            }
        }
        let mut kept = Map::new();
        if !task.is_null() {
            kept.insert(String::from("id"), task);
        }
        kept.extend(row.into_iter().filter(|(key, value)| is_kept(key, value)));
        aside(&mut record.metadata, TOOL, kept);
        Ok(record)
    }
}

const HINT: &str = "export it as JSON, or as JSON-MIN with its labelling configuration beside it";

/// What Label Studio counts anew by itself is not kept.
fn is_kept(key: &str, value: &Value) -> bool {
    let counted = key.starts_with("total_") || key.starts_with("cancelled_") || key == "updated_at";
    !counted && !value.is_null() && *value != json!([]) && *value != json!({})
}

impl Tool for Reader {
    fn learn(&mut self, _: &Path, row: &Map<String, Value>) -> Result<(), ReadError> {
        let made;
        let mut row = row;
        if flat::looks_so(row) {
            made = flat::task(row.clone(), self.config.as_ref())?;
            row = &made;
        }
        let Some(data) = row.get("data").and_then(Value::as_object) else {
            return Err(ReadError::new(Kind::WrongShape, "a task without it", "the object 'data'").with_hint(HINT));
        };
        self.fields.retain(|name| data.get(name).is_some_and(|text| text.is_string() || text.is_null()));
        for key in ["annotations", "completions", "predictions", "drafts"] {
            for one in row.get(key).and_then(Value::as_array).into_iter().flatten() {
                let answered = self.answers(one.get("result").unwrap_or(&Value::Null), false);
                for (name, answer) in &answered.answers {
                    self.gathered.see(name, answer);
                    if matches!(self.gathered.kind(name), Some(QuestionKind::MultiLabel | QuestionKind::Label)) {
                        let ticked = answer.as_array().map_or(1, Vec::len);
                        let most = self.most.entry(name.clone()).or_default();
                        *most = ticked.max(*most);
                    }
                }
            }
        }
        Ok(())
    }

    fn dataset(&mut self) -> Result<DatasetSpec, ReadError> {
        let mut options = self.options.clone();
        for (name, most) in &self.most {
            let told = self.config.iter().flat_map(|config| &config.questions).find(|told| told.name == *name);
            let kind = match (told, most) {
                (None, 1) => QuestionKind::Label,
                (Some(told), 2..) if told.kind == QuestionKind::Label.word() => QuestionKind::MultiLabel,
                _ => continue,
            };
            if !options.kinds.iter().any(|(known, _)| known == name) {
                options.kinds.push((name.clone(), kind));
                self.several.extend(told.map(|told| told.name.clone()));
            }
        }
        if self.options.text.is_empty() {
            self.options.text.clone_from(&self.fields);
        }
        let questions = self.gathered.finish(&options);
        for question in &questions {
            let kind = QuestionKind::parse(&question.kind);
            if let Some(QuestionKind::MultiLabel | QuestionKind::Label) = kind {
                self.choices.push((question.name.clone(), kind == Some(QuestionKind::MultiLabel)));
            }
        }
        let field = |name: &String| FieldSpec { name: name.clone(), ..FieldSpec::default() };
        Ok(DatasetSpec { questions, fields: self.options.text.iter().map(field).collect(), ..DatasetSpec::default() })
    }

    fn items(&mut self, _: &Path, row: Map<String, Value>, summary: &mut Summary) -> Result<Vec<Item>, ReadError> {
        if !flat::looks_so(&row) {
            return Ok(vec![Item::Record(Box::new(self.record(row, summary)?))]);
        }
        self.flat += 1;
        let mut record = self.record(flat::task(row, self.config.as_ref())?, summary)?;
        for response in &mut record.responses {
            response.pass = self.passes.next(record.id.as_deref().unwrap_or_default(), &response.user);
        }
        Ok(vec![Item::Record(Box::new(record))])
    }

    fn assumed(&self) -> Vec<String> {
        let mut all = self.config.as_ref().map(Config::assumed).unwrap_or_default();
        all.extend_from_slice(self.gathered.assumed());
        if self.config.is_none() && !all.is_empty() {
            all.push(String::from(
                "labels that nobody used stand in the labelling configuration only: lay it beside the file as \
                 labelling_config.xml, or name it (--settings FILE); a question whose annotations never tick more than \
                 one choice is taken as label (--kind NAME=multi_label)",
            ));
        }
        for name in &self.several {
            let name = quoted(name);
            all.push(format!("question {name} is of one choice in the configuration, but has several: multi_label"));
        }
        if self.flat > 0 {
            all.push(String::from(
                "rows are annotations of JSON-MIN, which has no cancelled ones, no predictions, and no task without any",
            ));
        }
        if self.external > 0 {
            all.push(String::from("records are known by the id in their data; the task's own id is in the metadata"));
        }
        if self.own > 0 {
            all.push(format!("{} tasks have no id in their data: they are known by the task's own", self.own));
        }
        if self.none > 0 {
            let count = self.none;
            all.push(format!("{count} annotations without a result, not cancelled, say \"none of these\""));
        }
        if self.partial > 0 {
            let count = self.partial;
            all.push(format!("in {count} annotations a question without a result is one left out, not \"none\""));
        }
        for (kind, count) in &self.unknown {
            let kind = quoted(kind);
            all.push(format!("{count} results of the type {kind} are kept as they are beside their response"));
        }
        all
    }
}

fn wrong(found: &Value, expected: &str) -> ReadError {
    ReadError::new(Kind::WrongShape, shape(found), expected).with_hint(HINT)
}

/// A user: an id, an email address, or an object with both.
fn user(value: &Value) -> Option<String> {
    match value {
        Value::Number(id) => Some(id.to_string()),
        Value::String(email) if !email.is_empty() => Some(email.clone()),
        Value::Object(map) => ["email", "username", "id"].iter().find_map(|key| user(map.get(*key)?)),
        _ => None,
    }
}

/// What a region answers, by its type.
fn read(kind: &str, value: &Value) -> Option<(QuestionKind, Value)> {
    let list = |key: &str| value.get(key).and_then(Value::as_array);
    match kind {
        "choices" => match value.get("choices")? {
            // A choice that is made once, as some tools write it.
            Value::String(choice) => Some((QuestionKind::MultiLabel, json!([choice]))),
            _ => Some((QuestionKind::MultiLabel, list("choices")?.iter().cloned().collect())),
        },
        "taxonomy" => {
            let path = |levels: &Value| {
                let levels: Option<Vec<&str>> = levels.as_array()?.iter().map(Value::as_str).collect();
                Some(Value::from(levels?.join(LEVELS)))
            };
            Some((QuestionKind::MultiLabel, list("taxonomy")?.iter().map(path).collect::<Option<Value>>()?))
        }
        "rating" => Some((QuestionKind::Rating, value.get("rating").filter(|number| number.is_number())?.clone())),
        "number" => {
            let number = value.get("number")?.as_f64()?;
            let whole = number.fract() == 0.0 && number.abs() <= f64::from(i32::MAX);
            Some((QuestionKind::Rating, Value::from(whole.then_some(number as i64)?)))
        }
        "textarea" => {
            let text = value.get("text")?;
            let lines: Vec<&str> = match text {
                Value::String(text) => vec![text],
                Value::Array(list) => list.iter().map(Value::as_str).collect::<Option<_>>()?,
                _ => return None,
            };
            Some((QuestionKind::Text, Value::from(lines.join("\n"))))
        }
        "labels" => {
            let (start, end) = (value.get("start")?.as_u64()?, value.get("end")?.as_u64()?);
            let one = |label: &Value| json!({"start": start, "end": end, "label": label});
            Some((QuestionKind::Span, list("labels")?.iter().map(one).collect()))
        }
        _ => None,
    }
}
