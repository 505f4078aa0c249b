//! What becomes of answers, suggestions and adjudications.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Impact;
use super::table::{LabelTable, TickChange};
use crate::jobs::JobError;
use crate::model::{Answer, Answers, Dataset, Person, Question, QuestionKind, Stamp, Status, UserId};
use crate::store::Store;

pub(super) struct AnswerEditor<'q> {
    pub(super) names: BTreeMap<UserId, String>,
    pub(super) stamp: Stamp,
    pub(super) question: &'q Question,
    pub(super) table: LabelTable,
    pub(super) way: TickChange,
    /// Label sets in which the label that ticks came to was not offered: by their number the number of the same set
    /// with it, and the label.
    pub(super) images: BTreeMap<i64, (i64, u32)>,
    pub(super) impact: Impact,
}

impl AnswerEditor<'_> {
    pub(super) fn record(
        &mut self,
        store: &mut dyn Store,
        dataset: &Dataset,
        record: &crate::model::Whole,
    ) -> Result<(), JobError> {
        if let TickChange::OntoOn(_, _, records) = &self.way
            && records.binary_search(&record.id).is_err()
        {
            return Ok(());
        }
        for (user, person) in &record.people {
            let next = self.person(person, *user);
            if next != *person {
                store.put_person(dataset.id, *user, record.id, &next, true)?;
            }
        }
        for suggested in record.suggestions.iter().filter(|one| one.question == self.question.id) {
            let mut next = suggested.clone();
            next.value = self.json(&suggested.value);
            next.scores = suggested.scores.as_deref().map(|scores| self.scores(scores));
            if next != *suggested {
                next.at = self.stamp.0;
                self.impact.suggestions += 1;
                store.put_suggested(record.id, &next)?;
            }
        }
        let mut adjudications = record.adjudications.clone();
        if let Some(adjudication) = adjudications.get_mut(&self.question.id) {
            let next = serde_json::from_str(&self.json(&adjudication.value.to_string())).unwrap_or_default();
            if next != adjudication.value {
                (adjudication.value, adjudication.at) = (next, self.stamp.0);
                self.impact.adjudications += 1;
                store.put_adjudications(record.id, &adjudications)?;
            }
        }
        Ok(())
    }

    fn person(&mut self, person: &Person, user: UserId) -> Person {
        let mut next = person.clone();
        let responses = next.entry.response.iter_mut().chain(next.passes.values_mut().map(|(response, _)| response));
        let mut changed = Vec::new();
        for response in responses {
            let set = response.label_sets.get(&self.question.id).copied();
            let (ticked, set) = self.answers(&mut response.answers, set);
            if let Some(set) = set {
                response.label_sets.insert(self.question.id, set);
            } else {
                response.label_sets.remove(&self.question.id);
            }
            if ticked {
                changed.push(response.status);
            }
        }
        let name = self.names.get(&user).cloned().unwrap_or_default();
        for status in changed {
            self.impact.ticked += 1;
            *self.impact.responses.entry((name.clone(), Status::word(status))).or_default() += 1;
        }
        if let Some(working) = &mut next.entry.working {
            let (ticked, _) = self.answers(working, None);
            self.impact.working += u64::from(ticked);
        }
        let stamp = self.stamp.clone();
        next.stamps.touch(&person.entry, &next.entry, &stamp);
        next
    }

    /// Changes the ticks of an answer; tells whether the label was ticked, and the label set from now on.
    fn answers(&mut self, answers: &mut Answers, set: Option<i64>) -> (bool, Option<i64>) {
        let id = self.question.id;
        if let Some(answer @ (Answer::Ranking(_) | Answer::Spans(_))) = answers.get_mut(&id)
            && let (Some(from), Some(to)) = self.names()
        {
            return (relabel(answer, &from, &to), set);
        }
        let Some(Answer::Labels(labels)) = answers.get_mut(&id) else { return (false, set) };
        let (from, to) = match self.way {
            TickChange::Onto(from, to) | TickChange::OntoOn(from, to, _) => (from, Some(to)),
            TickChange::Gone(from) | TickChange::Stay(from) => (from, None),
            TickChange::Named(..) | TickChange::Nothing => return (false, set),
        };
        let Some(at) = labels.iter().position(|label| *label == from) else { return (false, set) };
        if matches!(self.way, TickChange::Stay(_)) {
            return (true, set);
        }
        labels.remove(at);
        if let Some(to) = to {
            if let Err(at) = labels.binary_search(&to) {
                labels.insert(at, to);
            }
            return (true, set.map(|set| self.image(set, to)));
        }
        if labels.is_empty() {
            // "None of these" is an answer that nobody gave here.
            answers.remove(&id);
            self.impact.emptied += 1;
            return (true, None);
        }
        (true, set)
    }

    /// The number of a label set with this label in it.
    fn image(&mut self, set: i64, label: u32) -> i64 {
        if self.table.labels.get(label as usize).is_some_and(|label| label.offered_in(set)) {
            return set;
        }
        let next = self.table.set + self.images.len() as i64;
        self.images.entry(set).or_insert((next, label)).0
    }

    /// A value that spells labels out.
    fn json(&self, text: &str) -> String {
        let value: Value = serde_json::from_str(text).unwrap_or_default();
        let (from, to) = self.names();
        if from.is_none() {
            return text.to_owned();
        }
        let plain = matches!(self.question.kind, QuestionKind::MultiLabel | QuestionKind::Label);
        let named =
            |value: Value| if value.as_str() == from.as_deref() { to.clone().map(Value::from) } else { Some(value) };
        let value = match value {
            Value::Array(all) if plain => {
                let mut seen = BTreeSet::new();
                let all = all.into_iter().filter_map(named);
                Value::Array(all.filter(|value| seen.insert(value.to_string())).collect())
            }
            one if plain => named(one).unwrap_or(Value::Null),
            other => renamed(other, from.as_deref(), to.as_deref()),
        };
        value.to_string()
    }

    fn scores(&self, text: &str) -> String {
        let (Some(from), Some(to)) = self.names() else { return text.to_owned() };
        let mut scores: serde_json::Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
        let moved = matches!(self.way, TickChange::Named(..) | TickChange::Onto(..));
        if moved && let Some(score) = scores.shift_remove(&from) {
            scores.entry(to).or_insert(score);
            return Value::Object(scores).to_string();
        }
        text.to_owned()
    }

    /// The name of the label that goes, and of the one that comes.
    fn names(&self) -> (Option<String>, Option<String>) {
        match &self.way {
            TickChange::Named(from, to) => (Some(from.clone()), Some(to.clone())),
            TickChange::Onto(from, to) | TickChange::OntoOn(from, to, _) => {
                (Some(self.table.value(*from)), Some(self.table.value(*to)))
            }
            TickChange::Gone(from) => (Some(self.table.value(*from)), None),
            TickChange::Stay(_) | TickChange::Nothing => (None, None),
        }
    }
}

