//! The record on screen with my marks on it. No record, no marks.

use std::collections::BTreeSet;

use super::Loaded;
use crate::model::sitting::Held;
use crate::model::{Answer, Answers, Entry, QuestionId, Record, Status};

/// Where I am.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// A record is on its way.
    Opening,
    /// At a record.
    At(Box<Task>),
    /// The queue is empty.
    Done,
}

/// The state of an answer on screen: ticked labels and "none of these".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ticks {
    /// Ticked labels.
    pub labels: BTreeSet<u32>,
    /// "None of these" is ticked.
    pub none: bool,
}

impl Ticks {
    pub(super) fn of(answers: Option<&Answers>, question: QuestionId) -> Self {
        match answers.and_then(|answers| answers.get(&question.0)) {
            Some(Answer::Labels(labels)) => Self { labels: labels.iter().copied().collect(), none: labels.is_empty() },
            _ => Self::default(),
        }
    }

    /// The answer, if there is one.
    #[must_use]
    pub fn answer(&self) -> Option<Vec<u32>> {
        let some = self.none || !self.labels.is_empty();
        some.then(|| self.labels.iter().copied().collect())
    }
}

/// A record being answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// The record.
    pub record: Record,
    /// What I hold about it in the store, as last asked for.
    pub base: Entry,
    /// What everybody held when it was opened.
    pub held: Vec<Held>,
    /// What is ticked now.
    pub ticks: Ticks,
    /// Former ticks of this visit, for undo and redo.
    pub(super) undo: Vec<Ticks>,
    pub(super) redo: Vec<Ticks>,
    /// Row of the cursor among the offered labels.
    pub cursor: usize,
    /// First line of the text shown.
    pub scroll: u16,
    /// When it was opened.
    pub(super) opened: i64,
}

impl Task {
    pub(super) fn new(loaded: Loaded, question: QuestionId, now: i64) -> Self {
        let entry = &loaded.entry;
        let answers = entry.working.as_ref().or(entry.response.as_ref().map(|response| &response.answers));
        Self {
            ticks: Ticks::of(answers, question),
            record: loaded.record,
            base: loaded.entry,
            held: loaded.held,
            undo: Vec::new(),
            redo: Vec::new(),
            cursor: 0,
            scroll: 0,
            opened: now,
        }
    }

    /// Status of what stands, or pending.
    #[must_use]
    pub fn status(&self) -> &'static str {
        self.base.status().map_or("pending", Status::word)
    }

    /// What the store has ticked, the working copy first.
    pub(super) fn stored(&self, question: QuestionId) -> Ticks {
        let entry = &self.base;
        Ticks::of(entry.working.as_ref().or(entry.response.as_ref().map(|response| &response.answers)), question)
    }

    pub(super) fn change(&mut self, ticks: Ticks) {
        if ticks != self.ticks {
            self.undo.push(std::mem::replace(&mut self.ticks, ticks));
            self.redo.clear();
        }
    }
}
