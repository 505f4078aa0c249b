//! What came back: from the store, the shop, the terminal.

use super::task::Ticks;
use super::{Effect, Intent, Loaded, Mode, Place, Session, Want};
use crate::model::sitting::{Counts, Direction};
use crate::model::{Answers, Entry, LabelAgreement, RecordId};

impl Session {
    pub(super) fn resized(&mut self, columns: u16, rows: u16) -> Vec<Effect> {
        self.size = (columns, rows);
        self.scroll(0)
    }

    pub(super) fn saved(&mut self, record: RecordId, version: i64, counts: Counts) -> Vec<Effect> {
        self.counts = counts;
        if let Some(index) = self.saving.iter().position(|(id, _)| *id == record) {
            let (_, words) = self.saving.remove(index);
            self.message = format!("saved {words} · u undo");
        }
        if self.saving.iter().all(|(id, _)| *id != record)
            && let Some(task) = self.task().filter(|task| task.record.id == record)
        {
            task.base.version = version;
        }
        Vec::new()
    }

    pub(super) fn not_saved(&mut self, mut intent: Intent, why: String, stands: Option<Entry>) -> Vec<Effect> {
        self.saving.retain(|(id, _)| *id != intent.record);
        self.message = format!("NOT SAVED {}: {why}", intent.name);
        if let Some(entry) = stands {
            // The choice is the person's: saving again now would be on top of what stands.
            intent.after.version = entry.version;
        }
        self.unsaved.push((intent, why));
        self.mode = Mode::NotSaved;
        Vec::new()
    }

    pub(super) fn fetched(&mut self, want: Want, loaded: Option<Loaded>, now: i64) -> Vec<Effect> {
        match (want, loaded) {
            (Want::Ahead(position), loaded) => {
                if matches!(&self.place, Place::At(task) if task.record.position == position) {
                    self.in_hand = loaded;
                }
                Vec::new()
            }
            (Want::Named(name), None) => self.say(format!("there is no record '{name}'")),
            (Want::Named(_), Some(loaded)) => {
                let mut effects = self.keep(now);
                if let Place::At(task) = &self.place {
                    self.trail.push(task.record.id);
                }
                self.in_hand = None;
                effects.extend(self.arrive(loaded, now));
                effects
            }
            (Want::Next(after), None) if after > 0 => vec![Effect::Fetch(Want::Next(0))],
            (_, None) => {
                self.place = Place::Done;
                self.say("nothing is pending: p goes back, : goes to a record, q leaves")
            }
            (_, Some(loaded)) => self.arrive(loaded, now),
        }
    }

    pub(super) fn reversed(
        &mut self,
        direction: Direction,
        words: &str,
        loaded: Loaded,
        left: &Entry,
        counts: Counts,
        now: i64,
    ) -> Vec<Effect> {
        self.counts = counts;
        let name = loaded.record.name();
        let here = matches!(&self.place, Place::At(task) if task.record.id == loaded.record.id);
        let mut effects = if here { Vec::new() } else { self.keep(now) };
        if !here && let Place::At(task) = &self.place {
            self.trail.push(task.record.id);
        }
        self.in_hand = None;
        effects.extend(self.arrive(loaded, now));
        let asked = self.asked();
        if direction == Direction::Undo && matches!(words, "submit" | "discard" | "draft" | "submitted") {
            let answers: Option<&Answers> = left.response.as_ref().map(|response| &response.answers);
            if let Some(task) = self.task() {
                task.ticks = Ticks::of(answers, asked);
            }
        }
        let done = if direction == Direction::Undo { "undone" } else { "done again" };
        self.message = format!("{done}: {words} of {name} · saved");
        effects
    }

    pub(super) fn not_reversed(&mut self, direction: Direction, words: String, again: bool) -> Vec<Effect> {
        if again && direction == Direction::Undo {
            self.armed = Some('u');
        }
        self.say(words)
    }

    pub(super) fn figures(&mut self, figures: Vec<LabelAgreement>) -> Vec<Effect> {
        self.agreement = figures;
        Vec::new()
    }
}
