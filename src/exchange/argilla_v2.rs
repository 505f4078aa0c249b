//! Argilla 2: the rows of `to_list(flatten=True)` and `to_datasets`, which keep statuses, and `records.json`, which
//! does not.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::argilla::{self, Responses, suggestion, wrong};
use super::error::{Kind, ReadError, harmless, quoted, shape};
use super::gather::Gathered;
use super::tool::Tool;
use super::{Format, Item, Options, Summary, argilla_settings, native};
use crate::model::QuestionKind;
use crate::model::transfer::{DatasetSpec, FieldSpec, RecordSpec, VectorSpec};

/// Whether a row is one of `to_list(flatten=True)` or `to_datasets`.
pub(super) fn looks_flat(row: &Map<String, Value>) -> bool {
    row.keys().any(|key| key.ends_with(".responses.users") || key.ends_with(".suggestion.agent"))
}

/// Whether a row is one of `records.json`.
pub(super) fn looks_like_records(row: &Map<String, Value>) -> bool {
    let object = |key: &str| row.get(key).is_some_and(Value::is_object);
    object("fields") && object("responses") && object("suggestions")
}

/// What a row says of one question.
struct Column {
    name: String,
    /// User, status and value.
    responses: Vec<(Value, Option<String>, Value)>,
    suggestion: Value,
    score: Value,
    agent: Value,
}

/// Reads the rows.
pub(super) struct Reader {
    format: Format,
    options: Options,
    gathered: Gathered,
    settings: Option<DatasetSpec>,
    fields: Vec<String>,
    vectors: BTreeMap<String, usize>,
    /// Suggested numbers by question: ratings, or classes where labels are answered.
    numbers: BTreeMap<String, Vec<i64>>,
    answered: Vec<String>,
    classes: BTreeMap<String, u64>,
    responses: bool,
    assumed: Vec<String>,
}

impl Reader {
    pub fn new(format: Format, file: &Path, options: &Options) -> Result<Self, ReadError> {
        let found = argilla_settings::find(file, options)?;
        let (settings, assumed) = if let Some((spec, path)) = found {
            let path = harmless(&path.to_string_lossy());
            (Some(spec), format!("questions, labels and guidelines are those of {path}"))
        } else {
            let words = "no settings.json lies beside it: questions and labels are told by the answers, so labels \
                             that nobody used are not there, and a ranking is taken for labels (--kind NAME=ranking)";
            (None, String::from(words))
        };
        let described = settings.as_ref().map(|spec| spec.questions.clone()).unwrap_or_default();
        let fields: Vec<String> =
            settings.iter().flat_map(|spec| &spec.fields).map(|field| field.name.clone()).collect();
        let vectors = settings.iter().flat_map(|spec| &spec.vectors);
        Ok(Self {
            format,
            gathered: Gathered::described(described),
            fields: if fields.is_empty() { options.text.clone() } else { fields },
            vectors: vectors.map(|space| (space.name.clone(), space.dimensions)).collect(),
            options: options.clone(),
            settings,
            numbers: BTreeMap::new(),
            answered: Vec::new(),
            classes: BTreeMap::new(),
            responses: false,
            assumed: vec![assumed],
        })
    }

    /// Takes the questions' columns out of a row.
    fn columns(&self, row: &mut Map<String, Value>) -> Result<Vec<Column>, ReadError> {
        if self.format == Format::Argilla { flat(row) } else { self.nested(row) }
    }

    fn nested(&self, row: &mut Map<String, Value>) -> Result<Vec<Column>, ReadError> {
        let mut all: Vec<Column> = Vec::new();
        let status = self.options.status.map(|status| status.word().to_owned());
        for (name, value) in object(row.shift_remove("responses"), "responses")? {
            let Value::Array(list) = value else { continue };
            let mut column = Column::new(&name);
            for mut response in list {
                let mut part = |key: &str| response.get_mut(key).map(Value::take).unwrap_or_default();
                let own = part("status").as_str().map(str::to_owned);
                if own.is_none() && status.is_none() {
                    return Err(no_status());
                }
                column.responses.push((part("user_id"), own.or_else(|| status.clone()), part("value")));
            }
            all.push(column);
        }
        for (name, mut value) in object(row.shift_remove("suggestions"), "suggestions")? {
            let at = all.iter().position(|column| column.name == name).unwrap_or_else(|| {
                all.push(Column::new(&name));
                all.len() - 1
            });
            let mut part = |key: &str| value.get_mut(key).map(Value::take).unwrap_or_default();
            (all[at].suggestion, all[at].score, all[at].agent) = (part("value"), part("score"), part("agent"));
        }
        Ok(all)
    }

