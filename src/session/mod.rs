//! One annotator's session: plain data and pure steps. No terminal, store, clock or thread.

mod adjudicate;
mod agreement;
mod answer;
mod board;
pub mod choice;
mod file_gone;
mod history;
pub mod key;
pub mod keymap;
mod list;
pub mod menu;
mod mouse;
mod navigation;
mod pages;
pub mod panes;
mod progress;
mod prompt;
mod saves;
mod similar;
mod task;
mod update;
mod write;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::model::dataset_progress::DatasetProgress;
use crate::model::record_view::{Counts, Direction, RecordView};
use crate::model::{
    Adjudications, AgreementReport, Answers, Dataset, DrillDown, Entry, EventKind, Label, LabelAgreement, Neighbour,
    Precision, Question, QuestionId, Queue, RecordId, Resampling, Scope, Seen, Size, Spot, User,
};
pub use agreement::{alpha_words, interval_words};
pub use answer::{QuestionRow, answer_words, scale};
pub use board::{Board, BoardRow, Order, Tab, policy_words};
pub use file_gone::{FileGone, Kept};
pub use history::kind_words;
pub use list::{Bulk, List};
pub use menu::{Listed, Menu};
pub use navigation::{Fence, TYPE_AHEAD_MS};
pub use pages::{Page, number, page_lines, page_title, plain};
pub use progress::progress_lines;
pub use prompt::REASONS;
pub use similar::NEAR_DUPLICATE;
pub use task::{Place, Task};

/// Everything one annotator sees and may do.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who I am.
    pub user: User,
    /// What I label.
    pub dataset: Dataset,
    /// Index of the active question: the one that keys answer.
    pub question: usize,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Which records come up.
    pub queue: Queue,
    /// The queues before it, with the record left there.
    pub(crate) former: Vec<(Queue, Option<RecordId>)>,
    /// Where I am.
    pub place: Place,
    /// What has the keys.
    pub mode: Mode,
    /// My counters, as last committed.
    pub counts: Counts,
    /// What I did in this session.
    pub done: SessionSummary,
    /// The next record, fetched ahead, and the one it comes after.
    pub(crate) in_hand: Option<(Spot, RecordView)>,
    /// Records I saw, oldest first.
    pub(crate) trail: Vec<RecordId>,
    /// What I submitted last.
    pub(crate) last: Answers,
    /// Agreement of the labels of each question.
    pub agreement: BTreeMap<QuestionId, Vec<LabelAgreement>>,
    /// How good the agents are, as last figured.
    pub precision: Vec<Precision>,
    /// How far people are, as last figured, or why it is not known.
    pub progress: Option<Result<Box<DatasetProgress>, String>>,
    /// The same over the records that I submitted.
    pub my_agreement: BTreeMap<QuestionId, Vec<LabelAgreement>>,
    /// Index of the named vectors by which records are similar.
    pub space: usize,
    /// Similar records of the record on screen and of the one in hand, as far as they are known.
    pub similar: BTreeMap<RecordId, Result<Vec<Neighbour>, String>>,
    /// The agreement board, open or left for the records behind a row.
    pub board: Option<Box<Board>>,
    /// The list that is open.
    pub list: Option<Box<List>>,
    /// The editor of a text question, while it is open.
    pub editor: Option<Box<ratatui_textarea::TextArea<'static>>>,
    /// The last word in the last row but one.
    pub message: String,
    /// Saves on their way.
    pub saving: Vec<Saving>,
    /// A step of several records on its way, or one that was not stored, and why.
    pub(crate) bulk: Vec<Intent>,
    /// Why the step of several records was not stored.
    pub bulk_why: Option<String>,
    /// Records asked for to be shown, and lists of rows, that have not come yet: only the last one counts.
    pub(crate) awaited: u32,
    pub(crate) rows_awaited: u32,
    /// Another record was asked for by name or by an undo: till it is there, keys answer nothing.
    pub(crate) moving: bool,
    /// The terminal is gone.
    pub gone: bool,
    /// The record on screen, while a step of mine on several records may have changed it.
    pub(crate) own_change: Option<RecordId>,
    /// How many records the queues hold, as last counted.
    pub sizes: Vec<(Queue, Size)>,
    /// What could not be saved, and why.
    pub unsaved: Vec<Unsaved>,
    /// The file was removed or replaced under me.
    pub file_gone: Option<FileGone>,
    /// Answer keys are dropped until this time, or until the record was drawn.
    pub(crate) fence: Fence,
    /// Which key does what.
    pub keymap: keymap::Keymap,
    /// Answer keys that were dropped though the record was on the screen, and were not pressed again since: what is
    /// ticked may be less than was meant.
    pub(crate) lost: Vec<key::Key>,
    /// How long after the drawing, in milliseconds.
    pub type_ahead_ms: i64,
    /// I adjudicate: what is ticked is an adjudication; how many former queues there were when I began.
    pub judging: Option<usize>,
    /// The record whose adjudication was begun and left without Enter.
    pub(crate) begun: Option<String>,
    /// Whether `q` or `u` was just pressed and waits for a second.
    pub(crate) armed: Option<char>,
}

