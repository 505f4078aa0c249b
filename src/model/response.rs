//! Responses: the four answer states, answers, and all that one person holds about one record.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Answer, QuestionId, Timestamp, UserId};

/// How far a response has come. "No response" is the absence of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Saved, not handed in: missing in agreement.
    Draft,
    /// Handed in: counts.
    Submitted,
    /// Skipped, ticks kept: missing in agreement.
    Discarded,
}

impl Status {
    /// The word used in SQL, files and on screen.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Discarded => "discarded",
        }
    }

    /// The status of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Draft, Self::Submitted, Self::Discarded].into_iter().find(|status| status.word() == word)
    }
}

/// Answers by question.
pub type Answers = BTreeMap<QuestionId, Answer>;

/// One person's response to one record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// Identity across files.
    pub uid: String,
    /// How far it has come.
    pub status: Status,
    /// Answers by question key.
    pub answers: Answers,
    /// Why it was discarded.
    pub reason: Option<String>,
    /// Active milliseconds spent.
    pub active_ms: Option<i64>,
    /// When it got this status; unknown is older than any known time.
    pub at: Option<i64>,
    /// Label-set number by question key, at that time.
    pub label_sets: BTreeMap<QuestionId, i64>,
    /// Guidelines number at that time.
    pub guidelines_version: i64,
    /// Agents whose suggestions were visible.
    pub saw_agents: Vec<String>,
    /// Whether others' answers were visible.
    pub saw_others: bool,
}

impl Response {
    /// The ticked labels of a multi-label or single-label question.
    #[must_use]
    pub fn labels(&self, question: QuestionId) -> Option<&[u32]> {
        self.answers.get(&question)?.labels()
    }

    /// When, as a timestamp.
    #[must_use]
    pub fn time(&self) -> Option<Timestamp> {
        self.at.map(Timestamp)
    }
}

/// What a person has seen of others on a record; once seen, always seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Others' answers.
    pub others: bool,
    /// Agents whose suggestions were visible.
    pub agents: BTreeSet<String>,
}

impl Seen {
    /// Both together.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.others |= other.others;
        self.agents.extend(other.agents.iter().cloned());
        self
    }
}

/// Which answer to a question is right, decided by somebody who saw everybody's. It is no rater's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adjudication {
    /// Key of who decided.
    pub user: UserId,
    /// The answer, as the native format writes it.
    pub value: serde_json::Value,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When, in milliseconds; unknown is older than any known time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
    /// Keys that an import brought and this version does not know.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub extra: serde_json::Map<String, serde_json::Value>,
}

/// The adjudications on a record by question key: at most one each, whoever gave it.
pub type Adjudications = BTreeMap<QuestionId, Adjudication>;

/// All that one person holds about one record: response, working copy, note, flag.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Entry {
    /// The response that stands, in agreement too.
    pub response: Option<Response>,
    /// Changed ticks of a submitted or discarded response, kept beside it until Enter.
    pub working: Option<Answers>,
    /// A note.
    pub note: Option<String>,
    /// A flag.
    pub flag: bool,
    /// The adjudications on the record, whoever gave them: only where one is given or taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adjudications: Option<Adjudications>,
    /// Counts each save; a save names the version it was based on. Not part of the content.
    #[serde(default, skip_serializing)]
    pub version: i64,
    /// What was seen of others here. Not part of the content: an undo does not unsee.
    #[serde(skip)]
    pub seen: Seen,
}

impl Entry {
    /// Status of the response that stands.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        self.response.as_ref().map(|response| response.status)
    }

    /// Equal but for the version and what was seen.
    #[must_use]
    pub fn same_content(&self, other: &Self) -> bool {
        self.response == other.response
            && self.working == other.working
            && self.note == other.note
            && self.flag == other.flag
            && self.adjudications == other.adjudications
    }
}
