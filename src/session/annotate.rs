//! Answering: ticks, submit, discard, later, back, undo.

use super::key::Key;
use super::keymap;
use super::task::Ticks;
use super::{Effect, Fence, Intent, Mode, Page, Place, Session, Task, Want};
use crate::model::sitting::Direction;
use crate::model::{Answer, Entry, QuestionId, Response, Status};

/// Milliseconds after a new record was drawn during which answer keys are dropped.
const TYPE_AHEAD_MS: i64 = 150;

impl Session {
    pub(super) fn say(&mut self, words: impl Into<String>) -> Vec<Effect> {
        self.message = words.into();
        Vec::new()
    }

    pub(super) fn asked(&self) -> QuestionId {
        self.question().map_or(QuestionId(0), |question| question.id)
    }

    pub(super) fn task(&mut self) -> Option<&mut Task> {
        match &mut self.place {
            Place::At(task) => Some(task),
            _ => None,
        }
    }

    /// Whether an answer key comes too early; others pass.
    pub(super) fn fenced(&mut self, key: Key, now: i64) -> bool {
        let waits = self.fence.waits_for_draw || now < self.fence.until || matches!(self.place, Place::Opening);
        let action = keymap::action(key);
        let harmless = matches!(
            action,
            Some(
                keymap::Action::Quit
                    | keymap::Action::Help
                    | keymap::Action::Suspend
                    | keymap::Action::Close
                    | keymap::Action::Up
                    | keymap::Action::Down
                    | keymap::Action::ScrollUp
                    | keymap::Action::ScrollDown
            )
        );
        if !waits || harmless {
            return false;
        }
        self.fence.dropped += 1;
        let plural = if self.fence.dropped == 1 { "key" } else { "keys" };
        self.message = format!("{} {plural} typed ahead dropped", self.fence.dropped);
        true
    }

    pub(super) fn drawn(&mut self, now: i64) -> Vec<Effect> {
        if self.fence.waits_for_draw && !matches!(self.place, Place::Opening) {
            self.fence = Fence { waits_for_draw: false, until: now + TYPE_AHEAD_MS, dropped: self.fence.dropped };
        }
        Vec::new()
    }

    pub(super) fn label_of(&self, key: Key) -> Option<u32> {
        let Key::Char(c) = key else { return None };
        let labels = self.question().map_or(&[][..], |question| &question.labels[..]);
        let index = self.keys.iter().position(|key| *key == Some(c))?;
        labels.get(index).is_some_and(|label| label.retired.is_none()).then_some(index as u32)
    }

    pub(super) fn toggle(&mut self, label: u32) -> Vec<Effect> {
        if let Some(task) = self.task() {
            let mut ticks = task.ticks.clone();
            ticks.none = false;
            if !ticks.labels.remove(&label) {
                ticks.labels.insert(label);
            }
            task.change(ticks);
        }
        self.say("")
    }

    pub(super) fn none(&mut self) -> Vec<Effect> {
        if let Some(task) = self.task() {
            let ticks = Ticks { none: !task.ticks.none, labels: [].into() };
            task.change(ticks);
        }
        self.say("")
    }

    pub(super) fn toggle_here(&mut self) -> Vec<Effect> {
        let Place::At(task) = &self.place else {
            return Vec::new();
        };
        let label = self.offered().nth(task.cursor).map(|(index, _)| index as u32);
        match label {
            Some(label) => self.toggle(label),
            None => self.none(),
        }
    }

    pub(super) fn again(&mut self) -> Vec<Effect> {
        let ticks = Ticks { none: self.last.is_empty(), labels: self.last.iter().copied().collect() };
        if self.sitting == 0 {
            return self.say("nothing was submitted in this sitting yet");
        }
        if let Some(task) = self.task() {
            task.change(ticks);
        }
        Vec::new()
    }

    pub(super) fn cursor(&mut self, by: isize) -> Vec<Effect> {
        let rows = self.offered().count() + 1;
        if let Some(task) = self.task() {
            task.cursor = task.cursor.saturating_add_signed(by).min(rows - 1);
        }
        Vec::new()
    }

    pub(super) fn scroll(&mut self, by: i32) -> Vec<Effect> {
        let last = super::panes::last_scroll(self);
        if let Some(task) = self.task() {
            let to = i32::from(task.scroll).saturating_add(by).clamp(0, i32::from(last));
            task.scroll = to as u16;
        }
        Vec::new()
    }

