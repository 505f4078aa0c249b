//! Prodigy's JSONL: an answer of one annotator to one task on each line. A task has options to accept some of, one
//! label that is accepted or rejected (several such tasks about one text become one record), or spans to mark.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::argilla::{aside, short};
use super::error::{Kind, ReadError, quoted, shape};
use super::gather::Gathered;
use super::tool::Tool;
use super::{Item, Options, ResponseRow, Summary, plain};
use crate::model::transfer::{DatasetSpec, LabelFull, LabelSpec, ResponseSpec};
use crate::model::{QuestionKind, Timestamp};

/// Where the metadata keep what only Prodigy knows.
pub(super) const TOOL: &str = "prodigy";

/// Whether a row is one of these.
pub(super) fn looks_so(row: &Map<String, Value>) -> bool {
    let answer = row.get("answer").and_then(Value::as_str);
    let given = matches!(answer, Some("accept" | "reject" | "ignore"));
    given && ["_input_hash", "_task_hash", "options"].iter().any(|key| row.contains_key(*key))
}

/// What a task asked for.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Task {
    Choice,
    Binary(String),
    Spans,
}

/// The answer of a line.
struct Line {
    /// Its hash, else its own id.
    id: String,
    own: Option<String>,
    user: String,
    /// Labels or spans; none when the task was ignored.
    answer: Option<Vec<Value>>,
    task: Task,
    /// A choice that was rejected as a whole.
    rejected: bool,
}

/// Reads the lines.
pub(super) struct Reader {
    options: Options,
    gathered: Gathered,
    columns: plain::Columns,
    titles: BTreeMap<String, String>,
    multiple: bool,
    binary: bool,
    marked: bool,
    /// Answers handed in, by record and annotator: an ignored task beside them says nothing.
    handed_in: HashSet<(String, String)>,
    seen: HashSet<String>,
    /// The hash that each own id stands for; none once one stands for several, so that it names no record.
    ids: Option<HashMap<String, String>>,
    /// Tasks answered, by record, annotator and what was asked.
    answered: HashMap<(String, String, Task), Option<Vec<Value>>>,
    accepted_none: u64,
    rejected: u64,
    ignored: u64,
    spans: u64,
}

impl Reader {
    pub fn new(options: &Options) -> Self {
        Self {
            options: options.clone(),
            gathered: Gathered::default(),
            columns: plain::Columns::default(),
            titles: BTreeMap::new(),
            multiple: false,
            binary: false,
            marked: false,
            handed_in: HashSet::new(),
            seen: HashSet::new(),
            ids: Some(HashMap::new()),
            answered: HashMap::new(),
            accepted_none: 0,
            rejected: 0,
            ignored: 0,
            spans: 0,
        }
    }

    /// The record of a line, where it is the first one about it.
    fn record(
        &mut self,
        id: &str,
        mut row: Map<String, Value>,
        summary: &mut Summary,
    ) -> Result<Option<Item>, ReadError> {
        if !self.seen.insert(id.to_owned()) {
            return Ok(None);
        }
        if self.marked {
            // They are the answer.
            row.shift_remove("spans");
        }
        for key in ["options", "accept", "answer", "label", "config", "_timestamp", "_annotator_id", "_session_id"] {
            row.shift_remove(key);
        }
        let mut kept = Map::new();
        for key in [
            "_input_hash",
            "_task_hash",
            "_view_id",
            "_is_binary",
            "tokens",
            "spans",
            "html",
            "image",
            "score",
            "priority",
        ] {
            if let Some(value) = row.shift_remove(key) {
                self.spans += u64::from(key == "spans" && value != json!([]));
                kept.insert(key.to_owned(), if key == "score" { short(&value) } else { value });
            }
        }
        if self.binary {
            // Each label of a text is a task of its own.
            kept.shift_remove("_task_hash");
        }
        let meta = match row.shift_remove("meta") {
            Some(Value::Object(meta)) => meta,
            Some(Value::Null) | None => Map::new(),
            Some(other) => Map::from_iter([(String::from("meta"), other)]),
        };
        row.shift_remove("id");
        let mut record = self.columns.record(row, &self.options, summary)?;
        record.id = Some(id.to_owned());
        let own = std::mem::replace(&mut record.metadata, meta);
        kept.extend(own);
        aside(&mut record.metadata, TOOL, kept);
        Ok(Some(Item::Record(Box::new(record))))
    }

