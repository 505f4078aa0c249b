//! What a merge did, per person.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::engine::merge::{Merged, PartOutcome};
use crate::model::{Answer, Dataset, Person, Timestamp};

/// How many of one thing came, were here, stayed or were replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChangeCounts {
    /// Added.
    pub added: u64,
    /// The same in both.
    pub same: u64,
    /// Different, and ours stands.
    pub kept: u64,
    /// Different, and theirs stands.
    pub replaced: u64,
}

impl ChangeCounts {
    pub(in crate::jobs) fn count(&mut self, fate: PartOutcome) {
        match fate {
            PartOutcome::Nothing => {}
            PartOutcome::Same => self.same += 1,
            PartOutcome::Added => self.added += 1,
            PartOutcome::Kept => self.kept += 1,
            PartOutcome::Replaced => self.replaced += 1,
        }
    }

    fn json(self) -> Value {
        json!({"added": self.added, "same": self.same, "kept": self.kept, "replaced": self.replaced})
    }
}

impl std::iter::Sum for ChangeCounts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            added: sum.added + one.added,
            same: sum.same + one.same,
            kept: sum.kept + one.kept,
            replaced: sum.replaced + one.replaced,
        })
    }
}

/// Two that differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// The record's id.
    pub record: String,
    /// Whose.
    pub user: String,
    /// What stands here.
    pub ours: String,
    /// What stands there.
    pub theirs: String,
    /// Whether theirs stands now.
    pub taken: bool,
}

impl Clash {
    pub(super) fn of(
        dataset: &Dataset,
        record: String,
        user: &str,
        ours: &Person,
        theirs: &Person,
        taken: bool,
    ) -> Self {
        let told = |person: &Person| person_line(dataset, person);
        Self { record, user: user.to_owned(), ours: told(ours), theirs: told(theirs), taken }
    }
}

/// The beginning of a record's first text: what one without id is called.
pub(in crate::jobs) fn beginning(fields: &str) -> String {
    let fields: serde_json::Map<String, Value> = serde_json::from_str(fields).unwrap_or_default();
    let text = fields.values().find_map(Value::as_str).unwrap_or("without id");
    format!("“{}”", text.chars().take(40).collect::<String>())
}

/// `submitted billing, refund · 2026-01-31T10:00:00.000Z`.
pub(in crate::jobs) fn person_line(dataset: &Dataset, person: &Person) -> String {
    let mut parts = Vec::new();
    match &person.entry.response {
        None => parts.push(String::from("no response")),
        Some(response) => {
            let answers = dataset.questions.iter().filter_map(|question| {
                let value = question.to_value(response.answers.get(&question.id)?)?;
                Some(match &value {
                    Value::Array(all) if all.is_empty() => String::from("none of these"),
                    Value::Array(all) => all.iter().map(plain).collect::<Vec<_>>().join(", "),
                    one => plain(one),
                })
            });
            let answers: Vec<String> = answers.collect();
            let answers = if answers.is_empty() { String::from("without an answer") } else { answers.join("; ") };
            parts.push(format!("{} {answers}", response.status.word()));
            parts.extend(response.at.map(|at| Timestamp(at).to_rfc3339()));
        }
    }
    parts.extend(person.entry.note.as_ref().map(|note| format!("note “{note}”")));
    parts.extend(person.entry.flag.then(|| String::from("flagged")));
    parts.join(" · ")
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether something of an entry differed; and whether theirs stands.
pub(super) fn is_clash(merged: &Merged) -> Option<bool> {
    let fates = [merged.response, merged.working, merged.note];
    let mut all = fates.iter().chain(&merged.passes);
    if all.clone().any(|fate| *fate == PartOutcome::Replaced) {
        return Some(true);
    }
    all.any(|fate| *fate == PartOutcome::Kept).then_some(false)
}

/// Clashes that are kept where nobody wants to see all of them.
const SHOWN: usize = 20;

/// Those that differ: the first ones, or all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clashes {
    /// The first ones.
    pub first: Vec<Clash>,
    /// How many more there were.
    pub more: u64,
    /// Whether all are kept.
    all: bool,
}

