//! Label surgery: rename, merge, split off, retire, delete. What it would touch is counted first; all of it is one step
//! that can be undone, and the history keeps what stood there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Given, JobError};
use crate::exchange::label_fault;
use crate::model::keys::{allowed, label_keys};
use crate::model::transfer::LabelFull;
use crate::model::{
    Answer, Answers, Dataset, Label, Person, Question, QuestionKind, RecordId, Stamp, Status, Uid, UserId,
};
use crate::progress::Progress;
use crate::store::{Change, Logged, Store};
use crate::text::one_line;

/// Records that are looked at together.
const PAGE: usize = 2_000;

/// What is done to labels of a question, by index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cut {
    /// Another value, title, description or group; none: as it is.
    Change {
        /// The label.
        label: u32,
        /// In files.
        value: Option<String>,
        /// On screen.
        title: Option<String>,
        /// What belongs to it.
        description: Option<String>,
        /// The heading it stands under; empty: none.
        group: Option<String>,
    },
    /// Every tick of one becomes one of the other, and it is offered no more.
    Merge {
        /// The one that goes.
        label: u32,
        /// The one that stays.
        into: u32,
    },
    /// Its ticks on these records, ascending, become ticks of a new label.
    Split {
        /// The label.
        label: u32,
        /// Value of the new one.
        into: String,
        /// Where.
        records: Vec<RecordId>,
    },
    /// It is offered no more; its ticks stay.
    Retire(u32),
    /// It is offered again.
    Restore(u32),
    /// It is offered no more, and its ticks are taken away.
    Delete(u32),
    /// Keys by label; whoever has one of them gets the former key of that label.
    Keys(Vec<(u32, char)>),
}

/// What a cut touches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Impact {
    /// Responses that change, by person and status.
    pub responses: BTreeMap<(String, &'static str), u64>,
    /// Working copies that change.
    pub working: u64,
    /// Suggestions that change.
    pub suggestions: u64,
    /// Verdicts that change.
    pub verdicts: u64,
    /// Answers that would be empty, and become missing.
    pub emptied: u64,
    /// Responses that ticked the label, whether they change or not.
    pub ticked: u64,
}

/// Does it, or with `dry_run` only says what it would touch.
///
/// # Errors
/// [`JobError::Refused`] when a value or key is taken.
pub fn cut(
    store: &mut dyn Store,
    (dataset, question): (&Dataset, &Question),
    cut: &Cut,
    user: UserId,
    dry_run: bool,
    given: &mut Given<'_>,
    progress: &dyn Progress,
) -> Result<Impact, JobError> {
    store.begin()?;
    let done = run(store, dataset, question, cut, user, given, progress);
    match done {
        Ok(impact) if !dry_run => {
            store.commit()?;
            Ok(impact)
        }
        done => {
            store.rollback()?;
            done
        }
    }
}

fn run(
    store: &mut dyn Store,
    dataset: &Dataset,
    question: &Question,
    cut: &Cut,
    user: UserId,
    given: &mut Given<'_>,
    progress: &dyn Progress,
) -> Result<Impact, JobError> {
    let step = (given.uid)();
    store.begin_step(&step, false)?;
    let mut table = Table { labels: question.labels.clone(), set: question.label_set, at: given.at.0 };
    let before = table.words(question);
    let way = table.apply(cut, given.uid)?;
    let mut surgeon = Surgeon {
        names: store.users()?.into_iter().map(|user| (user.id, user.name)).collect(),
        stamp: Stamp(Some(given.at.0), step.0.clone()),
        question,
        table,
        way,
        images: BTreeMap::new(),
        impact: Impact::default(),
    };
    let total = store.counts(dataset.id, UserId(0))?.records as u64;
    let (mut last, mut done) = (RecordId(0), 0);
    while surgeon.way.touches() {
        let page = store.whole_after(dataset.id, last, PAGE)?;
        let Some(end) = page.last() else { break };
        last = end.id;
        done += page.len() as u64;
        for record in page {
            surgeon.record(store, dataset, &record)?;
        }
        progress.at(done, total)?;
    }
    let Surgeon { mut table, images, impact, .. } = surgeon;
    table.close(images);
    for (index, label) in (0..).zip(&table.labels) {
        if question.labels.get(index as usize) != Some(label) {
            store.put_label(question.id, index, label)?;
        }
    }
    store.put_label_set(question.id, table.set)?;
    store.recount(dataset.id)?;
    store.end_step()?;
    let after = table.words(question).to_string();
    let change = Change { event: step.clone(), step, user: Some(user), at: given.at };
    let before = before.to_string();
    let logged =
        Logged { kind: "labels", dataset: Some(dataset.id), record: None, before: Some(&before), after: &after };
    store.log(&change, &logged)?;
    Ok(impact)
}

