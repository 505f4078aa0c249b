//! A queue or the similar records as a list: look, mark, answer several at once after a preview.

use std::collections::{BTreeMap, BTreeSet};

use super::key::Key;
use super::task::Task;
use super::{Effect, Intent, Mode, Place, Prompt, PromptKind, Session, Want, keymap};
use crate::model::record_view::RecordView;
use crate::model::{Adjudications, Answer, Answers, Entry, EventKind, Queue, RecordId, Status};

/// Records asked for at a time.
pub const CHUNK: usize = 100;

/// Most records that one step may answer.
const MOST: usize = 1_000;

/// A list of records as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct List {
    /// What it lists.
    pub queue: Queue,
    /// How near each is, where it lists similar records.
    pub scores: BTreeMap<RecordId, f32>,
    /// The rows so far.
    pub rows: Vec<RecordView>,
    /// Whether there may be more, and whether they are on their way.
    pub more: bool,
    pub(super) asked: bool,
    /// Row of the cursor.
    pub cursor: usize,
    /// Marked records.
    pub marks: BTreeSet<RecordId>,
    /// What the marked ones are about to become.
    pub preview: Option<Bulk>,
}

/// What several records are about to become.
#[derive(Debug, Clone, PartialEq)]
pub enum Bulk {
    /// Submitted with this answer to the active question.
    Answer(Option<Answer>),
    /// Submitted with what the first agent suggests for each.
    Suggested,
    /// Discarded.
    Discard,
}

impl List {
    fn new(queue: Queue, scores: BTreeMap<RecordId, f32>) -> Self {
        Self {
            queue,
            scores,
            rows: Vec::new(),
            more: true,
            asked: true,
            cursor: 0,
            marks: BTreeSet::new(),
            preview: None,
        }
    }

    /// The marked rows; without marks the one at the cursor.
    #[must_use]
    pub fn chosen(&self) -> Vec<&RecordView> {
        if self.marks.is_empty() {
            return self.rows.get(self.cursor).into_iter().collect();
        }
        self.rows.iter().filter(|row| self.marks.contains(&row.record.id)).take(MOST).collect()
    }
}

impl Session {
    /// `L`: this queue as a list.
    pub(super) fn open_list(&mut self) -> Vec<Effect> {
        let queue = self.queue.clone();
        self.show_list(queue, BTreeMap::new())
    }

    /// `S`: the similar records as a list.
    pub(super) fn open_similar(&mut self) -> Vec<Effect> {
        match self.similar_queue() {
            Some((queue, scores)) => self.show_list(queue, scores),
            None if self.dataset.vectors.is_empty() => {
                self.say("no vectors: labelry import --vectors NAME=FILE.npy brings some")
            }
            None => self.say("no similar records known here"),
        }
    }

    /// The similar records of the one on screen as a queue, with their scores.
    pub(super) fn similar_queue(&self) -> Option<(Queue, BTreeMap<RecordId, f32>)> {
        let Place::At(task) = &self.place else { return None };
        let found = self.neighbours()?.as_ref().ok().filter(|found| !found.is_empty())?;
        let ids: Vec<RecordId> = found.iter().map(|neighbour| neighbour.record.id).collect();
        let scores = found.iter().map(|neighbour| (neighbour.record.id, neighbour.score)).collect();
        Some((Queue::List(format!("similar to {}", task.record.name()), ids.into()), scores))
    }

    fn show_list(&mut self, queue: Queue, scores: BTreeMap<RecordId, f32>) -> Vec<Effect> {
        self.list = Some(Box::new(List::new(queue.clone(), scores)));
        self.mode = Mode::List;
        self.rows_awaited += 1;
        vec![Effect::Rows(queue, None, CHUNK)]
    }

    /// Rows that were asked for.
    pub(super) fn rows_came(&mut self, queue: &Queue, rows: Vec<RecordView>, more: bool) -> Vec<Effect> {
        // Of several askings only the last one counts: the rows of an earlier one would stand there twice.
        self.rows_awaited = self.rows_awaited.saturating_sub(1);
        if self.rows_awaited > 0 {
            return Vec::new();
        }
        if let Some(list) = self.list.as_mut().filter(|list| list.queue == *queue) {
            list.rows.extend(rows);
            list.more = more;
            list.asked = false;
        }
        Vec::new()
    }

