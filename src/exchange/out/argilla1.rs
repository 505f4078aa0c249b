//! Argilla before 2: what `format_as("datasets")` and `to_json` write, with the `argilla.yaml` that says what the columns
//! are.
//!
//! A column for each field; for each question `Q` (a list of `{user_id, value, status}`), `Q-suggestion` and
//! `Q-suggestion-metadata`; then `external_id`, `metadata` (JSON in a string) and `vectors`. People are UUIDs there, so
//! `users.csv` says who is who.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::left::Holds;
use super::shapes::{Stretch, columns_of, field, ranks, score, stretches};
use super::{About, Files, Left, Sink, Writer, labels, line, title, yaml};
use crate::exchange::{Cell, Sheet};
use crate::model::QuestionKind;
use crate::model::transfer::{DatasetSpec, QuestionSpec, RecordSpec};

pub(super) const HOLDS: Holds = Holds {
    drafts: true,
    discarded: true,
    bare: true,
    notes: false,
    flags: false,
    reasons: false,
    times: false,
    seconds: false,
    verdicts: false,
    vectors: true,
    metadata: true,
    suggestions: Some(1),
    scores: false,
};

pub(super) struct Argilla1<'a> {
    out: Sink,
    about: &'a About<'a>,
    left: Left,
}

impl<'a> Argilla1<'a> {
    pub(super) fn begin(files: &mut dyn Files, about: &'a About<'a>) -> io::Result<Self> {
        let mut config = files.beside("argilla.yaml")?;
        yaml::write(&mut config, &settings(about.spec))?;
        config.flush()?;
        users(files, about)?;
        Ok(Self { out: files.main()?, about, left: unfit(about.spec) })
    }
}

/// `users.csv`: who is meant by which id.
pub(super) fn users(files: &mut dyn Files, about: &About<'_>) -> io::Result<()> {
    let mut sheet = Sheet::new(files.beside("users.csv")?);
    sheet.row([Cell::Text("id"), Cell::Text("name")])?;
    for person in about.people {
        sheet.row([Cell::Text(&person.id), Cell::Text(&person.name)])?;
    }
    sheet.finish()
}

/// The id of a person.
pub(super) fn id_of<'a>(about: &'a About<'_>, name: &'a str) -> &'a str {
    about.people.iter().find(|person| person.name == name).map_or(name, |person| &person.id)
}

/// What Argilla's ratings cannot be.
pub(super) fn unfit(spec: &DatasetSpec) -> Left {
    let mut left = Left::default();
    let beyond = |question: &&QuestionSpec| {
        kind(question) == QuestionKind::Rating && (question.min.unwrap_or(1) < 0 || question.max.unwrap_or(5) > 10)
    };
    left.add(
        "questions with ratings beyond 0 to 10, which Argilla refuses",
        spec.questions.iter().filter(beyond).count(),
    );
    let few = |question: &&QuestionSpec| {
        matches!(kind(question), QuestionKind::MultiLabel | QuestionKind::Label) && question.labels.len() < 2
    };
    left.add("questions with fewer than two labels, which Argilla refuses", spec.questions.iter().filter(few).count());
    left
}

pub(super) fn kind(question: &QuestionSpec) -> QuestionKind {
    QuestionKind::parse(&question.kind).unwrap_or(QuestionKind::Text)
}

fn settings(spec: &DatasetSpec) -> Value {
    // Argilla wants one field and one question that must be there.
    let field = |(at, field): (usize, &crate::model::transfer::FieldSpec)| {
        json!({
            "name": field.name,
            "title": field.title.as_deref().unwrap_or(&field.name),
            "required": at == 0,
            "type": "text",
            "use_markdown": field.kind.as_deref() == Some("markdown"),
        })
    };
    let space = |space: &crate::model::transfer::VectorSpec| json!({"name": space.name, "title": space.name, "dimensions": space.dimensions});
    json!({
        "allow_extra_metadata": true,
        "fields": spec.fields.iter().enumerate().map(field).collect::<Vec<_>>(),
        "guidelines": spec.guidelines,
        "metadata_properties": [],
        "questions": spec.questions.iter().map(|one| question(spec, one)).collect::<Vec<_>>(),
        "vectors_settings": spec.vectors.iter().map(space).collect::<Vec<_>>(),
    })
}