/// The labels of a question while they change.
struct Table {
    labels: Vec<Label>,
    set: i64,
    at: i64,
}

/// What becomes of ticks.
enum Way {
    /// Nothing; but the label has another name, which suggestions and verdicts spell out.
    Named(String, String),
    /// Of the first become ticks of the second.
    Onto(u32, u32),
    /// The same on these records.
    OntoOn(u32, u32, Vec<RecordId>),
    /// They go.
    Gone(u32),
    /// They stay: it is only counted.
    Stay(u32),
    /// Nothing at all.
    Nothing,
}

impl Way {
    fn touches(&self) -> bool {
        !matches!(self, Self::Nothing)
    }
}

impl Table {
    fn words(&self, question: &Question) -> Value {
        let values = self.labels.iter().filter(|label| label.retired.is_none()).map(|label| label.value.as_str());
        json!({"question": question.name, "label_set": self.set, "labels": values.collect::<Vec<_>>()})
    }

    fn value(&self, label: u32) -> String {
        self.labels.get(label as usize).map_or_else(String::new, |label| label.value.clone())
    }

    fn label(&mut self, label: u32) -> Result<&mut Label, JobError> {
        self.labels.get_mut(label as usize).ok_or_else(|| JobError::refused("there is no such label", ""))
    }

    fn apply(&mut self, cut: &Cut, uid: &mut dyn FnMut() -> Uid) -> Result<Way, JobError> {
        match cut {
            Cut::Change { label, value, title, description, group } => {
                let old = self.value(*label);
                if let Some(value) = value.as_ref().filter(|value| **value != old) {
                    self.free(value)?;
                }
                let at = self.at;
                let label = self.label(*label)?;
                if let Some(value) = value {
                    if label.title == label.value {
                        label.title.clone_from(value);
                    }
                    label.value.clone_from(value);
                }
                for (new, part) in [(title, &mut label.title), (description, &mut label.description)] {
                    if let Some(new) = new {
                        part.clone_from(new);
                    }
                }
                if let Some(group) = group {
                    label.group = Some(group.clone()).filter(|group| !group.is_empty());
                }
                label.changed_at = Some(at);
                let new = label.value.clone();
                Ok(if new == old { Way::Nothing } else { Way::Named(old, new) })
            }
            Cut::Merge { label, into } if label == into => {
                Err(JobError::refused("a label cannot be merged into itself", "name two labels"))
            }
            Cut::Merge { label, into } => {
                self.offer(*into, true)?;
                self.offer(*label, false)?;
                Ok(Way::Onto(*label, *into))
            }
            Cut::Split { label, into, records } => {
                self.free(into)?;
                let new = self.add(*label, into, uid)?;
                Ok(Way::OntoOn(*label, new, records.clone()))
            }
            Cut::Retire(label) => self.offer(*label, false).map(|()| Way::Stay(*label)),
            Cut::Restore(label) => self.offer(*label, true).map(|()| Way::Nothing),
            Cut::Delete(label) => self.offer(*label, false).map(|()| Way::Gone(*label)),
            Cut::Keys(keys) => self.keys(keys).map(|()| Way::Nothing),
        }
    }

