//! The policy of agreement: which responses count, and what stands for an answer that is not there.

use super::{Queue, Timestamp};

/// What agreement is figured from: which responses count, about which records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// Which responses.
    pub policy: Policy,
    /// Only records of this queue, as it is for whoever asks; none: all.
    pub records: Option<Queue>,
}

/// What stands for an answer that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Missing {
    /// Nothing: it is missing.
    #[default]
    Missing,
    /// "No" to every label, where a counted response gives no answer.
    No,
    /// The same, and also where a counted person gave no response to a counted unit.
    NoMatrix,
}

/// Which responses count. The default is PRODUCT's: submitted ones, and nothing stands for a missing answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// Drafts that carry an answer count too.
    pub drafts: bool,
    /// Discarded responses that carry an answer count too.
    pub discarded: bool,
    /// What stands for an answer that is not there.
    pub missing: Missing,
    /// Only these people; empty: all.
    pub people: Vec<String>,
    /// Only answers from then on; those of unknown time are older than any.
    pub since: Option<Timestamp>,
    /// Only answers before then.
    pub until: Option<Timestamp>,
    /// Only answers given without a suggestion or others' answers in sight.
    pub unassisted: bool,
}

impl Policy {
    /// Whether it is the default one.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The policies that a screen turns through, from the default one to that of a widely copied notebook.
    #[must_use]
    pub fn turned(&self) -> Self {
        let (drafts, discarded, missing) = match (self.drafts, self.discarded, self.missing) {
            (false, false, _) => (true, false, Missing::Missing),
            (true, false, _) => (false, true, Missing::Missing),
            (false, true, _) => (true, true, Missing::Missing),
            (true, true, Missing::Missing) => (true, true, Missing::No),
            (true, true, Missing::No) => (true, true, Missing::NoMatrix),
            (true, true, Missing::NoMatrix) => (false, false, Missing::Missing),
        };
        Self { drafts, discarded, missing, ..self.clone() }
    }
}
