//! Keeping answers: what is handed in, what is kept as a draft, what could not be saved.

use super::key::Key;
use super::task::Task;
use super::{Effect, Intent, Mode, Place, Saving, Session, Unsaved};
use crate::model::record_view::Counts;
use crate::model::{Adjudications, Answers, Entry, EventKind, RecordId, Response, Seen, Sight, Status};

impl Session {
    /// What is on the screen of others' work on this record, added to what was seen before.
    pub(super) fn seen(&self, task: &Task) -> Seen {
        let open = self.others_shown(task);
        let answered = |held: &crate::model::record_view::NamedResponse| {
            held.user != self.user.name && held.entry.status() == Some(Status::Submitted)
        };
        let others = open && task.held.iter().any(answered);
        let agents = if self.suggestions_shown(task) {
            task.suggestions.iter().map(|suggestion| suggestion.agent.clone()).collect()
        } else {
            [].into()
        };
        Seen { others, agents }.and(&task.base.seen)
    }

    /// Whether others' answers to the record may be shown.
    #[must_use]
    pub fn others_shown(&self, task: &Task) -> bool {
        self.judging.is_some() || Sight::labelling(&self.dataset).others_on(Some(&task.base))
    }

    /// Whether suggestions for the record may be shown.
    #[must_use]
    pub fn suggestions_shown(&self, task: &Task) -> bool {
        Sight::labelling(&self.dataset).suggestions_on(Some(&task.base))
    }

    /// The record on screen with this status, as it would be stored.
    pub(super) fn response(&self, status: Status, reason: Option<String>, now: i64) -> Option<Intent> {
        let Place::At(task) = &self.place else { return None };
        let response = self.response_of(task, status, reason, now);
        let after = Entry { response: Some(response), working: None, seen: self.seen(task), ..task.base.clone() };
        Some(Self::intent(task, Self::kind(status), after, now))
    }

    pub(super) fn response_of(&self, task: &Task, status: Status, reason: Option<String>, now: i64) -> Response {
        let former = task.base.response.as_ref();
        let seen = self.seen(task);
        Response {
            uid: former.map(|response| response.uid.clone()).unwrap_or_default(),
            status,
            label_sets: self.dataset.questions.iter().map(|q| (q.id, q.label_set)).collect(),
            answers: task.answers.clone(),
            reason,
            active_ms: Some(task.active_ms()),
            at: Some(now),
            guidelines_version: self.dataset.guidelines_version,
            saw_agents: seen.agents.into_iter().collect(),
            saw_others: seen.others,
        }
    }

    pub(super) fn kind(status: Status) -> EventKind {
        match status {
            Status::Draft => EventKind::Draft,
            Status::Submitted => EventKind::Submit,
            Status::Discarded => EventKind::Discard,
        }
    }

    pub(super) fn intent(task: &Task, kind: EventKind, after: Entry, now: i64) -> Intent {
        Intent { kind, record: task.record.id, name: task.record.name(), after, stood: Adjudications::new(), at: now }
    }

    /// Sends a save and takes the new state for the record's own, one version on.
    pub(super) fn save(&mut self, intent: Intent, words: String) -> Effect {
        if let Some(task) = self.task().filter(|task| task.record.id == intent.record) {
            task.base = Entry { version: intent.after.version + 1, adjudications: None, ..intent.after.clone() };
        }
        let active_ms = self.task().map_or(0, |task| task.visit_ms());
        self.saving.push(Saving { record: intent.record, words, kind: intent.kind.clone(), active_ms });
        Effect::Save(Box::new(intent))
    }

    pub(super) fn submit(&mut self, now: i64) -> Vec<Effect> {
        let Place::At(task) = &self.place else {
            return if self.place == Place::Done { self.onward(now) } else { Vec::new() };
        };
        if task.ruled.is_some() {
            return self.rule(now);
        }
        let labels = self.question().is_some_and(|question| {
            matches!(question.kind, crate::model::QuestionKind::MultiLabel | crate::model::QuestionKind::Label)
        });
        if labels && task.answers.is_empty() && self.offered().count() == 0 {
            return self.ask_labels();
        }
        if let Some((question, words)) = self.missing(&task.answers) {
            if question != self.question {
                self.ask(question);
            }
            return self.say(words);
        }
        if task.answers.is_empty() {
            return self.say("nothing is answered · x discard");
        }
        let submitted = task.base.status() == Some(Status::Submitted);
        // In the queue of what was not offered, Enter says that the answer holds with today's labels.
        let asked_anew = matches!(self.queue, crate::model::Queue::NotOffered(..));
        if submitted && task.base.working.is_none() && !task.changed() && !asked_anew {
            return self.onward(now);
        }
        if !self.lost.is_empty() {
            // What was typed behind this Enter was meant for the next record: it must not land here.
            self.raise_fence();
            return self.say("an answer key was typed too early and dropped: Enter again submits what is ticked");
        }
        let answers = task.answers.clone();
        let Some(intent) = self.response(Status::Submitted, None, now) else {
            return Vec::new();
        };
        let words = format!("{}: {}", intent.name, self.answers_words(&answers));
        self.last = answers;
        let mut effects = vec![self.save(intent, words)];
        effects.extend(self.onward(now));
        effects
    }