    pub(super) fn no_key(&mut self, key: Key) -> Vec<Effect> {
        match key {
            Key::Char(c) if c.is_alphanumeric() => self.say(format!("'{c}' is no key here · ? all keys")),
            _ => Vec::new(),
        }
    }

    /// My response to the record on screen as it would be with this status.
    fn response(&self, status: Status, reason: Option<String>, now: i64) -> Option<Intent> {
        let Place::At(task) = &self.place else {
            return None;
        };
        let question = self.question()?;
        let former = task.base.response.as_ref();
        let mut answers = former.map(|response| response.answers.clone()).unwrap_or_default();
        match task.ticks.answer() {
            Some(labels) => answers.insert(question.id.0, Answer::Labels(labels)),
            None => answers.remove(&question.id.0),
        };
        let spent = now - task.opened + former.and_then(|response| response.active_ms).unwrap_or(0);
        let response = Response {
            uid: former.map(|response| response.uid.clone()).unwrap_or_default(),
            status,
            label_sets: self.dataset.questions.iter().map(|q| (q.id.0, q.label_set)).collect(),
            answers,
            reason,
            active_ms: Some(spent),
            at: Some(now),
            guidelines_version: self.dataset.guidelines_version,
            saw_agents: Vec::new(),
            saw_others: task.held.iter().any(|held| held.user != self.user.name && held.entry.response.is_some())
                && matches!(self.dataset.hide, crate::model::Hide::None | crate::model::Hide::Suggestions),
        };
        let after = Entry { response: Some(response), working: None, ..task.base.clone() };
        Some(Self::intent(task, status.word(), after, now))
    }

    fn intent(task: &Task, kind: &'static str, after: Entry, now: i64) -> Intent {
        let kind = match kind {
            "submitted" => "submit",
            "discarded" => "discard",
            other => other,
        };
        Intent { kind, record: task.record.id, name: task.record.name(), after, at: now }
    }

    /// Sends a save and takes the new state for the record's own, one version on.
    pub(super) fn save(&mut self, intent: Intent, words: String) -> Effect {
        if let Some(task) = self.task().filter(|task| task.record.id == intent.record) {
            task.base = Entry { version: intent.after.version + 1, ..intent.after.clone() };
        }
        self.saving.push((intent.record, words));
        Effect::Save(Box::new(intent))
    }

