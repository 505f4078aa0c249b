//! One annotator's sitting: plain data and pure steps. No terminal, store, clock or thread.

mod annotate;
pub mod key;
pub mod keymap;
mod pages;
pub mod panes;
mod prompt;
mod reply;
mod task;
mod update;

use crate::model::sitting::{Counts, Direction, Held};
use crate::model::{Dataset, Entry, Label, LabelAgreement, Question, Record, RecordId, User};
pub use pages::{alpha_words, page_lines, page_title, plain};
pub use prompt::REASONS;
pub use task::{Place, Task, Ticks};

/// Everything one annotator sees and may do.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who I am.
    pub user: User,
    /// What I label.
    pub dataset: Dataset,
    /// Index of the question asked.
    pub question: usize,
    /// Key of each label.
    pub keys: Vec<Option<char>>,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Where I am.
    pub place: Place,
    /// What has the keys.
    pub mode: Mode,
    /// My counters, as last committed.
    pub counts: Counts,
    /// How many I submitted in this sitting.
    pub sitting: u32,
    /// The next record, fetched ahead.
    pub(crate) in_hand: Option<Loaded>,
    /// Records I saw, oldest first.
    pub(crate) trail: Vec<RecordId>,
    /// What I submitted last.
    pub(crate) last: Vec<u32>,
    /// Agreement of the question's labels.
    pub agreement: Vec<LabelAgreement>,
    /// The last word in the last row but one.
    pub message: String,
    /// Saves on their way: record and a word for it.
    pub saving: Vec<(RecordId, String)>,
    /// What could not be saved, and why.
    pub unsaved: Vec<(Intent, String)>,
    /// Answer keys are dropped until this time, or until the record was drawn.
    pub(crate) fence: Fence,
    /// Whether `q` or `u` was just pressed and waits for a second.
    pub(crate) armed: Option<char>,
}

/// Keeps what is typed ahead from answering a record that was not yet seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fence {
    /// The new record was not drawn yet.
    pub waits_for_draw: bool,
    /// And until then, in milliseconds.
    pub until: i64,
    /// How many keys were dropped.
    pub dropped: u32,
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
    /// A page to read and scroll.
    Page(Page, u16),
    /// Something is not saved: what now?
    NotSaved,
}

/// A line being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What for.
    pub what: Asked,
    /// So far.
    pub text: String,
}

/// What a prompt asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A note on the record.
    Note,
    /// Why it is discarded.
    Reason,
    /// Where to go.
    Goto,
}

/// A page to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Keys.
    Help,
    /// Guidelines.
    Guidelines,
    /// All about the record.
    Info,
    /// Agreement.
    Agreement,
}

/// A record with what I and others hold about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The record.
    pub record: Record,
    /// Mine.
    pub entry: Entry,
    /// Everybody's.
    pub held: Vec<Held>,
}

/// A save that I want; identities are given by the desk before the first try.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// submit, discard, draft, working, note, flag.
    pub kind: &'static str,
    /// On which record.
    pub record: RecordId,
    /// Its name, for messages.
    pub name: String,
    /// What it becomes.
    pub after: Entry,
    /// When, in milliseconds.
    pub at: i64,
}

/// What the session wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Store this.
    Save(Box<Intent>),
    /// Bring a record.
    Fetch(Want),
    /// Undo or redo; the flag allows an earlier sitting.
    Reverse(Direction, bool),
    /// Draw all again.
    Redraw,
    /// Stop as with Ctrl-Z.
    Suspend,
    /// Leave.
    Quit,
}

/// Which record is wanted, and what for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// Where I left: the first after the last touched one.
    Resume,
    /// The next pending one after this position, to show.
    Next(i64),
    /// The next pending one after this position, to keep in hand.
    Ahead(i64),
    /// This one.
    Exactly(RecordId),
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
    /// The terminal's new size.
    Resize(u16, u16),
    /// The picture was sent.
    Drawn,
    /// A save was committed: record, new version, my counters.
    Saved(RecordId, i64, Counts),
    /// A save was not; why, and what stands if someone else saved.
    NotSaved(Box<Intent>, String, Option<Box<Entry>>),
    /// A record that was wanted, or none.
    Fetched(Want, Option<Box<Loaded>>),
    /// An undo or redo was done: words, the record now, the entry it left behind, my counters.
    Reversed(Direction, String, Box<Loaded>, Box<Entry>, Counts),
    /// It was not: the words for it, and whether a second press does it.
    NotReversed(Direction, String, bool),
    /// New agreement figures.
    Agreement(Vec<LabelAgreement>),
    /// Everything else that went wrong.
    Trouble(String),
    /// The terminal went away or asks to end: keep what is there and leave.
    HangUp,
}

impl Session {
    /// A sitting before its first record. `question` is an index into the dataset's questions.
    #[must_use]
    pub fn new(user: User, dataset: Dataset, question: usize, size: (u16, u16)) -> Self {
        let keys = dataset
            .questions
            .get(question)
            .map_or_else(Vec::new, |question| question.labels.iter().map(|label| label.key).collect());
        Self {
            user,
            dataset,
            question,
            keys,
            size,
            place: Place::Opening,
            mode: Mode::Annotate,
            counts: Counts::default(),
            sitting: 0,
            in_hand: None,
            trail: Vec::new(),
            last: Vec::new(),
            agreement: Vec::new(),
            message: String::new(),
            saving: Vec::new(),
            unsaved: Vec::new(),
            fence: Fence::default(),
            armed: None,
        }
    }

    /// The question asked.
    #[must_use]
    pub fn question(&self) -> Option<&Question> {
        self.dataset.questions.get(self.question)
    }

    /// Whether nothing is left that is not saved.
    #[must_use]
    pub fn may_leave(&self) -> bool {
        self.unsaved.is_empty()
    }

    /// The labels that are offered now, with their index.
    pub fn offered(&self) -> impl Iterator<Item = (usize, &Label)> {
        let labels = self.question().map_or(&[][..], |question| &question.labels[..]);
        labels.iter().enumerate().filter(|(_, label)| label.retired.is_none())
    }

    /// The labels of these indices, as a person reads them.
    #[must_use]
    pub fn words(&self, labels: &[u32]) -> String {
        if labels.is_empty() {
            return String::from("none of these");
        }
        let all = self.question().map_or(&[][..], |question| &question.labels[..]);
        let titles = labels.iter().filter_map(|index| all.get(*index as usize)).map(|label| label.title.as_str());
        titles.collect::<Vec<_>>().join(", ")
    }
}