    pub(super) fn discard(&mut self, reason: Option<String>, now: i64) -> Vec<Effect> {
        self.mode = Mode::Annotate;
        let words = reason.clone().unwrap_or_else(|| String::from("no reason given"));
        let Some(intent) = self.response(Status::Discarded, reason, now) else {
            return Vec::new();
        };
        let words = format!("{} discarded: {words}", intent.name);
        let mut effects = vec![self.save(intent, words)];
        effects.extend(self.onward(now));
        effects
    }

    /// What has to be kept of the record on screen before it is left.
    pub(super) fn keep(&mut self, now: i64) -> Vec<Effect> {
        let Place::At(task) = &self.place else { return Vec::new() };
        if !task.changed() {
            return Vec::new();
        }
        if task.ruled.is_some() {
            self.begun = Some(task.record.name());
            return Vec::new();
        }
        let stands = matches!(task.base.status(), Some(Status::Submitted | Status::Discarded));
        let intent = if stands {
            // What stands is on the screen again: nothing is kept beside it.
            let same = task.base.response.as_ref().is_some_and(|response| response.answers == task.answers);
            let working = (!same).then(|| task.answers.clone());
            let after = Entry { working, seen: self.seen(task), ..task.base.clone() };
            Self::intent(task, EventKind::Working, after, now)
        } else if task.answers.is_empty() {
            // All ticks of a draft were taken away: no answer, no draft.
            let after = Entry { response: None, working: None, seen: self.seen(task), ..task.base.clone() };
            Self::intent(task, EventKind::Draft, after, now)
        } else {
            let Some(intent) = self.response(Status::Draft, None, now) else {
                return Vec::new();
            };
            intent
        };
        let words = match (stands, intent.after.working.is_some(), intent.after.response.is_some()) {
            (true, true, _) => "kept, not counted until Enter",
            (true, false, _) => "as it was",
            (false, _, true) => "draft",
            (false, _, false) => "draft taken away",
        };
        let words = format!("{}: {words}", intent.name);
        vec![self.save(intent, words)]
    }

    pub(super) fn draft(&mut self, now: i64) -> Vec<Effect> {
        let effects = self.keep(now);
        if effects.is_empty() {
            let judges = self.begun.take().is_some();
            return self.say(if judges { "Enter saves the verdict" } else { "nothing has changed" });
        }
        effects
    }

    pub(super) fn flag(&mut self, now: i64) -> Vec<Effect> {
        let Place::At(task) = &self.place else { return Vec::new() };
        let after = Entry { flag: !task.base.flag, ..task.base.clone() };
        let words = format!("{}: flag {}", task.record.name(), if after.flag { "set" } else { "taken off" });
        let intent = Self::intent(task, EventKind::Flag, after, now);
        vec![self.save(intent, words)]
    }

    pub(super) fn note(&mut self, text: &str, now: i64) -> Vec<Effect> {
        let Place::At(task) = &self.place else { return Vec::new() };
        let note = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        if note == task.base.note {
            return self.say("");
        }
        let words = format!("{}: note{}", task.record.name(), if note.is_none() { " taken away" } else { "" });
        let after = Entry { note, ..task.base.clone() };
        let intent = Self::intent(task, EventKind::Note, after, now);
        vec![self.save(intent, words)]
    }

    pub(super) fn saved(&mut self, record: RecordId, version: i64, counts: Counts) -> Vec<Effect> {
        self.counts = counts;
        if let Some(index) = self.saving.iter().position(|saving| saving.record == record) {
            let saving = self.saving.remove(index);
            self.count_done(&saving.kind, 1, saving.active_ms);
            // What is said of the end of a queue stays behind it.
            let end = if self.place == Place::Done { format!(" · {}", self.message) } else { String::new() };
            self.message = format!("saved {} · u undo{end}", saving.words);
        }
        if self.saving.iter().all(|saving| saving.record != record)
            && let Some(task) = self.task().filter(|task| task.record.id == record)
        {
            task.base.version = version;
        }
        Vec::new()
    }

    /// Counts what was stored, for the words on leaving.
    pub(super) fn count_done(&mut self, kind: &EventKind, records: u32, active_ms: i64) {
        match kind {
            EventKind::Submit => self.done.submitted += records,
            EventKind::Discard => self.done.discarded += records,
            _ => return,
        }
        self.done.active_ms += active_ms;
    }

