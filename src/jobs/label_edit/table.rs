//! The labels of a question while they change: values, keys, and in which label sets each was offered.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::LabelEdit;
use crate::exchange::label_fault;
use crate::jobs::JobError;
use crate::model::keys::{allowed, label_keys};
use crate::model::transfer::LabelFull;
use crate::model::{Label, Question, RecordId, Uid};
use crate::text::one_line;

/// The labels of a question while they change.
pub(super) struct LabelTable {
    pub(super) labels: Vec<Label>,
    pub(super) set: i64,
    pub(super) at: i64,
}

/// What becomes of ticks.
pub(super) enum TickChange {
    /// Nothing; but the label has another name, which suggestions and adjudications spell out.
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

impl TickChange {
    pub(super) fn touches(&self) -> bool {
        !matches!(self, Self::Nothing)
    }
}

impl LabelTable {
    pub(super) fn words(&self, question: &Question) -> Value {
        let values = self.labels.iter().filter(|label| label.retired.is_none()).map(|label| label.value.as_str());
        json!({"question": question.name, "label_set": self.set, "labels": values.collect::<Vec<_>>()})
    }

    pub(super) fn value(&self, label: u32) -> String {
        self.labels.get(label as usize).map_or_else(String::new, |label| label.value.clone())
    }

    fn label(&mut self, label: u32) -> Result<&mut Label, JobError> {
        self.labels.get_mut(label as usize).ok_or_else(|| JobError::refused("there is no such label", ""))
    }

    pub(super) fn apply(&mut self, cut: &LabelEdit, uid: &mut dyn FnMut() -> Uid) -> Result<TickChange, JobError> {
        match cut {
            LabelEdit::Change { label, value, title, description, group } => {
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
                Ok(if new == old { TickChange::Nothing } else { TickChange::Named(old, new) })
            }
            LabelEdit::Merge { label, into } if label == into => {
                Err(JobError::refused("a label cannot be merged into itself", "name two labels"))
            }
            LabelEdit::Merge { label, into } => {
                self.offer(*into, true)?;
                self.offer(*label, false)?;
                Ok(TickChange::Onto(*label, *into))
            }
            LabelEdit::Split { label, into, records } => {
                self.free(into)?;
                let new = self.add(*label, into, uid)?;
                Ok(TickChange::OntoOn(*label, new, records.clone()))
            }
            LabelEdit::Retire(label) => self.offer(*label, false).map(|()| TickChange::Stay(*label)),
            LabelEdit::Restore(label) => self.offer(*label, true).map(|()| TickChange::Nothing),
            LabelEdit::Delete(label) => self.offer(*label, false).map(|()| TickChange::Gone(*label)),
            LabelEdit::Keys(keys) => self.keys(keys).map(|()| TickChange::Nothing),
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
    pub(super) fn close(&mut self, images: BTreeMap<i64, (i64, u32)>) {
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
