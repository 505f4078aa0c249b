//! Argilla from 2 on. The flat list (`to_list(flatten=True)`) keeps statuses; `records.json` has none, so only what was
//! submitted stands there; `settings.json` says what the questions are. A file named by the person is the flat list.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::argilla1::{HOLDS, id_of, kind, numbers, required, span_field, unfit, users, values};
use super::shapes::{ranks, score, stretches};
use super::{About, Files, Left, List, Writer, free, labels, title};
use crate::model::QuestionKind;
use crate::model::transfer::{DatasetSpec, QuestionSpec, RecordSpec, ResponseSpec, SuggestionSpec};

pub(super) struct Argilla2<'a> {
    flat: List,
    records: Option<List>,
    about: &'a About<'a>,
    left: Left,
}

impl<'a> Argilla2<'a> {
    pub(super) fn begin(files: &mut dyn Files, about: &'a About<'a>) -> io::Result<Self> {
        let records = if files.is_folder() {
            let mut out = files.beside("settings.json")?;
            serde_json::to_writer_pretty(&mut out, &settings(about.spec))?;
            out.write_all(b"\n")?;
            out.flush()?;
            users(files, about)?;
            Some(List::begin(files.beside("records.json")?)?)
        } else {
            None
        };
        Ok(Self { flat: List::begin(files.main()?)?, records, about, left: unfit(about.spec) })
    }
}

fn settings(spec: &DatasetSpec) -> Value {
    let nothing = json!({"id": null, "dataset_id": null});
    let with = |more: Value| {
        let mut all = nothing.as_object().cloned().unwrap_or_default();
        all.extend(more.as_object().cloned().unwrap_or_default());
        Value::Object(all)
    };
    let field = |(at, field): (usize, &crate::model::transfer::FieldSpec)| {
        with(json!({
            "name": field.name, "title": field.title.as_deref().unwrap_or(&field.name), "type": "text",
            "required": at == 0, "description": null,
            "settings": {"type": "text", "use_markdown": field.kind.as_deref() == Some("markdown")},
        }))
    };
    let question = |question: &QuestionSpec| {
        with(json!({
            "name": question.name, "title": question.title.as_deref().unwrap_or(&question.name), "description": null,
            "required": required(spec, question), "type": type_of(question), "settings": settings_of(spec, question),
        }))
    };
    let space = |space: &crate::model::transfer::VectorSpec| {
        with(json!({"name": space.name, "title": space.name, "dimensions": space.dimensions}))
    };
    json!({
        "guidelines": spec.guidelines,
        "fields": spec.fields.iter().enumerate().map(field).collect::<Vec<_>>(),
        "questions": spec.questions.iter().map(question).collect::<Vec<_>>(),
        "vectors": spec.vectors.iter().map(space).collect::<Vec<_>>(),
        "metadata": [],
        "allow_extra_metadata": true,
        "distribution": {"strategy": "overlap", "min_submitted": spec.min_submitted.unwrap_or(1)},
        "mapping": null,
    })
}

fn type_of(question: &QuestionSpec) -> &'static str {
    match kind(question) {
        QuestionKind::MultiLabel => "multi_label_selection",
        QuestionKind::Label => "label_selection",
        QuestionKind::Rating => "rating",
        QuestionKind::Text => "text",
        QuestionKind::Ranking => "ranking",
        QuestionKind::Span => "span",
    }
}

fn settings_of(spec: &DatasetSpec, question: &QuestionSpec) -> Value {
    let all = labels(question);
    let options: Vec<Value> = all.iter().map(|label| json!({"value": label.value, "text": title(label)})).collect();
    let visible = if all.len() < 3 { Value::Null } else { Value::from(all.len()) };
    let word = type_of(question);
    match kind(question) {
        QuestionKind::MultiLabel => {
            json!({"type": word, "options": options, "visible_options": visible, "options_order": "natural"})
        }
        QuestionKind::Label => json!({"type": word, "options": options, "visible_options": visible}),
        QuestionKind::Rating => {
            let options: Vec<Value> = values(question).into_iter().map(|value| json!({"value": value})).collect();
            json!({"type": word, "options": options})
        }
        QuestionKind::Text => json!({"type": word, "use_markdown": false}),
        QuestionKind::Ranking => json!({"type": word, "options": options}),
        QuestionKind::Span => json!({
            "type": word, "field": span_field(spec, question), "options": options, "visible_options": visible,
            "allow_overlapping": true,
        }),
    }
}

/// A value as these files write it.
fn value(question: &QuestionSpec, value: &Value) -> Value {
    match kind(question) {
        QuestionKind::Ranking => {
            let mut all = ranks(value);
            all.sort_by_key(|(_, rank)| *rank);
            all.into_iter().map(|(value, _)| Value::from(value)).collect()
        }
        QuestionKind::Span => {
            let one = |one: super::shapes::Stretch| json!({"start": one.start, "end": one.end, "label": one.label});
            stretches(value).into_iter().map(one).collect()
        }
        _ => value.clone(),
    }
}