    pub(super) fn not_saved(&mut self, intent: Intent, why: String, stands: Option<Entry>) -> Vec<Effect> {
        if let Some(index) = self.saving.iter().position(|saving| saving.record == intent.record) {
            self.saving.remove(index);
        }
        self.message = format!("NOT SAVED {}", intent.name);
        if self.file_gone.is_none() {
            self.message.push_str(&format!(": {why}"));
        }
        self.unsaved.push(Unsaved { intent, why, other: stands });
        self.show_not_saved()
    }

    /// The page of what is not saved. Keys that were meant for what was on the screen before decide nothing here.
    pub(super) fn show_not_saved(&mut self) -> Vec<Effect> {
        self.mode = Mode::NotSaved;
        self.raise_fence();
        Vec::new()
    }

    /// Back to what the page of unsaved answers covered; keys wait until that was drawn again.
    pub(super) fn leave_not_saved(&mut self) {
        self.mode = if self.list.is_some() { Mode::List } else { Mode::Annotate };
        self.raise_fence();
    }

    /// The choice about what could not be saved: again, on top of what stands, or what stands.
    pub(super) fn press_not_saved(&mut self, key: Key, now: i64) -> Vec<Effect> {
        if self.fence.waits_for_draw || now < self.fence.until {
            // The page itself says what is not saved.
            self.message.clear();
            self.fence.dropped += 1;
            return Vec::new();
        }
        self.fence.dropped = 0;
        match key {
            Key::Char('r') => {
                self.leave_not_saved();
                let again = std::mem::take(&mut self.unsaved);
                let mut effects: Vec<Effect> = again.into_iter().map(|unsaved| self.save_again(unsaved)).collect();
                if self.bulk_why.take().is_some() {
                    effects.push(Effect::SaveAll(self.bulk.clone()));
                }
                effects
            }
            Key::Char('k') => {
                let (dropped, kept): (Vec<_>, Vec<_>) =
                    std::mem::take(&mut self.unsaved).into_iter().partition(|unsaved| unsaved.other.is_some());
                self.unsaved = kept;
                let step = if self.bulk_why.take().is_some() { std::mem::take(&mut self.bulk).len() } else { 0 };
                if self.unsaved.is_empty() {
                    self.leave_not_saved();
                    self.message = format!("what stood before is kept ({})", dropped.len() + step);
                }
                let here = |id| matches!(&self.place, Place::At(task) if task.record.id == id);
                let shown = dropped.iter().map(|unsaved| unsaved.intent.record).find(|id| here(*id));
                shown.map_or_else(Vec::new, |record| {
                    let mut effects = Vec::new();
                    let words = std::mem::take(&mut self.message);
                    self.go(super::Want::Exactly(record), &mut effects);
                    self.message = words;
                    effects
                })
            }
            Key::Char('w') if self.file_gone.is_some() => self.rescue(),
            Key::Char('Q') => {
                if let Some(astray) = &mut self.file_gone {
                    astray.given_up = true;
                }
                self.unsaved.clear();
                self.bulk.clear();
                self.bulk_why = None;
                self.hang_up(now)
            }
            Key::Esc => {
                self.leave_not_saved();
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn save_again(&mut self, unsaved: Unsaved) -> Effect {
        let mut intent = unsaved.intent;
        if let Some(stands) = unsaved.other {
            intent.after.version = stands.version;
            intent.stood = stands.adjudications.unwrap_or_default();
            if let (Some(mine), Some(response)) = (&mut intent.after.response, stands.response) {
                mine.uid = response.uid;
            }
        }
        let words = format!("{}: {}", intent.name, self.entry_words(&intent.after));
        self.save(intent, words)
    }

    /// An entry as a person reads it: status, answers, note.
    #[must_use]
    pub fn entry_words(&self, entry: &Entry) -> String {
        let mut parts = Vec::new();
        if let Some(adjudications) = &entry.adjudications {
            return format!(
                "verdict {}",
                self.answers_words(&super::adjudicate::answers(&self.dataset, adjudications))
            );
        }
        match &entry.response {
            None => parts.push(String::from("no response")),
            Some(response) => {
                parts.push(format!("{} {}", response.status.word(), self.answers_words(&response.answers)));
            }
        }
        let changed: Option<&Answers> = entry.working.as_ref();
        parts.extend(changed.map(|answers| format!("changed to {}", self.answers_words(answers))));
        parts.extend(entry.note.as_ref().map(|note| format!("note {note}")));
        if entry.flag {
            parts.push(String::from("flagged"));
        }
        parts.join(" · ")
    }
}