    fn answer(&mut self, line: Line, row: &Map<String, Value>) -> Result<Option<Item>, ReadError> {
        let question = self.options.question_name().to_owned();
        let key = (line.id.clone(), line.user.clone(), line.task.clone());
        match self.answered.insert(key, line.answer.clone()) {
            Some(before) if before == line.answer => return Ok(None),
            Some(_) => {
                let found = format!("a second answer of {} to one task", quoted(&line.user));
                return Err(ReadError::new(Kind::Duplicate, found, "one")
                    .with_hint("remove one of the lines, or leave the later one out with --skip-bad"));
            }
            None => {}
        }
        if line.answer.is_none() {
            self.ignored += 1;
            if self.handed_in.contains(&(line.id.clone(), line.user.clone())) {
                return Ok(None);
            }
        }
        let status = if line.answer.is_some() { "submitted" } else { "discarded" };
        let at = row.get("_timestamp").and_then(Value::as_f64).map(|at| Timestamp((at * 1_000.0) as i64).to_rfc3339());
        let mut response = ResponseSpec { user: line.user, status: status.to_owned(), at, ..ResponseSpec::default() };
        if let Some(answer) = line.answer {
            self.rejected += u64::from(line.rejected);
            self.accepted_none += u64::from(answer.is_empty() && line.task == Task::Choice && !line.rejected);
            let several = self.gathered.kind(&question) != Some(QuestionKind::Label);
            if several || !answer.is_empty() {
                response.answers.insert(question.clone(), Value::Array(answer));
            }
        }
        Ok(Some(Item::Response(Box::new(ResponseRow { item: line.id, question, response }))))
    }
}

impl Tool for Reader {
    fn learn(&mut self, _: &Path, row: &Map<String, Value>) -> Result<(), ReadError> {
        let name = self.options.question_name().to_owned();
        let line = line(row)?;
        self.gathered.there(&name);
        for option in row.get("options").and_then(Value::as_array).into_iter().flatten() {
            let label = option_label(option)?;
            if let Some(title) = option.get("text").and_then(Value::as_str).filter(|title| *title != label) {
                self.titles.entry(label.clone()).or_insert_with(|| title.to_owned());
            }
            self.gathered.offer(&name, &label);
        }
        self.multiple |=
            row.get("config").and_then(|config| config.get("choice_style")).is_some_and(|style| *style == "multiple");
        match &line.task {
            Task::Choice => self.multiple |= line.answer.as_ref().is_some_and(|labels| labels.len() > 1),
            Task::Binary(label) => {
                self.binary = true;
                self.gathered.offer(&name, label);
            }
            Task::Spans => self.marked = true,
        }
        for label in line.answer.iter().flatten() {
            if let Some(label) = label.as_str().or_else(|| label.get("label")?.as_str()) {
                self.gathered.offer(&name, label);
            }
        }
        if self.marked && (self.binary || self.multiple) {
            return Err(ReadError::new(Kind::WrongShape, "spans beside labels", "tasks of one kind")
                .with_hint("import the datasets of Prodigy one by one"));
        }
        if let (Some(ids), Some(own)) = (&mut self.ids, &line.own)
            && *ids.entry(own.clone()).or_insert_with(|| line.id.clone()) != line.id
        {
            self.ids = None;
        }
        if line.answer.is_some() {
            let own = line.own.map(|own| (own, line.user.clone()));
            self.handed_in.extend(own.into_iter().chain([(line.id, line.user)]));
        }
        Ok(())
    }

    fn dataset(&mut self) -> Result<DatasetSpec, ReadError> {
        let name = self.options.question_name().to_owned();
        let kind = match (self.marked, self.multiple || self.binary) {
            (true, _) => QuestionKind::Span,
            (false, true) => QuestionKind::MultiLabel,
            (false, false) => QuestionKind::Label,
        };
        self.gathered.of_kind(&name, kind);
        let mut questions = self.gathered.finish(&self.options);
        for label in questions.iter_mut().flat_map(|question| &mut question.labels) {
            if let LabelSpec::Value(value) = label
                && let Some(title) = self.titles.get(value)
            {
                let full = LabelFull { value: value.clone(), title: Some(title.clone()), ..LabelFull::default() };
                *label = LabelSpec::Full(full);
            }
        }
        Ok(DatasetSpec { questions, ..DatasetSpec::default() })
    }

