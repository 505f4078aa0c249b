//! The words: plain data, no I/O, no clock, no randomness.

pub mod agreement_report;
pub mod answer;
pub mod dataset;
pub mod dataset_progress;
pub mod event;
pub mod findings;
pub mod id;
pub mod keys;
pub mod order;
pub mod plan;
pub mod policy;
pub mod queue;
pub mod ratings;
pub mod record;
pub mod record_view;
pub mod response;
pub mod rights;
pub mod search;
pub mod suggestion;
pub mod time;
pub mod transfer;
pub mod user;
pub mod visibility;
pub mod whole;

pub use agreement_report::{AgreementReport, Confusion, Disagreement, DrillDown, InsteadAnswer, OwnRecordsOnly};
pub use answer::{Answer, InvalidAnswer, Ranked, Span};
pub use dataset::{Dataset, Field, Hide, Label, Offered, Question, QuestionKind, VectorSpace};
pub use event::EventKind;
pub use findings::{
    Figure, Findings, Interval, LabelAgreement, Measure, Narrowed, PairAgreement, Precision, RaterAgreement,
    Resampling, Undefined, UnitClass, few_reason,
};
pub use id::{DatasetId, QuestionId, RecordId, Uid, UserId};
pub use plan::{Capacity, Control, LeaseRequest, Plan, Setup};
pub use policy::{Missing, Policy, Scope};
pub use queue::{Queue, Size, Spot};
pub use ratings::{LabelSets, Rating, Ratings, Values};
pub use record::Record;
pub use record_view::Neighbour;
pub use response::{Adjudication, Adjudications, Answers, Entry, Response, Seen, Status};
pub use rights::{Permission, may, may_in, sees};
pub use search::{Search, Term};
pub use suggestion::Suggestion;
pub use time::Timestamp;
pub use user::{Holdings, Role, SHORTEST_PASSWORD, User, Workspace};
pub use visibility::Sight;
pub use whole::{AnswerParts, Person, Stamp, Stamps, Suggested, Whole, WholeParts};
