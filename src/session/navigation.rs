//! From record to record: the queue, what is in hand, where I was; and the fence against typing ahead.

use super::key::Key;
use super::task::Task;
use super::{Effect, Mode, Place, Session, Want, keymap};
use crate::model::record_view::RecordView;
use crate::model::{Queue, Size, Spot};

/// Milliseconds after a new record was drawn during which answer keys are dropped, unless said otherwise.
pub const TYPE_AHEAD_MS: i64 = 150;

/// Keeps what is typed ahead from answering a record that was not yet seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fence {
    /// The new record was not drawn yet.
    pub waits_for_draw: bool,
    /// And until then, in milliseconds.
    pub until: i64,
    /// How many keys were dropped.
    pub dropped: u32,
    /// Counts the fences, so that a picture of an earlier record opens none.
    pub serial: u64,
    /// Until then keys are the rest of what was pasted, in milliseconds: an end mark in a text ends its paste early.
    pub pasted: i64,
}

/// So soon behind pasted text, in milliseconds, no key is a person's.
const BEHIND_A_PASTE_MS: i64 = 100;

impl Session {
    /// Whether a key comes before anybody could have read the record; others pass.
    pub(super) fn fenced(&mut self, key: Key, now: i64) -> bool {
        let waits = self.fence.waits_for_draw || now < self.fence.until || self.moving || self.place == Place::Opening;
        let harmless = self.said(key).is_none() && self.keymap.action(key).is_some_and(keymap::Action::harmless);
        if !waits || harmless {
            return false;
        }
        self.fence.dropped += 1;
        let answers = self.said(key).is_some()
            || matches!(self.keymap.action(key), Some(keymap::Action::None | keymap::Action::ToggleHere));
        // Before the record came, keys were typed blindly; since then, they were meant for it.
        if answers && !self.fence.waits_for_draw && !self.moving && self.place != Place::Opening {
            self.lost.push(key);
        }
        true
    }

    /// Text was pasted: what comes right behind it is no key press.
    pub(super) fn paste_came(&mut self, now: i64) {
        self.fence.pasted = now + BEHIND_A_PASTE_MS;
    }

    /// Whether a key is the rest of a paste.
    pub(super) fn is_pasted(&mut self, now: i64) -> bool {
        let pasted = now < self.fence.pasted;
        if pasted {
            self.paste_came(now);
        }
        pasted
    }

    pub(super) fn raise_fence(&mut self) {
        let serial = self.fence.serial + 1;
        self.fence = Fence { waits_for_draw: true, until: 0, serial, ..self.fence };
        self.lost.clear();
    }

    /// What a picture of this moment shows: the fence's number, if it shows the record at all.
    #[must_use]
    pub fn shows(&self) -> Option<u64> {
        let record = matches!(self.mode, Mode::Annotate | Mode::Discard | Mode::Prompt(_) | Mode::Write);
        let open = record && self.list.is_none() && self.place != Place::Opening;
        (open || self.mode == Mode::NotSaved).then_some(self.fence.serial)
    }

    pub(super) fn drawn(&mut self, serial: Option<u64>, now: i64) -> Vec<Effect> {
        if self.fence.waits_for_draw && serial == Some(self.fence.serial) {
            self.fence.waits_for_draw = false;
            self.fence.until = now + self.type_ahead_ms;
        }
        Vec::new()
    }

    fn spot(&self) -> Option<Spot> {
        match &self.place {
            Place::At(task) => Some(task.spot()),
            _ => None,
        }
    }

    /// A record to be shown: what was asked for before it and has not come yet is passed over when it comes.
    pub(super) fn fetch_to_show(&mut self, want: Want) -> Effect {
        self.awaited += 1;
        self.moving = matches!(want, Want::Named(_));
        self.fetch(want)
    }

    pub(super) fn fetch(&self, want: Want) -> Effect {
        Effect::Fetch(want, self.queue.clone())
    }

    /// Goes to the next record of the queue: the one in hand at once, else it is fetched.
    pub(super) fn onward(&mut self, now: i64) -> Vec<Effect> {
        let spot = self.spot();
        self.trail.extend(spot.map(|spot| spot.record));
        self.raise_fence();
        match self.in_hand.take() {
            Some((after, loaded)) if Some(after) == spot => self.arrive(loaded, now),
            _ => {
                self.place = Place::Opening;
                vec![self.fetch_to_show(Want::Next(spot))]
            }
        }
    }

