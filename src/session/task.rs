//! The record on screen with my answers on it. No record, no answers.

use crate::model::record_view::{NamedResponse, RecordView};
use std::collections::BTreeMap;

use crate::model::{Adjudications, Answer, Answers, Entry, QuestionId, Record, Spot, Status, Suggestion, UserId};

/// Longest pause between two keys that still counts as work on the record, in milliseconds.
const LONGEST_PAUSE_MS: i64 = 60_000;

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

/// A record being answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// The record.
    pub record: Record,
    /// From which place on the queue goes on.
    place: i64,
    /// What I hold about it in the store, as last asked for.
    pub base: Entry,
    /// What everybody held when it was opened or last looked at.
    pub held: Vec<NamedResponse>,
    /// What agents suggest.
    pub suggestions: Vec<Suggestion>,
    /// Which answers are right, where somebody decided, and who.
    pub stood: Adjudications,
    /// Names of those who decided, by their key.
    pub adjudicates: BTreeMap<UserId, String>,
    /// While I adjudicate, what is ticked is an adjudication: this one stands.
    pub ruled: Option<Answers>,
    /// Why the adjudication is as it is.
    pub why: Option<String>,
    /// What is answered on the screen now; a question without an answer is absent.
    pub answers: Answers,
    /// Former answers of this visit, for undo and redo.
    pub(super) undo: Vec<Answers>,
    pub(super) redo: Vec<Answers>,
    /// The last answers put aside for undo are from before the text that is being typed.
    pub(super) typing: bool,
    /// The answers are those of an undone submit and nobody has touched them since.
    pub(super) restored: bool,
    /// Row of the cursor in the active question.
    pub cursor: usize,
    /// First line of the text shown.
    pub scroll: u16,
    /// Milliseconds worked on it in this visit, and when that was last added to.
    active: i64,
    touched: i64,
}

impl Task {
    pub(super) fn new(loaded: RecordView, now: i64) -> Self {
        let mut task = Self {
            record: loaded.record,
            place: loaded.place,
            base: loaded.entry,
            held: loaded.held,
            suggestions: loaded.suggestions,
            stood: loaded.adjudications,
            adjudicates: loaded.adjudicates,
            ruled: None,
            why: None,
            answers: Answers::new(),
            undo: Vec::new(),
            redo: Vec::new(),
            typing: false,
            restored: false,
            cursor: 0,
            scroll: 0,
            active: 0,
            touched: now,
        };
        task.answers = task.stored();
        task
    }

    /// Where it is in the dataset's order.
    #[must_use]
    pub fn spot(&self) -> Spot {
        Spot { record: self.record.id, position: self.place }
    }

    /// Status of what stands, or pending.
    #[must_use]
    pub fn status(&self) -> &'static str {
        self.base.status().map_or("pending", Status::word)
    }

    /// What the store has answered, the working copy first.
    pub(super) fn stored(&self) -> Answers {
        if let Some(ruled) = &self.ruled {
            return ruled.clone();
        }
        let entry = &self.base;
        let stands = || entry.response.as_ref().map(|response| response.answers.clone());
        entry.working.clone().or_else(stands).unwrap_or_default()
    }

    /// Whether the screen shows something else than the store has.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.answers != self.stored()
    }

    /// The ticked labels of a question; an empty list is "none of these", nothing is no answer.
    #[must_use]
    pub fn labels(&self, question: QuestionId) -> Option<&[u32]> {
        self.answers.get(&question)?.labels()
    }

    /// The answer to a rating question.
    #[must_use]
    pub fn rating(&self, question: QuestionId) -> Option<f64> {
        match self.answers.get(&question)? {
            Answer::Rating(number) => Some(*number),
            _ => None,
        }
    }

    /// The answer to a text question.
    #[must_use]
    pub fn text(&self, question: QuestionId) -> Option<&str> {
        match self.answers.get(&question)? {
            Answer::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Answers a question, or takes the answer away.
    pub(super) fn answer(&mut self, question: QuestionId, answer: Option<Answer>) {
        let mut answers = self.answers.clone();
        match answer {
            Some(answer) => answers.insert(question, answer),
            None => answers.remove(&question),
        };
        if answers != self.answers {
            self.undo.push(std::mem::replace(&mut self.answers, answers));
            self.redo.clear();
            self.restored = false;
            self.typing = false;
        }
    }

    /// As [`Task::answer`], for a text that changes with each key: one step of undo for all of it.
    pub(super) fn retype(&mut self, question: QuestionId, answer: Option<Answer>) {
        let typing = self.typing;
        let former = self.undo.len();
        self.answer(question, answer);
        if typing && self.undo.len() > former {
            self.undo.pop();
        }
        self.typing = true;
    }

    /// Something was done at the record at `now`: long pauses are no work.
    pub(super) fn touch(&mut self, now: i64) {
        self.active += (now - self.touched).clamp(0, LONGEST_PAUSE_MS);
        self.touched = now;
    }

    /// Milliseconds of work in this visit.
    pub(super) fn visit_ms(&self) -> i64 {
        self.active
    }

    /// Milliseconds of work on the response so far, earlier visits included.
    pub(super) fn active_ms(&self) -> i64 {
        let former = self.base.response.as_ref().and_then(|response| response.active_ms);
        self.active + former.unwrap_or(0)
    }
}