impl Argilla2<'_> {
    fn flat(&self, record: &RecordSpec) -> Map<String, Value> {
        let spec = self.about.spec;
        let mut row = Map::new();
        row.insert("id".into(), json!(record.id));
        row.insert("status".into(), status(spec, record).into());
        row.insert("_server_id".into(), Value::Null);
        for field in &spec.fields {
            row.insert(field.name.clone(), record.fields.get(&field.name).cloned().unwrap_or(Value::Null));
        }
        for (name, value) in &record.metadata {
            let taken: Vec<String> = row.keys().cloned().collect();
            row.insert(free(name, "metadata", &taken), value.clone());
        }
        for space in &spec.vectors {
            let vector = record.vectors.get(&space.name).map_or(Value::Null, |vector| numbers(vector));
            row.insert(space.name.clone(), vector);
        }
        for (at, question) in spec.questions.iter().enumerate() {
            let name = &question.name;
            let given: Vec<&ResponseSpec> = first_pass(record)
                .filter(|one| one.answers.contains_key(name) || (at == 0 && one.answers.is_empty()))
                .collect();
            let list = |cell: &dyn Fn(&ResponseSpec) -> Value| match given.as_slice() {
                [] => Value::Null,
                some => some.iter().map(|one| cell(one)).collect(),
            };
            let answer = |one: &ResponseSpec| json!(one.answers.get(name).map(|answer| value(question, answer)));
            row.insert(format!("{name}.responses"), list(&answer));
            row.insert(format!("{name}.responses.users"), list(&|one| id_of(self.about, &one.user).into()));
            row.insert(format!("{name}.responses.status"), list(&|one| one.status.as_str().into()));
            let suggestion = record.suggestions.iter().find(|one| one.question == *name);
            let suggested = suggestion.map(|one| value(question, &one.value));
            row.insert(format!("{name}.suggestion"), json!(suggested));
            row.insert(format!("{name}.suggestion.score"), json!(suggestion.map(score)));
            row.insert(format!("{name}.suggestion.agent"), json!(suggestion.map(|one| &one.agent)));
        }
        row
    }

    /// Without statuses: only what was submitted, since whoever reads this takes every answer for that.
    fn plain(&self, record: &RecordSpec) -> Value {
        let spec = self.about.spec;
        let responses = spec.questions.iter().filter_map(|question| {
            let submitted = first_pass(record).filter(|one| one.status == "submitted");
            let given: Vec<Value> = submitted
                .filter_map(|one| {
                    let answer = value(question, one.answers.get(&question.name)?);
                    Some(json!({"value": answer, "user_id": id_of(self.about, &one.user)}))
                })
                .collect();
            (!given.is_empty()).then(|| (question.name.clone(), Value::from(given)))
        });
        let suggestion = |question: &QuestionSpec| {
            let one: &SuggestionSpec = record.suggestions.iter().find(|one| one.question == question.name)?;
            let value = json!({"value": value(question, &one.value), "score": score(one), "agent": one.agent});
            Some((question.name.clone(), value))
        };
        let vectors: BTreeMap<&String, Value> =
            record.vectors.iter().map(|(name, vector)| (name, numbers(vector))).collect();
        json!({
            "id": record.id,
            "fields": record.fields,
            "metadata": record.metadata,
            "suggestions": spec.questions.iter().filter_map(suggestion).collect::<Map<String, Value>>(),
            "responses": responses.collect::<Map<String, Value>>(),
            "vectors": vectors,
            "status": status(spec, record),
            "_server_id": null,
        })
    }
}

fn first_pass(record: &RecordSpec) -> impl Iterator<Item = &ResponseSpec> {
    record.responses.iter().filter(|response| response.pass.unwrap_or(1) == 1)
}

/// Whether enough people submitted the record.
fn status(spec: &DatasetSpec, record: &RecordSpec) -> &'static str {
    let submitted = first_pass(record).filter(|one| one.status == "submitted").count();
    if submitted >= spec.min_submitted.unwrap_or(1) as usize { "completed" } else { "pending" }
}

impl Writer for Argilla2<'_> {
    fn record(&mut self, record: &RecordSpec) -> io::Result<()> {
        self.left.count(record, HOLDS);
        let row = self.flat(record);
        self.flat.item(&row)?;
        if self.records.is_some() {
            let plain = self.plain(record);
            let unsaid = first_pass(record).filter(|one| one.status != "submitted").count();
            self.left.add(
                "drafts and discarded responses in records.json, which has no statuses (they are in flat.json)",
                unsaid,
            );
            if let Some(records) = &mut self.records {
                records.item(&plain)?;
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> io::Result<Left> {
        self.flat.end()?;
        self.records.map_or(Ok(()), List::end)?;
        Ok(self.left)
    }
}