    pub(super) fn press_list(&mut self, key: Key, now: i64) -> Vec<Effect> {
        let page = super::panes::list_rows(self.size);
        let asked = self.said(key);
        let Some(list) = &mut self.list else {
            self.mode = Mode::Annotate;
            return Vec::new();
        };
        if list.preview.is_some() {
            return self.press_preview(key, now);
        }
        let last = list.rows.len().saturating_sub(1);
        match key {
            Key::Up | Key::Char('k') => list.cursor = list.cursor.saturating_sub(1),
            Key::Down | Key::Char('j') => list.cursor = (list.cursor + 1).min(last),
            Key::PageDown | Key::Right | Key::Char('n') => list.cursor = (list.cursor + page).min(last),
            Key::PageUp | Key::Left | Key::Char('p') => list.cursor = list.cursor.saturating_sub(page),
            Key::Home => list.cursor = 0,
            Key::End => list.cursor = last,
            Key::Char(' ') => {
                if let Some(row) = list.rows.get(list.cursor)
                    && !list.marks.remove(&row.record.id)
                {
                    list.marks.insert(row.record.id);
                }
                list.cursor = (list.cursor + 1).min(last);
            }
            Key::Char('*') => {
                let all: BTreeSet<RecordId> = list.rows.iter().map(|row| row.record.id).collect();
                list.marks = if list.marks.len() == all.len() { BTreeSet::new() } else { all };
                if list.more && !list.marks.is_empty() {
                    let words = format!("{} rows are marked, as many as are loaded; End loads more", list.marks.len());
                    return self.say(words);
                }
            }
            Key::Enter => return self.open_row(now),
            Key::Esc | Key::Ctrl('c') | Key::Char('q' | 'L' | 'S') => {
                self.list = None;
                self.mode = Mode::Annotate;
                return self.say("");
            }
            _ if asked.is_some() => return self.preview_key(key),
            _ => return self.act_on_marked(key, now),
        }
        self.more_rows()
    }

    /// Near the end of what is there the next rows are asked for.
    fn more_rows(&mut self) -> Vec<Effect> {
        let page = super::panes::list_rows(self.size);
        let Some(list) = &mut self.list else { return Vec::new() };
        let near = list.cursor + 2 * page >= list.rows.len();
        let last =
            list.rows.last().map(|row| crate::model::Spot { record: row.record.id, position: row.record.position });
        if !near || !list.more || list.asked || last.is_none() {
            return Vec::new();
        }
        list.asked = true;
        let queue = list.queue.clone();
        self.rows_awaited += 1;
        vec![Effect::Rows(queue, last, CHUNK)]
    }

    /// Enter: the record at the cursor comes on screen; `p` comes back.
    fn open_row(&mut self, now: i64) -> Vec<Effect> {
        let record = self.list.as_ref().and_then(|list| list.rows.get(list.cursor)).map(|row| row.record.id);
        let Some(record) = record else { return Vec::new() };
        self.list = None;
        self.mode = Mode::Annotate;
        let mut effects = self.keep(now);
        if let Place::At(task) = &self.place {
            let here = task.record.id;
            self.trail.push(here);
        }
        self.go(Want::Exactly(record), &mut effects);
        self.say("p comes back");
        effects
    }

    fn act_on_marked(&mut self, key: Key, now: i64) -> Vec<Effect> {
        let bulk = match self.keymap.action(key) {
            Some(keymap::Action::None) => return self.preview_key(key),
            Some(keymap::Action::Discard) => Bulk::Discard,
            Some(keymap::Action::Take) => Bulk::Suggested,
            Some(keymap::Action::Again) => match self.last.get(&self.asked()) {
                Some(answer) => Bulk::Answer(Some(answer.clone())),
                None => return self.say("nothing was submitted in this session yet"),
            },
            Some(keymap::Action::Flag) => return self.flag_marked(now),
            Some(keymap::Action::Note) => {
                self.mode = Mode::Prompt(Prompt { what: PromptKind::NoteOnMarked, text: String::new() });
                return Vec::new();
            }
            Some(keymap::Action::Undo) => {
                let again = self.armed.take() == Some('u');
                return vec![Effect::Reverse(crate::model::record_view::Direction::Undo, again)];
            }
            Some(keymap::Action::Redo) => {
                return vec![Effect::Reverse(crate::model::record_view::Direction::Redo, true)];
            }
            _ => return self.no_key(key),
        };
        if let Some(list) = &mut self.list {
            list.preview = Some(bulk);
        }
        Vec::new()
    }