    /// Puts a record on screen and asks for the one after it.
    pub(super) fn arrive(&mut self, loaded: RecordView, now: i64) -> Vec<Effect> {
        let mut task = Task::new(loaded, now);
        if self.judging.is_some() {
            task.adjudicate(&self.dataset);
        }
        let spot = task.spot();
        let seen = self.seen(&task);
        let mut effects = vec![self.fetch(Want::Ahead(spot))];
        let hides = self.dataset.hide != crate::model::Hide::None;
        if hides && seen != task.base.seen {
            // Seen once is seen: kept at once, so that an undo does not hide it again.
            effects.push(Effect::See(spot.record, seen.clone()));
        }
        effects.extend(self.similar_of(spot.record, false));
        // What was open belonged to the record before.
        if matches!(self.mode, Mode::Discard | Mode::Write) {
            self.mode = Mode::Annotate;
            self.editor = None;
        }
        self.place = Place::At(Box::new(task));
        if let Some(task) = self.task()
            && hides
        {
            task.base.seen = seen;
        }
        let first = self.dataset.questions.iter().position(|question| question.required);
        self.question = first.unwrap_or(self.question);
        self.raise_fence();
        self.scroll_to_hit();
        if let Some(name) = self.begun.take() {
            self.message = format!("the verdict on {name} was not kept: Enter keeps one");
        }
        effects
    }

    /// In a search, the first found word is on the screen.
    fn scroll_to_hit(&mut self) {
        let Queue::Search(words) = &self.queue else { return };
        let marks = crate::model::Search::parse(words).marks();
        let text = super::panes::of(self).text;
        let lines = super::panes::lines(self, text.width);
        let hit = lines.iter().position(|(line, _)| !crate::text::find::find(line, &marks).is_empty());
        if let Some(hit) = hit.filter(|hit| *hit >= usize::from(text.height)) {
            self.scroll(i32::try_from(hit).unwrap_or(0).saturating_sub(i32::from(text.height / 2)));
        }
    }

    pub(super) fn next(&mut self, now: i64) -> Vec<Effect> {
        let mut effects = self.keep(now);
        effects.extend(self.onward(now));
        effects
    }

    pub(super) fn back(&mut self, now: i64) -> Vec<Effect> {
        let Some(record) = self.trail.pop() else {
            return self.say("this is the first record of this session");
        };
        let mut effects = self.keep(now);
        self.go(Want::Exactly(record), &mut effects);
        effects
    }

    pub(super) fn go(&mut self, want: Want, effects: &mut Vec<Effect>) {
        self.message.clear();
        self.place = Place::Opening;
        self.in_hand = None;
        self.raise_fence();
        let fetch = self.fetch_to_show(want);
        effects.push(fetch);
    }

    /// Takes up another queue; the former one can be had back with Esc.
    pub(super) fn take_queue(&mut self, queue: Queue, now: i64) -> Vec<Effect> {
        let mut effects = self.keep(now);
        let spot = self.spot();
        self.trail.extend(spot.map(|spot| spot.record));
        let former = std::mem::replace(&mut self.queue, queue);
        if former != self.queue {
            self.former.push((former, spot.map(|spot| spot.record)));
        }
        self.go(Want::Next(None), &mut effects);
        effects.push(Effect::Measure(vec![self.queue.clone()]));
        effects
    }

    /// Esc: what is open is closed; then the former queue, at the record left there.
    pub(super) fn close(&mut self, now: i64) -> Vec<Effect> {
        if self.judging.is_some_and(|since| self.former.len() <= since) {
            // Nothing was opened since: only adjudicating ends.
            return self.turn_adjudicating(now);
        }
        let Some((queue, record)) = self.former.pop() else {
            return self.say("");
        };
        self.judging = self.judging.filter(|since| self.former.len() > *since);
        let mut effects = self.keep(now);
        self.queue = queue;
        self.go(record.map_or(Want::Resume, Want::Exactly), &mut effects);
        self.message = format!("queue: {}", self.queue_words(&self.queue));
        if let Some(board) = self.board.as_mut().filter(|board| board.left == Some(self.former.len())) {
            board.left = None;
            effects.extend(self.open_board());
        }
        effects
    }