fn question(spec: &DatasetSpec, question: &QuestionSpec) -> Value {
    let all = labels(question);
    // A list where titles say nothing more than values; else titles by value.
    let titled = all.iter().any(|label| title(label) != label.value);
    let names: Value = if titled {
        Value::Object(all.iter().map(|label| (label.value.clone(), title(label).into())).collect())
    } else {
        all.iter().map(|label| Value::from(label.value.as_str())).collect()
    };
    // Argilla shows 3 to all of them; with fewer than 3 it wants none said.
    let visible = if all.len() < 3 { Value::Null } else { Value::from(all.len()) };
    let mut out = json!({
        "name": question.name,
        "title": question.title.as_deref().unwrap_or(&question.name),
        "description": null,
        "required": required(spec, question),
    });
    let more = match kind(question) {
        QuestionKind::MultiLabel => json!({
            "type": "multi_label_selection", "labels": names, "visible_labels": visible, "labels_order": "natural"
        }),
        QuestionKind::Label => json!({"type": "label_selection", "labels": names, "visible_labels": visible}),
        QuestionKind::Rating => json!({"type": "rating", "values": values(question)}),
        QuestionKind::Text => json!({"type": "text", "use_markdown": false}),
        QuestionKind::Ranking => json!({"type": "ranking", "values": names}),
        QuestionKind::Span => {
            let label = |label: &crate::model::transfer::LabelFull| json!({"value": label.value, "text": title(label), "description": label.description});
            json!({
                "type": "span",
                "field": span_field(spec, question),
                "labels": all.iter().map(label).collect::<Vec<_>>(),
                "visible_labels": visible,
                "allow_overlapping": true,
            })
        }
    };
    if let (Value::Object(out), Value::Object(more)) = (&mut out, more) {
        out.extend(more);
    }
    out
}

/// Whether Argilla is to want an answer: it wants at least one such question.
pub(super) fn required(spec: &DatasetSpec, question: &QuestionSpec) -> bool {
    let some = spec.questions.iter().any(|question| question.required == Some(true));
    question.required == Some(true)
        || (!some && spec.questions.first().is_some_and(|first| first.name == question.name))
}

/// The values of a rating.
pub(super) fn values(question: &QuestionSpec) -> Vec<i64> {
    (question.min.unwrap_or(1)..=question.max.unwrap_or(5)).take(1_000).collect()
}

/// The field that a span question is about: the one its file named, else the first.
pub(super) fn span_field<'a>(spec: &'a DatasetSpec, question: &'a QuestionSpec) -> &'a str {
    let named = question.extra.get("field").and_then(Value::as_str);
    let first = || spec.fields.first().map(|field| field.name.as_str());
    named.or_else(first).unwrap_or_default()
}

/// A value as these files write it.
fn value(spec: &DatasetSpec, question: &QuestionSpec, record: &RecordSpec, value: &Value) -> Value {
    match kind(question) {
        QuestionKind::Ranking => {
            let (values, ranks): (Vec<String>, Vec<u64>) = ranks(value).into_iter().unzip();
            json!({"rank": ranks, "value": values})
        }
        QuestionKind::Span => {
            let all: Vec<Stretch> = stretches(value);
            columns_of(&all, field(record, span_field(spec, question)))
        }
        _ => value.clone(),
    }
}

impl Writer for Argilla1<'_> {
    fn record(&mut self, record: &RecordSpec) -> io::Result<()> {
        self.left.count(record, HOLDS);
        let spec = self.about.spec;
        let mut row = Map::new();
        for field in &spec.fields {
            row.insert(field.name.clone(), record.fields.get(&field.name).cloned().unwrap_or(Value::Null));
        }
        for question in &spec.questions {
            let responses = record.responses.iter().filter(|response| response.pass.unwrap_or(1) == 1);
            // A response without any answer stands under the first question, so that its status is not lost.
            let first = spec.questions.first().is_some_and(|first| first.name == question.name);
            let given = responses.filter_map(|response| {
                let answer = response.answers.get(&question.name);
                let bare = first && response.answers.is_empty();
                (answer.is_some() || bare).then(|| {
                    json!({
                        "user_id": id_of(self.about, &response.user),
                        "value": answer.map(|answer| value(spec, question, record, answer)),
                        "status": response.status,
                    })
                })
            });
            row.insert(question.name.clone(), given.collect());
            let suggestion = record.suggestions.iter().find(|one| one.question == question.name);
            let suggested = suggestion.map(|one| value(spec, question, record, &one.value));
            row.insert(format!("{}-suggestion", question.name), json!(suggested));
            let metadata = json!({
                "type": suggestion.map(|_| "model"),
                "score": suggestion.map(score),
                "agent": suggestion.map(|one| one.agent.as_str()).filter(|agent| !agent.is_empty()),
            });
            row.insert(format!("{}-suggestion-metadata", question.name), metadata);
        }
        row.insert(String::from("external_id"), json!(record.id));
        row.insert(String::from("metadata"), Value::from(serde_json::to_string(&record.metadata)?));
        if !spec.vectors.is_empty() {
            let vector = |name: &str| record.vectors.get(name).map_or(Value::Null, |vector| numbers(vector));
            let vectors = spec.vectors.iter().map(|space| (space.name.clone(), vector(&space.name)));
            row.insert(String::from("vectors"), Value::Object(vectors.collect()));
        }
        line(&mut self.out, &row)
    }

    fn finish(mut self: Box<Self>) -> io::Result<Left> {
        self.out.flush()?;
        Ok(self.left)
    }
}

/// A vector whose numbers are as short as 32 bits need.
pub(super) fn numbers(vector: &[f32]) -> Value {
    let short = |number: &f32| number.to_string().parse::<f64>().unwrap_or_default();
    vector.iter().map(|number| Value::from(short(number))).collect()
}
