//! The words: plain data, no I/O, no clock, no randomness.

pub mod dataset;
pub mod findings;
pub mod id;
pub mod keys;
pub mod order;
pub mod policy;
pub mod queue;
pub mod ratings;
pub mod record;
pub mod response;
pub mod search;
pub mod sitting;
pub mod suggestion;
pub mod survey;
pub mod time;
pub mod transfer;
pub mod whole;

pub use dataset::{Dataset, Field, Hide, Label, Offered, Question, QuestionKind, VectorSpace};
pub use findings::{
    Figure, Findings, Interval, LabelAgreement, Measure, PairAgreement, Precision, RaterAgreement, Resampling,
    Undefined, UnitClass,
};
pub use id::{DatasetId, QuestionId, RecordId, Uid, UserId};
pub use policy::{Missing, Policy, Scope};
pub use queue::{Queue, Size, Spot};
pub use ratings::{LabelSets, Rating, Ratings, Values};
pub use record::Record;
pub use response::{Answer, Answers, Entry, Response, Seen, Status, Verdict, Verdicts};
pub use search::{Search, Term};
pub use sitting::Neighbour;
pub use suggestion::Suggestion;
pub use survey::{Behind, Divided, Instead, Survey};
pub use time::Timestamp;
pub use whole::{Person, Stamp, Stamps, Suggested, Whole};

/// A person or an imported annotator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Key within this file.
    pub id: UserId,
    /// Identity across files.
    pub uid: Uid,
    /// Unique within a file, case-sensitive.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// The shared login name (root, ubuntu …) under which this person works here.
    pub login: Option<String>,
}

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    Owner,
    /// Everything but users and roles.
    Admin,
    /// Answers.
    Annotator,
}

impl Role {
    /// The word used in SQL, commands and on screen.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Annotator => "annotator",
        }
    }

    /// The role of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Owner, Self::Admin, Self::Annotator].into_iter().find(|role| role.word() == word)
    }
}

/// Things a person may want to do; see [`may`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Look at records and agreement.
    Read,
    /// Give answers, notes and flags.
    Annotate,
    /// See everybody's answers and decide which is right.
    Adjudicate,
    /// Import, add labels, change a dataset.
    Manage,
    /// Create users.
    ManageUsers,
}

/// The one door before every job: may `user` do `action`?
#[must_use]
pub fn may(user: &User, action: Action) -> bool {
    match user.role {
        Role::Owner => true,
        Role::Admin => action != Action::ManageUsers,
        Role::Annotator => matches!(action, Action::Read | Action::Annotate),
    }
}
