//! Undo and redo: unsaved answers one by one, then the last step, wherever it was.

use super::{Effect, Mode, Place, Session};
use crate::model::Entry;
use crate::model::EventKind;
use crate::model::record_view::{Counts, Direction, RecordView};

/// The kind of a step as a person reads it.
#[must_use]
pub fn kind_words(kind: &EventKind) -> &str {
    match kind {
        EventKind::Working => "a change kept without Enter",
        other => other.word(),
    }
}

impl Session {
    pub(super) fn undo(&mut self, earlier_too: bool) -> Vec<Effect> {
        if let Some(task) = self.task()
            && let Some(former) = task.undo.pop()
        {
            task.redo.push(std::mem::replace(&mut task.answers, former));
            return self.say("");
        }
        self.moving = true;
        vec![Effect::Reverse(Direction::Undo, earlier_too)]
    }

    pub(super) fn redo(&mut self) -> Vec<Effect> {
        if let Some(task) = self.task() {
            if let Some(later) = task.redo.pop() {
                task.undo.push(std::mem::replace(&mut task.answers, later));
                return self.say("");
            }
            if task.changed() && !task.restored {
                return self.say("nothing to do again");
            }
        }
        self.moving = true;
        vec![Effect::Reverse(Direction::Redo, true)]
    }

    /// An undo or redo was done: its record comes on screen. `left` is what the record held before.
    pub(super) fn reversed(
        &mut self,
        direction: Direction,
        kind: &EventKind,
        loaded: RecordView,
        left: &Entry,
        counts: Counts,
        now: i64,
    ) -> Vec<Effect> {
        self.counts = counts;
        self.moving = false;
        if self.mode == Mode::List {
            let effects = self.refresh_list();
            let done = if direction == Direction::Undo { "undone" } else { "done again" };
            self.message = format!("{done}: {}", kind.word());
            return effects;
        }
        let name = loaded.record.name();
        let (here, untouched) = match &self.place {
            Place::At(task) => (task.record.id == loaded.record.id, task.restored),
            _ => (false, true),
        };
        // Answers of an undone submit that nobody touched are in the history: keeping them as a draft would be a
        // new step, and would end the redo.
        let mut effects = if here || untouched { Vec::new() } else { self.keep(now) };
        if !here && let Place::At(task) = &self.place {
            let record = task.record.id;
            self.trail.push(record);
        }
        self.in_hand = None;
        // What is undone is shown as what it was: an adjudication, or my own answer.
        self.judging = (*kind == EventKind::Adjudication).then(|| self.judging.unwrap_or(self.former.len()));
        effects.extend(self.arrive(loaded, now));
        if direction == Direction::Undo
            && let Some(adjudications) = &left.adjudications
        {
            let former = super::adjudicate::answers(&self.dataset, adjudications);
            let why = adjudications.values().find_map(|adjudication| adjudication.reason.clone());
            if let Some(task) = self.task() {
                task.why = why;
                task.answers = former;
                task.restored = task.changed();
            }
        }
        if direction == Direction::Undo
            && matches!(kind, EventKind::Submit | EventKind::Discard)
            && let (Some(task), Some(response)) = (self.task(), &left.response)
        {
            task.answers.clone_from(&response.answers);
            task.restored = task.changed();
        }
        let done = if direction == Direction::Undo { "undone" } else { "done again" };
        self.message = format!("{done}: {} of {name} · saved", kind_words(kind));
        effects
    }

    pub(super) fn not_reversed(&mut self, direction: Direction, words: String, again: bool) -> Vec<Effect> {
        self.moving = false;
        if again && direction == Direction::Undo {
            self.armed = Some('u');
        }
        self.say(words)
    }
}