/// Gives a label of a ranking or of spans another name; what then stands twice stands once. Tells whether it was there.
fn relabel(answer: &mut Answer, from: &str, to: &str) -> bool {
    let mut changed = false;
    let mut rename = |label: &mut String| {
        if label == from {
            to.clone_into(label);
            changed = true;
        }
    };
    match answer {
        Answer::Ranking(all) => {
            for ranked in all.iter_mut() {
                rename(&mut ranked.value);
            }
            let mut seen = BTreeSet::new();
            all.retain(|ranked| seen.insert(ranked.value.clone()));
        }
        Answer::Spans(all) => {
            for span in all.iter_mut() {
                rename(&mut span.label);
            }
            let mut seen = BTreeSet::new();
            all.retain(|span| seen.insert((span.field.clone(), span.start, span.end, span.label.clone())));
        }
        Answer::Labels(_) | Answer::Rating(_) | Answer::Text(_) => {}
    }
    changed
}

/// Suggestions of rankings and spans name labels in their own shapes.
fn renamed(value: Value, from: Option<&str>, to: Option<&str>) -> Value {
    match value {
        Value::String(text) if Some(text.as_str()) == from => to.map_or(Value::String(text), Value::from),
        Value::Array(all) => all.into_iter().map(|one| renamed(one, from, to)).collect(),
        Value::Object(all) => Value::Object(
            all.into_iter()
                .map(|(name, one)| match name.as_str() {
                    "label" | "value" | "labels" => (name, renamed(one, from, to)),
                    _ => (name, one),
                })
                .collect(),
        ),
        other => other,
    }
}