/// What was done in one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SessionSummary {
    /// Responses submitted.
    pub submitted: u32,
    /// Records discarded.
    pub discarded: u32,
    /// Milliseconds of work on them.
    pub active_ms: i64,
    /// When the session began, in milliseconds since the epoch.
    pub since: i64,
}

/// A save on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saving {
    /// On which record.
    pub record: RecordId,
    /// What is said once it is stored.
    pub words: String,
    /// submit, discard, draft, working, note, flag.
    pub kind: EventKind,
    /// Milliseconds of work in the visit it came from.
    pub active_ms: i64,
}

/// An answer that could not be saved.
#[derive(Debug, Clone, PartialEq)]
pub struct Unsaved {
    /// The save that I want.
    pub intent: Intent,
    /// Why it is not done.
    pub why: String,
    /// What stands instead, where I saved it in another session.
    pub other: Option<Entry>,
}

/// What has the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// Answering.
    Annotate,
    /// After `x`.
    Discard,
    /// Writing a line.
    Prompt(Prompt),
    /// Writing the text of the active question.
    Write,
    /// Looking through a list.
    List,
    /// Looking at agreement.
    Board,
    /// Choosing from a list that is narrowed down by typing.
    Menu(Menu),
    /// A page to read and scroll.
    Page(Page, u16),
    /// Something is not saved: what now?
    NotSaved,
}

/// A line being written: what for, and so far.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "both are said above")]
pub struct Prompt {
    pub what: PromptKind,
    pub text: String,
}

/// What a prompt asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptKind {
    /// A note on the record.
    Note,
    /// Why it is discarded.
    Reason,
    /// Labels for a question that has none.
    Labels,
    /// A note on every marked record.
    NoteOnMarked,
    /// Words to search for.
    Search,
    /// Why an adjudication is as it is.
    Adjudication,
}

/// A save that I want; identities are given by the worker before the first try.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// submit, discard, draft, working, note, flag, adjudication.
    pub kind: EventKind,
    /// On which record.
    pub record: RecordId,
    /// Its name, for messages.
    pub name: String,
    /// What it becomes.
    pub after: Entry,
    /// The adjudications it was based on, where it is one.
    pub stood: Adjudications,
    /// When, in milliseconds.
    pub at: i64,
}