    pub(super) fn submit(&mut self, now: i64) -> Vec<Effect> {
        let Place::At(task) = &self.place else {
            return Vec::new();
        };
        let required = self.question().is_some_and(|question| question.required);
        let Some(labels) = task.ticks.answer() else {
            let words = if required { "0 none of these · x discard" } else { "nothing is ticked" };
            return self.say(words);
        };
        let unchanged = task.base.status() == Some(Status::Submitted)
            && task.base.working.is_none()
            && task.ticks == task.stored(self.asked());
        if unchanged {
            return self.onward(now);
        }
        let Some(intent) = self.response(Status::Submitted, None, now) else {
            return Vec::new();
        };
        let words = format!("{}: {}", intent.name, self.words(&labels));
        self.last = labels;
        self.sitting += 1;
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

    pub(super) fn ask_discard(&mut self) -> Vec<Effect> {
        if matches!(self.place, Place::At(_)) {
            self.mode = Mode::Discard;
        }
        Vec::new()
    }

    /// What has to be kept of the record on screen before it is left.
    pub(super) fn keep(&mut self, now: i64) -> Vec<Effect> {
        let asked = self.asked();
        let Place::At(task) = &self.place else {
            return Vec::new();
        };
        if task.ticks == task.stored(asked) {
            return Vec::new();
        }
        let stands = matches!(task.base.status(), Some(Status::Submitted | Status::Discarded));
        let intent = if stands {
            let mut answers = task.base.response.as_ref().map(|r| r.answers.clone()).unwrap_or_default();
            match task.ticks.answer() {
                Some(labels) => answers.insert(asked.0, Answer::Labels(labels)),
                None => answers.remove(&asked.0),
            };
            let after = Entry { working: Some(answers), ..task.base.clone() };
            Self::intent(task, "working", after, now)
        } else {
            let Some(intent) = self.response(Status::Draft, None, now) else {
                return Vec::new();
            };
            intent
        };
        let words = if stands { "kept, not counted until Enter" } else { "draft" };
        let words = format!("{}: {words}", intent.name);
        vec![self.save(intent, words)]
    }

    pub(super) fn draft(&mut self, now: i64) -> Vec<Effect> {
        let effects = self.keep(now);
        if effects.is_empty() {
            return self.say("nothing has changed");
        }
        effects
    }

    /// Goes to the next record of the queue: the one in hand at once, else it is fetched.
    pub(super) fn onward(&mut self, now: i64) -> Vec<Effect> {
        let Place::At(task) = &self.place else {
            return vec![Effect::Fetch(Want::Next(0))];
        };
        let position = task.record.position;
        self.trail.push(task.record.id);
        self.fence = Fence { waits_for_draw: true, until: now + TYPE_AHEAD_MS, dropped: 0 };
        match self.in_hand.take() {
            Some(loaded) if loaded.record.position > position => self.arrive(loaded, now),
            _ => {
                self.place = Place::Opening;
                vec![Effect::Fetch(Want::Next(position))]
            }
        }
    }

    /// Puts a record on screen and asks for the one after it.
    pub(super) fn arrive(&mut self, loaded: super::Loaded, now: i64) -> Vec<Effect> {
        let position = loaded.record.position;
        self.place = Place::At(Box::new(Task::new(loaded, self.asked(), now)));
        self.fence.waits_for_draw = true;
        vec![Effect::Fetch(Want::Ahead(position))]
    }

    pub(super) fn next(&mut self, now: i64) -> Vec<Effect> {
        let mut effects = self.keep(now);
        effects.extend(self.onward(now));
        effects
    }

    pub(super) fn back(&mut self, now: i64) -> Vec<Effect> {
        let Some(record) = self.trail.pop() else {
            return self.say("this is the first record of this sitting");
        };
        let mut effects = self.keep(now);
        self.go(Want::Exactly(record), &mut effects);
        effects
    }

    pub(super) fn go(&mut self, want: Want, effects: &mut Vec<Effect>) {
        self.place = Place::Opening;
        self.in_hand = None;
        self.fence = Fence { waits_for_draw: true, ..Fence::default() };
        effects.push(Effect::Fetch(want));
    }

    pub(super) fn undo(&mut self, earlier_too: bool) -> Vec<Effect> {
        if let Some(task) = self.task()
            && let Some(former) = task.undo.pop()
        {
            task.redo.push(std::mem::replace(&mut task.ticks, former));
            return self.say("");
        }
        vec![Effect::Reverse(Direction::Undo, earlier_too)]
    }

    pub(super) fn redo(&mut self) -> Vec<Effect> {
        if let Some(task) = self.task()
            && let Some(later) = task.redo.pop()
        {
            task.undo.push(std::mem::replace(&mut task.ticks, later));
            return self.say("");
        }
        vec![Effect::Reverse(Direction::Redo, true)]
    }

    pub(super) fn flag(&mut self, now: i64) -> Vec<Effect> {
        let Place::At(task) = &self.place else {
            return Vec::new();
        };
        let after = Entry { flag: !task.base.flag, ..task.base.clone() };
        let words = format!("{}: flag {}", task.record.name(), if after.flag { "set" } else { "taken off" });
        let intent = Self::intent(task, "flag", after, now);
        vec![self.save(intent, words)]
    }

    pub(super) fn note(&mut self, text: &str, now: i64) -> Vec<Effect> {
        let Place::At(task) = &self.place else {
            return Vec::new();
        };
        let note = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let after = Entry { note, ..task.base.clone() };
        let words = format!("{}: note", task.record.name());
        let intent = Self::intent(task, "note", after, now);
        vec![self.save(intent, words)]
    }

    pub(super) fn open(&mut self, page: Page) -> Vec<Effect> {
        self.mode = Mode::Page(page, 0);
        Vec::new()
    }

    pub(super) fn quit(&mut self, again: bool, now: i64) -> Vec<Effect> {
        if !self.unsaved.is_empty() {
            self.mode = Mode::NotSaved;
            return Vec::new();
        }
        if !again {
            self.armed = Some('q');
            return self.say("q again leaves");
        }
        let mut effects = self.keep(now);
        effects.push(Effect::Quit);
        effects
    }

    pub(super) fn hang_up(&mut self, now: i64) -> Vec<Effect> {
        let mut effects = self.keep(now);
        effects.push(Effect::Quit);
        effects
    }
}