impl Clashes {
    /// None yet; a dry run keeps all that come.
    pub(in crate::jobs) fn begin(all: bool) -> Self {
        Self { all, ..Self::default() }
    }

    pub(in crate::jobs) fn add(&mut self, clash: Clash) {
        if self.all || self.first.len() < SHOWN {
            self.first.push(clash);
        } else {
            self.more += 1;
        }
    }
}

/// What a merge did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MergeReport {
    /// The other file.
    pub name: String,
    /// Whether anything changed.
    pub changed: bool,
    /// Datasets that were not here.
    pub new_datasets: Vec<String>,
    /// People who were not here.
    pub new_users: Vec<String>,
    /// Labels that were not here: question, value, and those it is near to.
    pub new_labels: Vec<(String, String, Vec<String>)>,
    /// Ticks that came of labels which are offered here no more, by question and label.
    pub retired: BTreeMap<(String, String), u64>,
    /// Guidelines of one number with two texts: dataset and number.
    pub guidelines: Vec<(String, i64)>,
    /// Records.
    pub records: ChangeCounts,
    /// Suggestions.
    pub suggestions: ChangeCounts,
    /// Adjudications.
    pub adjudications: ChangeCounts,
    /// Vectors that came.
    pub vectors: u64,
    /// Events of the history that came.
    pub events: u64,
    /// Responses, then notes and flags, by person.
    pub people: BTreeMap<String, (ChangeCounts, ChangeCounts)>,
    /// Answers and marks of a time to come, by person.
    pub future: BTreeMap<String, u64>,
    /// In a file that was made for one person, what came of others, by person.
    pub others: BTreeMap<String, u64>,
    /// What differed.
    pub clashes: Clashes,
}

impl MergeReport {
    pub(super) fn person(&mut self, name: &str, merged: &Merged) {
        let fates = [merged.response, merged.working, merged.note];
        if fates.iter().chain(&merged.passes).all(|fate| *fate == PartOutcome::Nothing) {
            return;
        }
        if !self.people.contains_key(name) {
            self.people.insert(name.to_owned(), Default::default());
        }
        let Some((responses, notes)) = self.people.get_mut(name) else { return };
        responses.count(merged.response);
        merged.passes.iter().for_each(|fate| responses.count(*fate));
        notes.count(merged.note);
    }

    /// Counts ticks of labels that are offered here no more.
    pub(super) fn ticks(&mut self, dataset: &Dataset, person: &Person) {
        for (id, answer) in person.entry.response.iter().flat_map(|response| &response.answers) {
            let question = dataset.questions.iter().find(|question| question.id == *id);
            let (Some(question), Answer::Labels(labels)) = (question, answer) else { continue };
            let known = labels.iter().filter_map(|at| question.labels.get(*at as usize));
            for label in known.filter(|label| !label.offered_in(question.label_set)) {
                *self.retired.entry((question.name.clone(), label.value.clone())).or_default() += 1;
            }
        }
    }

    /// All responses together.
    #[must_use]
    pub fn responses(&self) -> ChangeCounts {
        self.people.values().map(|(responses, _)| *responses).sum()
    }

    /// What the history says of it.
    #[must_use]
    pub fn json(&self) -> Value {
        let people = self.people.iter().map(
            |(name, (responses, notes))| json!({"name": name, "responses": responses.json(), "notes": notes.json()}),
        );
        json!({
            "file": self.name,
            "records": self.records.json(),
            "responses": self.responses().json(),
            "suggestions": self.suggestions.json(),
            "adjudications": self.adjudications.json(),
            "vectors": self.vectors,
            "events": self.events,
            "new_datasets": self.new_datasets,
            "new_users": self.new_users,
            "new_labels": self.new_labels.iter().map(|(question, label, near)| json!({"question": question, "label": label, "near": near})).collect::<Vec<_>>(),
            "retired_labels": self.retired.iter().map(|((question, label), ticks)| json!({"question": question, "label": label, "ticks": ticks})).collect::<Vec<_>>(),
            "others": self.others,
            "people": people.collect::<Vec<_>>(),
        })
    }
}