    pub(super) fn fetched(&mut self, want: Want, loaded: Option<RecordView>, now: i64) -> Vec<Effect> {
        if !matches!(want, Want::Ahead(_) | Want::Look(_)) {
            self.awaited = self.awaited.saturating_sub(1);
            if self.awaited > 0 {
                return Vec::new();
            }
            self.moving = false;
        }
        match (want, loaded) {
            (Want::Ahead(after), loaded) => {
                if self.spot() != Some(after) {
                    return Vec::new();
                }
                self.in_hand = loaded.map(|loaded| (after, loaded));
                let ahead = self.in_hand.as_ref().map(|(_, loaded)| loaded.record.id);
                ahead.map_or_else(Vec::new, |record| self.similar_of(record, true))
            }
            (Want::Look(_), Some(loaded)) => self.looked(loaded),
            (Want::Look(_), None) => Vec::new(),
            (Want::Named(name), None) => {
                self.say(format!("there is no record '{name}'"));
                // At the start there is nothing else on the screen yet.
                if self.place == Place::Opening { vec![self.fetch_to_show(Want::Resume)] } else { Vec::new() }
            }
            (Want::Named(_), Some(loaded)) => {
                let mut effects = self.keep(now);
                self.trail.extend(self.spot().map(|spot| spot.record));
                self.in_hand = None;
                effects.extend(self.arrive(loaded, now));
                effects
            }
            (Want::Next(Some(_)), None) if self.queue.shrinks() => vec![self.fetch_to_show(Want::Next(None))],
            (_, None) => {
                self.place = Place::Done;
                self.say(self.end_words())
            }
            (_, Some(loaded)) => self.arrive(loaded, now),
        }
    }

    fn end_words(&self) -> String {
        let word = self.queue.word();
        let back = if self.former.is_empty() { "" } else { " · Esc former queue" };
        match self.queue {
            Queue::Pending | Queue::Random => {
                String::from("nothing is pending: p goes back, : goes to a record, q leaves")
            }
            Queue::Search(_) if self.empty_queue() => format!("nothing found for '{word}'{back}"),
            _ if self.empty_queue() => format!("nothing in '{word}'{back}"),
            _ => format!("end of '{word}': n starts over · p back{back}"),
        }
    }

    /// Whether the queue is known to hold nothing.
    #[must_use]
    pub fn empty_queue(&self) -> bool {
        self.size_of(&self.queue) == Some(Size::Exactly(0))
    }

    /// How many records a queue holds, if that was counted.
    #[must_use]
    pub fn size_of(&self, queue: &Queue) -> Option<Size> {
        self.sizes.iter().find(|(known, _)| known == queue).map(|(_, size)| *size)
    }

    /// Somebody changed the file: the record on screen is looked at again.
    pub(super) fn look(&mut self) -> Vec<Effect> {
        match self.spot() {
            Some(spot) => vec![self.fetch(Want::Look(spot.record))],
            None => Vec::new(),
        }
    }

    /// What others hold now; what I hold, if I changed it in another session.
    fn looked(&mut self, loaded: RecordView) -> Vec<Effect> {
        let saving = self.saving.iter().any(|saving| saving.record == loaded.record.id);
        let Some(task) = self.task().filter(|task| task.record.id == loaded.record.id) else {
            return Vec::new();
        };
        task.held = loaded.held;
        task.suggestions = loaded.suggestions;
        if task.ruled.is_none() {
            (task.stood, task.adjudicates) = (loaded.adjudications, loaded.adjudicates);
        }
        if saving || loaded.entry.version <= task.base.version {
            return Vec::new();
        }
        let own = self.own_change.take() == Some(loaded.record.id);
        let Some(task) = self.task() else { return Vec::new() };
        if own && !task.changed() {
            // My own step on several records reached the one on the screen too.
            task.base = loaded.entry;
            task.answers = task.stored();
            return Vec::new();
        }
        if task.changed() {
            return self.say("you changed this record elsewhere; Enter shows both answers");
        }
        task.base = loaded.entry;
        task.answers = task.stored();
        self.say("this record was changed elsewhere; this is how it stands now")
    }
}

impl Queue {
    /// Whether answering takes records out of it, so that going round again ends.
    fn shrinks(&self) -> bool {
        matches!(self, Self::Pending | Self::Random | Self::Drafts | Self::Changed)
    }
}
