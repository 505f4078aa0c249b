//! The words: plain data, no I/O, no clock, no randomness.

pub mod dataset;
pub mod findings;
pub mod headway;
pub mod id;
pub mod keys;
pub mod order;
pub mod plan;
pub mod policy;
pub mod queue;
pub mod ratings;
pub mod record;
pub mod response;
pub mod rights;
pub mod search;
pub mod sight;
pub mod sitting;
pub mod suggestion;
pub mod survey;
pub mod time;
pub mod transfer;
pub mod user;
pub mod whole;

pub use dataset::{Dataset, Field, Hide, Label, Offered, Question, QuestionKind, VectorSpace};
pub use findings::{
    Figure, Findings, Interval, LabelAgreement, Measure, Narrowed, PairAgreement, Precision, RaterAgreement,
    Resampling, Undefined, UnitClass, few_reason,
};
pub use id::{DatasetId, QuestionId, RecordId, Uid, UserId};
pub use plan::{Control, Plan, Setup, Slots, Take};
pub use policy::{Missing, Policy, Scope};
pub use queue::{Queue, Size, Spot};
pub use ratings::{LabelSets, Rating, Ratings, Values};
pub use record::Record;
pub use response::{Answer, Answers, Entry, Response, Seen, Status, Verdict, Verdicts};
pub use rights::{Action, may, may_in, sees};
pub use search::{Search, Term};
pub use sight::Sight;
pub use sitting::Neighbour;
pub use suggestion::Suggestion;
pub use survey::{Behind, Divided, Gave, Instead, Mine, Survey};
pub use time::Timestamp;
pub use user::{Holdings, Role, SHORTEST_PASSWORD, User, Workspace};
pub use whole::{Person, Stamp, Stamps, Suggested, Whole};