    /// Whether a value can stand beside the others.
    fn free(&self, value: &str) -> Result<(), JobError> {
        let there: Vec<(&str, Option<&str>)> = self.labels.iter().map(|label| (label.value.as_str(), None)).collect();
        if there.iter().any(|(known, _)| *known == value) {
            return Err(JobError::refused(
                format!("there is a label '{}' already", one_line(value)),
                "to make two labels one: labelry labels merge",
            ));
        }
        let new = LabelFull { value: value.to_owned(), ..LabelFull::default() };
        label_fault(&there, &new).map_or(Ok(()), |fault| Err(fault.into()))
    }

    /// From a new label set on it is offered, or not.
    fn offer(&mut self, label: u32, offered: bool) -> Result<(), JobError> {
        let (at, set) = (self.at, self.set);
        let old = self.label(label)?;
        if old.offered_in(set) == offered {
            return Ok(());
        }
        let end = set + 1;
        old.changed_at = Some(at);
        let was: Vec<bool> = (1..=set).map(|set| old.offered_in(set)).collect();
        old.retired = if offered { None } else { Some(end) };
        old.exceptions.clear();
        old.exceptions = (1..=set).filter(|set| old.offered_in(*set) != was[*set as usize - 1]).collect();
        self.set = end;
        Ok(())
    }

    fn add(&mut self, like: u32, value: &str, uid: &mut dyn FnMut() -> Uid) -> Result<u32, JobError> {
        let (at, end) = (self.at, self.set + 1);
        let like = self.label(like)?;
        let new = Label {
            uid: uid(),
            value: value.to_owned(),
            title: value.to_owned(),
            description: String::new(),
            key: None,
            group: like.group.clone(),
            exclusive: like.exclusive,
            since: end,
            retired: None,
            exceptions: Vec::new(),
            changed_at: Some(at),
        };
        self.labels.push(new);
        let keys = label_keys(&self.labels.iter().map(|label| (label.title.as_str(), label.key)).collect::<Vec<_>>());
        let last = self.labels.len() - 1;
        self.labels[last].key = keys[last];
        self.set = end;
        Ok(last as u32)
    }

    fn keys(&mut self, keys: &[(u32, char)]) -> Result<(), JobError> {
        for (label, key) in keys {
            if !allowed(*key) {
                return Err(JobError::refused(
                    format!("'{key}' cannot be the key of a label"),
                    "a key is a digit from 1 to 9, or a lowercase letter that is no key of the interface",
                ));
            }
            let former = self.label(*label)?.key;
            if let Some(holder) = self.labels.iter_mut().find(|label| label.key == Some(*key)) {
                holder.key = former;
            }
            self.label(*label)?.key = Some(*key);
        }
        Ok(())
    }

    /// Gives each set of labels that answers came to its number: those before the present one, which gets the last.
    fn close(&mut self, images: BTreeMap<i64, (i64, u32)>) {
        if images.is_empty() {
            return;
        }
        let (end, shift) = (self.set, images.len() as i64);
        let offered = |label: &Label, set: i64| label.offered_in(set);
        let truth: Vec<Vec<bool>> =
            self.labels.iter().map(|label| (1..=end).map(|set| offered(label, set)).collect()).collect();
        let from: BTreeMap<i64, (i64, u32)> =
            images.into_iter().map(|(old, (number, added))| (number, (old, added))).collect();
        for (at, label) in self.labels.iter_mut().enumerate() {
            let known = &truth[at];
            let is = |set: i64| {
                if set < end {
                    return known[set as usize - 1];
                }
                from.get(&set)
                    .map_or(known[end as usize - 1], |(old, added)| known[*old as usize - 1] || at == *added as usize)
            };
            let last = end + shift;
            if label.since == end {
                label.since = last;
            }
            if label.retired == Some(end) {
                label.retired = Some(last);
            }
            label.exceptions.clear();
            label.exceptions = (1..=last).filter(|set| label.offered_in(*set) != is(*set)).collect();
        }
        self.set = end + shift;
    }
}