/// What the session wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Store this.
    Save(Box<Intent>),
    /// Bring a record, as it comes in this queue.
    Fetch(Want, Queue),
    /// Find records similar to this one by the vectors of this index; the flag: it is not on screen yet.
    Similar(RecordId, usize, bool),
    /// Store all of these as one step, or none.
    SaveAll(Vec<Intent>),
    /// Bring so many records of a queue after a spot, for a list.
    Rows(Queue, Option<Spot>, usize),
    /// How good the agents are, by what I submitted.
    Precision,
    /// How far people are.
    Headway,
    /// Count these queues.
    Measure(Vec<Queue>),
    /// All figures of a question's agreement.
    Survey(QuestionId, Box<Scope>, Resampling),
    /// The records behind a figure, for a queue of this name; raters by number are these.
    Behind {
        /// Which question.
        question: QuestionId,
        /// What counts.
        scope: Box<Scope>,
        /// Which figure.
        behind: DrillDown,
        /// Names of the raters.
        raters: Vec<String>,
        /// Name of the queue.
        name: String,
    },
    /// Add labels to a question.
    AddLabels(QuestionId, Vec<String>),
    /// I have seen this of others on the record.
    See(RecordId, Seen),
    /// Undo or redo; the flag allows an earlier session.
    Reverse(Direction, bool),
    /// Write my work of this session, and these saves, into a new file.
    Rescue(Vec<Intent>),
    /// Look whether all that was saved in this session stands in the file.
    Verify,
    /// The dataset is this now.
    Adopt(Box<Dataset>),
    /// This text to the clipboard of the terminal.
    Copy(String),
    /// Another theme.
    TurnTheme,
    /// Draw all again.
    Redraw,
    /// Stop as with Ctrl-Z.
    Suspend,
    /// Leave.
    Quit,
}

/// How a failure begins after which nobody could look whether it was saved.
pub const MAY_BE_SAVED: &str = "may be saved or not, and cannot be looked at";

/// Which record is wanted, and what for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// Where I left: the first pending one after the last touched one.
    Resume,
    /// The next of the queue after this one, or its first, to show.
    Next(Option<Spot>),
    /// The next of the queue after this one, to keep in hand.
    Ahead(Spot),
    /// This one.
    Exactly(RecordId),
    /// The one on screen again, to see what changed.
    Look(RecordId),
    /// By number or id.
    Named(String),
}

/// What comes back from the store, or from the world.
#[derive(Debug, Clone)]
pub enum Event {
    /// A key.
    Input(key::Key),
    /// Pasted text; never answers anything.
    Paste(String),
    /// The same, of a paste whose end did not come.
    Unended(String),
    /// The terminal's new size.
    Resize(u16, u16),
    /// A click at a column and a row.
    Click(u16, u16),
    /// The wheel was turned by so many lines.
    Wheel(i32),
    /// A picture was sent; the fence's number, if it showed the record.
    Drawn(Option<u64>),
    /// A save was committed: record, new version, my counters.
    Saved(RecordId, i64, Counts),
    /// A save was not; why, and what stands if someone else saved.
    NotSaved(Box<Intent>, String, Option<Box<Entry>>),
    /// The path leads elsewhere than to the file, and why; or to the file again.
    Astray(Option<String>),
    /// Why what was saved in this session does not stand in the file, where that is so.
    Verified(Option<String>),
    /// My work of this session was written into a new file, or why not.
    Rescued(Result<Kept, String>),
    /// A record that was wanted, or none.
    Fetched(Want, Option<Box<RecordView>>),
    /// An undo or redo was done: of what, the record now, the entry it left behind, my counters.
    Reversed(Direction, EventKind, Box<RecordView>, Box<Entry>, Counts),
    /// It was not: the words for it, and whether a second press does it.
    NotReversed(Direction, String, bool),
    /// Somebody, perhaps I, changed something in the file; my counters now.
    Changed(Counts),
    /// Similar records of one, by the vectors of this index; or why there are none.
    Similar(RecordId, usize, Result<Vec<Neighbour>, String>),
    /// A bulk step was stored with so many records, or why not; my counters.
    SavedAll(Result<usize, String>, Counts),
    /// Records of a queue for a list, and whether there are more.
    Rows(Queue, Vec<RecordView>, bool),
    /// How good the agents are, by what I submitted.
    Precision(Vec<Precision>),
    /// How far people are, or why it is not known.
    Headway(Result<Box<DatasetProgress>, String>),
    /// How many records queues hold.
    Sizes(Vec<(Queue, Size)>),
    /// Figures of a question's agreement, or why there are none.
    Surveyed(QuestionId, Box<Scope>, Result<Box<AgreementReport>, String>),
    /// Records behind a figure, most divided first, for a queue of this name.
    Behind(String, Result<Vec<RecordId>, String>),
    /// The dataset has other labels or guidelines now.
    Dataset(Box<Dataset>),
    /// Who I am now: another role, other workspaces.
    Me(Box<User>),
    /// New agreement figures of a question's labels; intervals may come later.
    Agreement(QuestionId, Vec<LabelAgreement>),
    /// The same over the records that I submitted.
    MyAgreement(QuestionId, Vec<LabelAgreement>),
    /// Everything else that went wrong.
    Trouble(String),
    /// The terminal went away or asks to end: keep what is there and leave.
    HangUp,
}