    /// A label by its class number, where the person named the classes.
    fn named(&self, question: &str, part: &str, value: &Value) -> Option<Value> {
        let column = format!("{question}.{part}");
        let classes = self.options.classes.iter().find(|(name, _)| *name == column || *name == question);
        let one = |number: &Value| {
            let (_, names) = classes?;
            let name = names.get(usize::try_from(number.as_u64()?).ok()?)?;
            Some(name.as_deref().map_or(Value::Null, Value::from))
        };
        match value {
            Value::Array(list) => list.iter().map(one).collect(),
            number => one(number),
        }
    }

    /// Whether a value is a class number where labels are asked for.
    fn is_class(&self, question: &str, value: &Value) -> bool {
        let labels = matches!(self.gathered.kind(question), Some(QuestionKind::Label | QuestionKind::MultiLabel));
        labels
            && (value.is_number()
                || value.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(Value::is_number)))
    }

    fn record(&mut self, mut row: Map<String, Value>) -> Result<RecordSpec, ReadError> {
        let mut record = RecordSpec { id: native::id(row.shift_remove("id").unwrap_or_default())?, ..<_>::default() };
        let mut kept = Map::new();
        let mut given = Responses::default();
        for mut column in self.columns(&mut row)? {
            for (user, status, mut value) in column.responses {
                if self.is_class(&column.name, &value) {
                    value = self.named(&column.name, "responses", &value).ok_or_else(|| no_names(&column.name))?;
                }
                given.add(&column.name, Some(&user), status.as_deref(), value)?;
            }
            if self.is_class(&column.name, &column.suggestion) {
                if let Some(named) = self.named(&column.name, "suggestion", &column.suggestion) {
                    column.suggestion = named;
                } else {
                    let key = format!("{}.suggestion", column.name);
                    *self.classes.entry(column.name.clone()).or_default() += 1;
                    kept.insert(key, column.suggestion.take());
                }
            }
            let suggested = suggestion(&column.name, column.suggestion, Some(&column.score), Some(&column.agent))?;
            record.suggestions.extend(suggested);
        }
        record.responses = given.all;
        // Whether it is completed is told by the responses.
        row.shift_remove("status");
        if self.format == Format::Argilla {
            self.flat_rest(&mut record, row, &mut kept)?;
        } else {
            rest(&mut record, row, &mut kept)?;
        }
        argilla::aside(&mut record.metadata, "argilla", kept);
        if record.fields.is_empty() {
            return Err(wrong("a record without a text", "one").with_hint("name its columns: --text title,body"));
        }
        Ok(record)
    }

    /// Fields, vectors and metadata stand side by side; null is what a record does not have.
    fn flat_rest(
        &self,
        record: &mut RecordSpec,
        row: Map<String, Value>,
        kept: &mut Map<String, Value>,
    ) -> Result<(), ReadError> {
        for (name, value) in row.into_iter().filter(|(_, value)| !value.is_null()) {
            if name == "_server_id" {
                kept.insert(name, value);
            } else if self.fields.contains(&name) {
                field(record, name, value)?;
            } else if self.vectors.contains_key(&name) {
                record.vectors.insert(name.clone(), native::vector(value, &name)?);
            } else {
                record.metadata.insert(name, value);
            }
        }
        Ok(())
    }

    fn learn_flat(&mut self, row: &Map<String, Value>) {
        if self.fields.is_empty() {
            let text = |(name, value): &(&String, &Value)| {
                value.is_string() && !["id", "status", "_server_id"].contains(&name.as_str())
            };
            let field = if row.contains_key("text") {
                Some(String::from("text"))
            } else {
                row.iter().find(text).map(|(name, _)| name.clone())
            };
            if let Some(field) = field {
                let name = quoted(&field);
                self.assumed.push(format!("{name} is the text; other columns are metadata (--text title,body)"));
                self.fields.push(field);
            }
        }
        let numbers =
            |value: &Value| value.as_array().is_some_and(|list| list.len() > 1 && list.iter().all(Value::is_number));
        if self.settings.is_none() {
            for (name, value) in row.iter().filter(|(_, value)| numbers(value)) {
                self.vectors.entry(name.clone()).or_insert_with(|| value.as_array().map_or(0, Vec::len));
            }
        }
    }

    fn learn_nested(&mut self, row: &Map<String, Value>) {
        for name in row.get("fields").and_then(Value::as_object).into_iter().flat_map(Map::keys) {
            if !self.fields.contains(name) {
                self.fields.push(name.clone());
            }
        }
        for (name, vector) in row.get("vectors").and_then(Value::as_object).into_iter().flatten() {
            if let Some(list) = vector.as_array() {
                self.vectors.entry(name.clone()).or_insert(list.len());
            }
        }
    }
}