struct Surgeon<'q> {
    names: BTreeMap<UserId, String>,
    stamp: Stamp,
    question: &'q Question,
    table: Table,
    way: Way,
    /// Label sets in which the label that ticks came to was not offered: by their number the number of the same set
    /// with it, and the label.
    images: BTreeMap<i64, (i64, u32)>,
    impact: Impact,
}

impl Surgeon<'_> {
    fn record(
        &mut self,
        store: &mut dyn Store,
        dataset: &Dataset,
        record: &crate::model::Whole,
    ) -> Result<(), JobError> {
        if let Way::OntoOn(_, _, records) = &self.way
            && records.binary_search(&record.id).is_err()
        {
            return Ok(());
        }
        for (user, person) in &record.people {
            let next = self.person(person, *user);
            if next != *person {
                store.put_person(dataset.id, *user, record.id, &next)?;
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
        let mut verdicts = record.verdicts.clone();
        if let Some(verdict) = verdicts.get_mut(&self.question.id.0) {
            let next = serde_json::from_str(&self.json(&verdict.value.to_string())).unwrap_or_default();
            if next != verdict.value {
                (verdict.value, verdict.at) = (next, self.stamp.0);
                self.impact.verdicts += 1;
                store.put_verdicts(record.id, &verdicts)?;
            }
        }
        Ok(())
    }

    fn person(&mut self, person: &Person, user: UserId) -> Person {
        let mut next = person.clone();
        let responses = next.entry.response.iter_mut().chain(next.passes.values_mut().map(|(response, _)| response));
        let mut changed = Vec::new();
        for response in responses {
            let set = response.label_sets.get(&self.question.id.0).copied();
            let (ticked, set) = self.answers(&mut response.answers, set);
            if let Some(set) = set {
                response.label_sets.insert(self.question.id.0, set);
            } else {
                response.label_sets.remove(&self.question.id.0);
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
        let id = self.question.id.0;
        if let Some(Answer::Value(value)) = answers.get_mut(&id)
            && let (Some(from), Some(to)) = self.names()
        {
            let next = renamed(value.clone(), Some(&from), Some(&to));
            let changed = next != *value;
            *value = next;
            return (changed, set);
        }
        let Some(Answer::Labels(labels)) = answers.get_mut(&id) else { return (false, set) };
        let (from, to) = match self.way {
            Way::Onto(from, to) | Way::OntoOn(from, to, _) => (from, Some(to)),
            Way::Gone(from) | Way::Stay(from) => (from, None),
            Way::Named(..) | Way::Nothing => return (false, set),
        };
        let Some(at) = labels.iter().position(|label| *label == from) else { return (false, set) };
        if matches!(self.way, Way::Stay(_)) {
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
        let moved = matches!(self.way, Way::Named(..) | Way::Onto(..));
        if moved && let Some(score) = scores.shift_remove(&from) {
            scores.entry(to).or_insert(score);
            return Value::Object(scores).to_string();
        }
        text.to_owned()
    }

    /// The name of the label that goes, and of the one that comes.
    fn names(&self) -> (Option<String>, Option<String>) {
        match &self.way {
            Way::Named(from, to) => (Some(from.clone()), Some(to.clone())),
            Way::Onto(from, to) | Way::OntoOn(from, to, _) => {
                (Some(self.table.value(*from)), Some(self.table.value(*to)))
            }
            Way::Gone(from) => (Some(self.table.value(*from)), None),
            Way::Stay(_) | Way::Nothing => (None, None),
        }
    }
}

/// Rankings and spans name labels in their own shapes.
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
