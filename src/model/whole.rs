//! A record with everything that anybody holds about it, and when each part was changed last: what a merge compares.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Adjudications, Entry, QuestionId, RecordId, Response, Uid, UserId};

/// When something was changed last, and by which event. The greater of two stands: the later one, of two at the same
/// time the one of the greater uid; an unknown time is older than any known one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp(pub Option<i64>, pub String);

/// The stamps of what one person holds about a record. A part without one was never touched, or came with an import.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Stamps {
    /// Of the response; one without a response says when it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<Stamp>,
    /// Of the working copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working: Option<Stamp>,
    /// Of note and flag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Stamp>,
}

impl Stamps {
    /// Stamps the parts that differ.
    pub fn touch(&mut self, before: &Entry, after: &Entry, stamp: &Stamp) {
        if before.response != after.response {
            self.response = Some(stamp.clone());
        }
        if before.working != after.working {
            self.working = Some(stamp.clone());
        }
        if before.note != after.note || before.flag != after.flag {
            self.note = Some(stamp.clone());
        }
    }
}

/// All that one person holds about a record.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Person {
    /// Response of the first pass, working copy, note, flag, and what was seen.
    pub entry: Entry,
    /// When its parts were changed last.
    pub stamps: Stamps,
    /// JSON object of the response's keys that this version does not know.
    pub extra: Option<String>,
    /// The same of the note.
    pub note_extra: Option<String>,
    /// Later passes, with their unknown keys.
    pub passes: BTreeMap<i64, (Response, Option<String>)>,
}

impl Person {
    /// The stamp of the response: its own time where nothing else stamped it. It came with a file then, and whoever reads
    /// that file once more gives it another uid: of two with one time their content decides.
    #[must_use]
    pub fn response_stamp(&self) -> Option<Stamp> {
        let own = || self.entry.response.as_ref().map(|response| Stamp(response.at, String::new()));
        self.stamps.response.clone().or_else(own)
    }

    /// The stamp of the working copy, the lowest there is where nothing stamped it.
    #[must_use]
    pub fn working_stamp(&self) -> Option<Stamp> {
        let own = || self.entry.working.as_ref().map(|_| Stamp(None, String::new()));
        self.stamps.working.clone().or_else(own)
    }

    /// The same of note and flag.
    #[must_use]
    pub fn note_stamp(&self) -> Option<Stamp> {
        let own = || (self.entry.note.is_some() || self.entry.flag).then(|| Stamp(None, String::new()));
        self.stamps.note.clone().or_else(own)
    }
}

/// What an agent suggests for a question of a record, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggested {
    /// The question.
    pub question: QuestionId,
    /// Who suggests.
    pub agent: String,
    /// JSON of the answer.
    pub value: String,
    /// JSON object of probabilities by label.
    pub scores: Option<String>,
    /// JSON object of keys that this version does not know.
    pub extra: String,
    /// When it came.
    pub at: Option<i64>,
}

/// Which answers are read of a whole record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AnswerParts {
    /// Those to every question.
    #[default]
    All,
    /// Those to one.
    One(QuestionId),
    /// None: only who responded, and how.
    None,
}

/// What is read of whole records: whoever needs less than everything says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WholeParts<'p> {
    /// Of the people only these.
    pub people: Option<&'p BTreeSet<UserId>>,
    /// Answers within responses.
    pub answers: AnswerParts,
    /// Working copies, notes, flags, and what was seen.
    pub marks: bool,
    /// What agents suggest.
    pub suggestions: bool,
    /// Adjudications.
    pub adjudications: bool,
}

impl WholeParts<'_> {
    /// Everything.
    pub const ALL: Self =
        Self { people: None, answers: AnswerParts::All, marks: true, suggestions: true, adjudications: true };
}

/// A record with everything that hangs on it but its vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Whole {
    /// Key within its file.
    pub id: RecordId,
    /// Identity across files.
    pub uid: Uid,
    /// The id the outside world knows it by.
    pub external_id: Option<String>,
    /// Place in the dataset's order, from 1.
    pub position: i64,
    /// Unique within the dataset.
    pub natural_key: String,
    /// JSON object of texts by field name.
    pub fields: String,
    /// JSON object.
    pub metadata: String,
    /// JSON object of keys that this version does not know.
    pub extra: String,
    /// When fields or metadata were changed after the record came.
    pub changed_at: Option<i64>,
    /// What people hold.
    pub people: BTreeMap<UserId, Person>,
    /// What agents suggest.
    pub suggestions: Vec<Suggested>,
    /// Adjudications by question.
    pub adjudications: Adjudications,
}