impl Column {
    fn new(name: &str) -> Self {
        let null = Value::Null;
        Self {
            name: name.to_owned(),
            responses: Vec::new(),
            suggestion: null.clone(),
            score: null.clone(),
            agent: null,
        }
    }
}

impl Tool for Reader {
    fn learn(&mut self, _: &Path, row: &Map<String, Value>) -> Result<(), ReadError> {
        let mut row = row.clone();
        for column in self.columns(&mut row)? {
            self.gathered.there(&column.name);
            for (_, _, value) in &column.responses {
                self.responses = true;
                let value = self.named(&column.name, "responses", value).unwrap_or_else(|| value.clone());
                if let Some(answer) = argilla::answer(value)? {
                    self.answered.push(column.name.clone());
                    self.answered.dedup();
                    self.gathered.see(&column.name, &answer);
                }
            }
            let suggested = self.named(&column.name, "suggestion", &column.suggestion);
            match (suggested, column.suggestion) {
                (Some(named), _) => self.gathered.see(&column.name, &named),
                (None, Value::Number(number)) => {
                    let numbers = self.numbers.entry(column.name).or_default();
                    let number = number.as_i64().unwrap_or_default();
                    if !numbers.contains(&number) {
                        numbers.push(number);
                    }
                }
                (None, other) => {
                    if let Some(answer) = argilla::answer(other)? {
                        self.gathered.see(&column.name, &answer);
                    }
                }
            }
        }
        if self.format == Format::Argilla {
            self.learn_flat(&row);
        } else {
            self.learn_nested(&row);
        }
        Ok(())
    }

    fn dataset(&mut self) -> Result<DatasetSpec, ReadError> {
        for (name, numbers) in std::mem::take(&mut self.numbers) {
            if !self.answered.contains(&name) || self.gathered.kind(&name) == Some(QuestionKind::Rating) {
                for number in numbers {
                    self.gathered.see(&name, &number.into());
                }
            }
        }
        let mut spec = self.settings.clone().unwrap_or_default();
        spec.questions = self.gathered.finish(&self.options);
        if spec.fields.is_empty() {
            let field = |name: &String| FieldSpec { name: name.clone(), ..FieldSpec::default() };
            spec.fields = self.fields.iter().map(field).collect();
        }
        if spec.vectors.is_empty() {
            let space = |(name, dimensions): (&String, &usize)| VectorSpec {
                name: name.clone(),
                dimensions: *dimensions,
                ..VectorSpec::default()
            };
            spec.vectors = self.vectors.iter().map(space).collect();
        }
        self.assumed.extend_from_slice(self.gathered.assumed());
        if let Some(status) = self.options.status.filter(|_| self.responses && self.format == Format::ArgillaRecords) {
            self.assumed
                .push(format!("the file knows no status: all responses are {}, as --status says", status.word()));
        }
        Ok(spec)
    }