impl Session {
    /// A session before its first record.
    #[must_use]
    pub fn new(user: User, dataset: Dataset, size: (u16, u16)) -> Self {
        Self {
            user,
            dataset,
            question: 0,
            size,
            queue: Queue::Pending,
            former: Vec::new(),
            place: Place::Opening,
            judging: None,
            board: None,
            begun: None,
            mode: Mode::Annotate,
            counts: Counts::default(),
            done: SessionSummary::default(),
            in_hand: None,
            trail: Vec::new(),
            last: Answers::new(),
            agreement: BTreeMap::new(),
            precision: Vec::new(),
            progress: None,
            my_agreement: BTreeMap::new(),
            space: 0,
            similar: BTreeMap::new(),
            list: None,
            editor: None,
            message: String::new(),
            saving: Vec::new(),
            bulk: Vec::new(),
            bulk_why: None,
            awaited: 0,
            rows_awaited: 0,
            moving: false,
            gone: false,
            own_change: None,
            sizes: Vec::new(),
            unsaved: Vec::new(),
            file_gone: None,
            fence: Fence::default(),
            keymap: keymap::Keymap::default(),
            lost: Vec::new(),
            type_ahead_ms: TYPE_AHEAD_MS,
            armed: None,
        }
    }

    /// The active question.
    #[must_use]
    pub fn question(&self) -> Option<&Question> {
        self.dataset.questions.get(self.question)
    }

    /// Whether nothing is left that is not saved, and nothing is on its way.
    #[must_use]
    pub fn may_leave(&self) -> bool {
        self.unsaved.is_empty() && self.saving.is_empty() && self.bulk.is_empty()
    }

    /// Whether anything is on its way to the store.
    #[must_use]
    pub fn is_saving(&self) -> bool {
        !self.saving.is_empty() || (!self.bulk.is_empty() && self.bulk_why.is_none())
    }

    /// How many records the step has that was not stored.
    #[must_use]
    pub fn bulk_size(&self) -> usize {
        self.bulk.len()
    }

    /// The labels of the active question that are offered now, with their index.
    pub fn offered(&self) -> impl Iterator<Item = (usize, &Label)> {
        let labels = self.question().map_or(&[][..], |question| &question.labels[..]);
        labels.iter().enumerate().filter(|(_, label)| label.retired.is_none())
    }

    /// Agreement of the active question's labels, in label order; empty before the first figures.
    #[must_use]
    pub fn figures(&self) -> &[LabelAgreement] {
        let figures = self.question().and_then(|question| self.agreement.get(&question.id));
        figures.map_or(&[], Vec::as_slice)
    }

    /// The same over the records that I submitted.
    #[must_use]
    pub fn my_figures(&self) -> &[LabelAgreement] {
        let figures = self.question().and_then(|question| self.my_agreement.get(&question.id));
        figures.map_or(&[], Vec::as_slice)
    }

    /// The message, with what was typed ahead.
    #[must_use]
    pub fn status(&self) -> String {
        let dropped = match self.fence.dropped {
            0 => return self.message.clone(),
            1 => String::from("1 key typed ahead dropped"),
            many => format!("{many} keys typed ahead dropped"),
        };
        if self.message.is_empty() { dropped } else { format!("{} · {dropped}", self.message) }
    }

    /// A tick needs no words, but what was said of a save stays to be read, and saves the bytes of clearing it.
    pub(crate) fn hush(&mut self) -> Vec<Effect> {
        if !self.message.starts_with("saved ") {
            self.message.clear();
        }
        Vec::new()
    }

    pub(crate) fn say(&mut self, words: impl Into<String>) -> Vec<Effect> {
        self.message = words.into();
        Vec::new()
    }
}