    fn items(&mut self, _: &Path, row: Map<String, Value>, summary: &mut Summary) -> Result<Vec<Item>, ReadError> {
        let mut line = line(&row)?;
        // The id that the outside world knows it by, where there is one.
        if let Some(own) = line.own.take().filter(|_| self.ids.is_some()) {
            line.id = own;
        }
        let id = line.id.clone();
        let answer = self.answer(line, &row)?;
        let record = self.record(&id, row, summary)?;
        Ok(record.into_iter().chain(answer).collect())
    }

    fn assumed(&self) -> Vec<String> {
        let mut all = self.gathered.assumed().to_vec();
        all.push(String::from(if self.ids.is_some() {
            "records are known by their id, else their _input_hash, annotators by _annotator_id"
        } else {
            "records are known by their _input_hash: an id stands for several; annotators by _annotator_id"
        }));
        if self.binary {
            all.push(String::from(
                "tasks with one label each become one answer a record and annotator: the accepted labels; a rejected \
                 label, and one that was not asked for, is not among them",
            ));
        }
        if self.accepted_none > 0 {
            all.push(format!("{} tasks accepted without an option say \"none of these\"", self.accepted_none));
        }
        if self.rejected > 0 {
            all.push(format!("{} tasks rejected as a whole have an empty answer", self.rejected));
        }
        if self.ignored > 0 {
            all.push(format!("{} ignored tasks are discarded, whatever was ticked in them", self.ignored));
        }
        if self.spans > 0 {
            all.push(format!("spans of {} records are kept in the metadata under 'prodigy'", self.spans));
        }
        all
    }
}

fn option_label(option: &Value) -> Result<String, ReadError> {
    match option.get("id").unwrap_or(option) {
        Value::String(label) => Ok(label.clone()),
        Value::Number(label) => Ok(label.to_string()),
        other => Err(wrong(other, "an option with an id")),
    }
}

fn wrong(found: &Value, expected: &str) -> ReadError {
    ReadError::new(Kind::WrongShape, shape(found), expected).with_hint("write the file with: prodigy db-out DATASET")
}

fn line(row: &Map<String, Value>) -> Result<Line, ReadError> {
    let text = |key: &str| match row.get(key) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let own = text("id");
    let id =
        text("_input_hash").or_else(|| own.clone()).ok_or_else(|| wrong(&Value::Null, "the number '_input_hash'"))?;
    let user = text("_annotator_id").or_else(|| text("_session_id"));
    let user = user.unwrap_or_else(|| super::argilla::NOBODY.to_owned());
    let accepts = row.get("accept").and_then(Value::as_array);
    let task = match (accepts, text("label")) {
        (None, Some(label)) => Task::Binary(label),
        (None, None) if row.get("spans").is_some_and(Value::is_array) => Task::Spans,
        (None, None) if !row.contains_key("options") => {
            return Err(wrong(&Value::Null, "a task with options, a label or spans"));
        }
        _ => Task::Choice,
    };
    let accepted = match row.get("answer").and_then(Value::as_str) {
        Some("accept") => true,
        Some("reject") => false,
        Some("ignore") => return Ok(Line { id, own, user, answer: None, task, rejected: false }),
        _ => {
            let found = row.get("answer").cloned().unwrap_or_default();
            return Err(wrong(&found, "the answer accept, reject or ignore"));
        }
    };
    let answer = match &task {
        _ if !accepted => Vec::new(),
        Task::Binary(label) => vec![Value::from(label.as_str())],
        Task::Choice => {
            accepts.into_iter().flatten().map(|one| option_label(one).map(Value::from)).collect::<Result<_, _>>()?
        }
        Task::Spans => {
            row.get("spans").and_then(Value::as_array).into_iter().flatten().map(span).collect::<Result<_, _>>()?
        }
    };
    let rejected = !accepted && !matches!(task, Task::Binary(_));
    Ok(Line { id, own, user, answer: Some(answer), task, rejected })
}

fn span(span: &Value) -> Result<Value, ReadError> {
    let number = |key: &str| span.get(key).and_then(Value::as_u64);
    match (number("start"), number("end"), span.get("label").and_then(Value::as_str)) {
        (Some(start), Some(end), Some(label)) => Ok(json!({"start": start, "end": end, "label": label})),
        _ => Err(wrong(span, "a span with start, end and label")),
    }
}