    /// A label key, a rating or `0` in the list: the preview starts, or its answer changes.
    fn preview_key(&mut self, key: Key) -> Vec<Effect> {
        let asked = self.asked();
        let Some(mut list) = self.list.take() else { return Vec::new() };
        let answer = match &list.preview {
            Some(Bulk::Answer(answer)) => answer.clone(),
            _ => None,
        };
        // The keys mean here what they mean on the screen: they are tried on a blank record.
        let mut trial = self.clone();
        if let Some(row) = list.rows.get(list.cursor) {
            let mut task = Task::new(row.clone(), 0);
            task.answers = answer.map(|answer| Answers::from([(asked, answer)])).unwrap_or_default();
            trial.place = Place::At(Box::new(task));
            match trial.said(key) {
                Some(said) => trial.tell(said),
                None => trial.none(),
            };
            if let Place::At(task) = trial.place {
                list.preview = Some(Bulk::Answer(task.answers.get(&asked).cloned()));
            }
        }
        self.list = Some(list);
        Vec::new()
    }

    fn press_preview(&mut self, key: Key, now: i64) -> Vec<Effect> {
        let asks = self.said(key).is_some() || key == Key::Char('0');
        match key {
            Key::Enter => self.apply(now),
            Key::Esc | Key::Ctrl('c') => {
                if let Some(list) = &mut self.list {
                    list.preview = None;
                }
                self.say("nothing was changed")
            }
            _ if asks => self.preview_key(key),
            _ => Vec::new(),
        }
    }

    /// What the marked records would hold.
    fn planned(&self, list: &List, now: i64) -> Vec<Intent> {
        let Some(bulk) = &list.preview else { return Vec::new() };
        let asked = self.asked();
        let single = self.question().is_some_and(|question| question.kind == crate::model::QuestionKind::Label);
        let plan = |row: &&RecordView| {
            let task = Task::new((*row).clone(), now);
            let stands = task.base.response.as_ref().map(|response| response.answers.clone()).unwrap_or_default();
            let mut answers = stands.clone();
            let status = match bulk {
                Bulk::Discard => Status::Discarded,
                Bulk::Answer(answer) => {
                    answers.insert(asked, answer.clone()?);
                    Status::Submitted
                }
                Bulk::Suggested => {
                    let shown = self.suggestions_shown(&task);
                    let found = task.suggestions.iter().find(|suggestion| shown && suggestion.question == asked)?;
                    if single && found.answer == Answer::Labels(Vec::new()) {
                        return None;
                    }
                    let question = self.dataset.questions.iter().find(|question| question.id == asked)?;
                    question.validate(&found.answer, Some(&task.record.fields)).ok()?;
                    answers.insert(asked, found.answer.clone());
                    Status::Submitted
                }
            };
            // A record that still lacks another required answer cannot be handed in.
            let draft = status == Status::Submitted && self.missing(&answers).is_some();
            let status = if draft { Status::Draft } else { status };
            let same = task.base.status() == Some(status) && task.base.working.is_none() && answers == stands;
            (!same).then(|| self.bulk_intent(&task, status, answers, now))
        };
        list.chosen().iter().filter_map(plan).collect()
    }

    fn bulk_intent(&self, task: &Task, status: Status, answers: Answers, now: i64) -> Intent {
        let mut shown = task.clone();
        shown.answers = answers;
        let mut response = self.response_of(&shown, status, None, now);
        // Questions that the step does not touch keep the labels they were offered.
        if let Some(former) = &task.base.response {
            let asked = self.asked();
            let kept = former.label_sets.iter().filter(|(question, _)| **question != asked);
            response.label_sets.extend(kept.map(|(question, set)| (*question, *set)));
        }
        let kind = Self::kind(status);
        let seen = self.seen(task);
        Self::intent(task, kind, Entry { response: Some(response), working: None, seen, ..task.base.clone() }, now)
    }