    fn items(&mut self, _: &Path, row: Map<String, Value>, _: &mut Summary) -> Result<Vec<Item>, ReadError> {
        Ok(vec![Item::Record(Box::new(self.record(row)?))])
    }

    fn assumed(&self) -> Vec<String> {
        let mut all = self.assumed.clone();
        for (name, count) in &self.classes {
            all.push(format!(
                "{count} suggestions for {} are class numbers without names, in the order classes were first seen, null \
                 included: kept in the metadata under 'argilla' (--classes {}.suggestion=first,second names them)",
                quoted(name),
                harmless(name)
            ));
        }
        all
    }
}

fn no_status() -> ReadError {
    ReadError::new(Kind::Unsaid, "responses without a status", "one").with_hint(
        "records.json does not keep it: export with records.to_list(flatten=True), or say what holds for all: --status submitted",
    )
}

fn no_names(question: &str) -> ReadError {
    let found = format!("a class number as the answer to {}", quoted(question));
    ReadError::new(Kind::Unsaid, found, "a label").with_hint(format!(
        "name the classes in the order they were first seen, null included: --classes {}=first,second",
        harmless(question)
    ))
}

fn object(value: Option<Value>, name: &str) -> Result<Map<String, Value>, ReadError> {
    match value {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(map)) => Ok(map),
        Some(other) => Err(wrong(shape(&other), &format!("the object '{name}'"))),
    }
}

/// `Q.responses`, `Q.responses.users` and `Q.responses.status` are parallel lists.
fn flat(row: &mut Map<String, Value>) -> Result<Vec<Column>, ReadError> {
    let mut names: Vec<String> = Vec::new();
    for key in row.keys() {
        let name = key.strip_suffix(".responses").or_else(|| key.strip_suffix(".suggestion"));
        names.extend(name.filter(|name| !names.iter().any(|known| known == name)).map(str::to_owned));
    }
    let mut all = Vec::with_capacity(names.len());
    for name in names {
        let mut part = |end: &str| row.shift_remove(&format!("{name}.{end}")).unwrap_or_default();
        let mut list = |end: &str| match part(end) {
            Value::Array(list) => Ok(list),
            Value::Null => Ok(Vec::new()),
            other => Err(wrong(shape(&other), &format!("the list {}", quoted(&format!("{name}.{end}"))))),
        };
        let (values, users, statuses) = (list("responses")?, list("responses.users")?, list("responses.status")?);
        if values.len() != users.len() || values.len() != statuses.len() {
            let found = format!("{} responses, {} users and {} statuses", values.len(), users.len(), statuses.len());
            return Err(wrong(&found, "lists of one length"));
        }
        let rows = values.into_iter().zip(users).zip(statuses);
        let responses = rows.map(|((value, user), status)| (user, status.as_str().map(str::to_owned), value)).collect();
        let (suggestion, score, agent) = (part("suggestion"), part("suggestion.score"), part("suggestion.agent"));
        all.push(Column { name, responses, suggestion, score, agent });
    }
    Ok(all)
}

fn field(record: &mut RecordSpec, name: String, value: Value) -> Result<(), ReadError> {
    if !value.is_string() {
        return Err(wrong(shape(&value), &format!("the text {}", quoted(&name))));
    }
    record.fields.insert(name, value);
    Ok(())
}

/// Fields, vectors and metadata stand apart.
fn rest(record: &mut RecordSpec, mut row: Map<String, Value>, kept: &mut Map<String, Value>) -> Result<(), ReadError> {
    for (name, value) in object(row.shift_remove("fields"), "fields")?.into_iter().filter(|(_, value)| !value.is_null())
    {
        field(record, name, value)?;
    }
    for (name, vector) in object(row.shift_remove("vectors"), "vectors")? {
        if !vector.is_null() {
            record.vectors.insert(name.clone(), native::vector(vector, &name)?);
        }
    }
    record.metadata = object(row.shift_remove("metadata"), "metadata")?;
    kept.extend(row.into_iter().filter(|(_, value)| !value.is_null()));
    Ok(())
}