    /// "12 records: billing · 3 already differ".
    #[must_use]
    pub fn preview_words(&self, list: &List) -> String {
        let chosen = list.chosen();
        let planned = self.planned(list, 0);
        let what = match (&list.preview, self.question()) {
            (Some(Bulk::Answer(Some(answer))), Some(question)) => super::answer_words(question, answer),
            (Some(Bulk::Answer(None)), _) => String::from("nothing ticked yet"),
            (Some(Bulk::Suggested), _) => String::from("what the first agent suggests"),
            (Some(Bulk::Discard), _) => String::from("discard"),
            _ => String::new(),
        };
        let answered = |intent: &&Intent| {
            let row = chosen.iter().find(|row| row.record.id == intent.record);
            row.is_some_and(|row| row.entry.status().is_some() || row.entry.working.is_some())
        };
        let differ = planned.iter().filter(answered).count();
        let same = chosen.len() - planned.len();
        let differ = if differ > 0 { format!(" · {differ} already differ") } else { String::new() };
        let same = if same > 0 { format!(" · {same} stay as they are") } else { String::new() };
        let records = if chosen.len() == 1 { "record" } else { "records" };
        format!("{} {records}: {what}{differ}{same} · Enter · Esc", chosen.len())
    }

    fn apply(&mut self, now: i64) -> Vec<Effect> {
        let Some(mut list) = self.list.take() else { return Vec::new() };
        let intents = self.planned(&list, now);
        list.preview = None;
        list.marks.clear();
        self.list = Some(list);
        self.save_all(intents)
    }

    fn save_all(&mut self, intents: Vec<Intent>) -> Vec<Effect> {
        if intents.is_empty() {
            return self.say("nothing to change");
        }
        if !self.bulk.is_empty() {
            return self.say("the step before is still being saved");
        }
        self.message = String::from("saving…");
        self.bulk.clone_from(&intents);
        vec![Effect::SaveAll(intents)]
    }

    fn flag_marked(&mut self, now: i64) -> Vec<Effect> {
        let Some(list) = &self.list else { return Vec::new() };
        let chosen = list.chosen();
        let set = chosen.iter().any(|row| !row.entry.flag);
        let intent = |row: &&RecordView| Intent {
            kind: EventKind::Flag,
            record: row.record.id,
            name: row.record.name(),
            after: Entry { flag: set, ..row.entry.clone() },
            stood: Adjudications::new(),
            at: now,
        };
        let intents = chosen.iter().filter(|row| row.entry.flag != set).map(intent).collect();
        self.save_all(intents)
    }

    pub(super) fn note_marked(&mut self, text: &str, now: i64) -> Vec<Effect> {
        self.mode = Mode::List;
        let Some(list) = &self.list else { return Vec::new() };
        let note = Some(text.to_owned()).filter(|text| !text.is_empty());
        let intent = |row: &&RecordView| Intent {
            kind: EventKind::Note,
            record: row.record.id,
            name: row.record.name(),
            after: Entry { note: note.clone(), ..row.entry.clone() },
            stood: Adjudications::new(),
            at: now,
        };
        let intents = list.chosen().iter().filter(|row| row.entry.note != note).map(intent).collect();
        self.save_all(intents)
    }

    /// A bulk step was stored, or not: the list shows how things stand now.
    pub(super) fn saved_all(&mut self, done: Result<usize, String>) -> Vec<Effect> {
        match done {
            Ok(count) => {
                if let Some(kind) = self.bulk.first().map(|intent| intent.kind.clone()) {
                    self.count_done(&kind, count as u32, 0);
                }
                self.bulk.clear();
                let effects = self.refresh_list();
                self.message = format!("saved {count} record{} · u undo", if count == 1 { "" } else { "s" });
                effects
            }
            Err(why) => {
                // Only what is known is said.
                self.message = if why.starts_with(super::MAY_BE_SAVED) {
                    why.clone()
                } else {
                    format!("NOT SAVED, nothing was changed: {why}")
                };
                self.bulk_why = Some(why);
                self.show_not_saved()
            }
        }
    }

    /// The rows again, from the first one.
    pub(super) fn refresh_list(&mut self) -> Vec<Effect> {
        self.own_change = match &self.place {
            Place::At(task) => Some(task.record.id),
            _ => None,
        };
        let Some(list) = &mut self.list else { return Vec::new() };
        let count = list.rows.len().max(CHUNK);
        list.rows.clear();
        list.asked = true;
        let queue = list.queue.clone();
        self.rows_awaited += 1;
        vec![Effect::Rows(queue, None, count), self.fetch_here()]
    }

    fn fetch_here(&self) -> Effect {
        match &self.place {
            Place::At(task) => self.fetch(Want::Look(task.record.id)),
            _ => self.fetch(Want::Next(None)),
        }
    }
}
