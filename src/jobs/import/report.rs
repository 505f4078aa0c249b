//! What an import did, and what it found different.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::OnConflict;
use crate::exchange::Format;
use crate::jobs::JobError;
use crate::model::Dataset;
use crate::model::transfer::RecordSpec;

/// What an import did.
#[derive(Debug, Clone, Default)]
pub struct ImportReport {
    /// Path of the dataset.
    pub dataset: String,
    /// Records added, and records that were there already.
    pub records: (u64, u64),
    /// Responses added, and those that were there already.
    pub responses: (u64, u64),
    /// Vectors stored, and those that were there already.
    pub vectors: (u64, u64),
    /// Suggestions stored, and those that were there already.
    pub suggestions: (u64, u64),
    /// Files that made way for those of bad lines.
    pub overwritten: Vec<std::path::PathBuf>,
    /// Things that differed and stayed as they were, by kind.
    pub kept: BTreeMap<&'static str, u64>,
    /// Things that differed and were replaced, by kind.
    pub replaced: BTreeMap<&'static str, u64>,
    /// Values that are kept although they are unusual, by what they are.
    pub unusual: BTreeMap<&'static str, u64>,
    /// Annotators made.
    pub users: Vec<String>,
    /// Whether a dataset was made whose question has no labels.
    pub unlabelled: bool,
    /// Vectors of nothing but zeros, which have no neighbours, and where the first stands.
    pub zeros: (u64, String),
    /// Columns that became metadata.
    pub metadata: Vec<String>,
    /// Formats told, by file.
    pub formats: Vec<(PathBuf, Format)>,
    /// Files with the lines that were left out, and how many.
    pub bad: Vec<(PathBuf, u64)>,
    /// What had to be assumed, as sentences.
    pub assumed: Vec<String>,
    /// Responses that the files hold, by status.
    pub statuses: BTreeMap<String, u64>,
    /// The first three records.
    pub samples: Vec<RecordSpec>,
    /// The dataset as it stands after the import.
    pub made: Option<Dataset>,
    /// Two texts of each vector file with their nearest neighbours.
    pub neighbours: Vec<Neighbours>,
}

/// A text and its nearest neighbour by a vector file, so that a shifted file is seen at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbours {
    /// Name of the vectors.
    pub vectors: String,
    /// A record's text.
    pub text: String,
    /// Its nearest neighbour's.
    pub nearest: String,
    /// How near.
    pub cosine: f32,
}

/// What differs from what the file has already, while nothing was said about it.
#[derive(Debug, Default)]
pub(super) struct Differs {
    count: u64,
    examples: Vec<String>,
    timeless: bool,
}

impl Differs {
    /// Counts one; `timeless` when the person's choice cannot be made for it.
    pub fn add(&mut self, words: String, timeless: bool) {
        self.count += 1;
        self.timeless |= timeless;
        if self.examples.len() < 3 {
            self.examples.push(words);
        }
    }

    /// Stops the import if anything was counted.
    pub fn refuse(&self, choice: OnConflict) -> Result<(), JobError> {
        if self.count == 0 {
            return Ok(());
        }
        let examples = self.examples.join("; ");
        if self.timeless && choice == OnConflict::Newest {
            return Err(JobError::refused(
                format!("{} differ and have no time, so none is the newest: {examples}", self.count),
                "nothing was written; say --on-conflict keep or theirs",
            ));
        }
        Err(JobError::refused(
            format!("{} differ from what the file has already: {examples}", self.count),
            "nothing was written; choose with --on-conflict keep, newest or theirs, or import into another dataset with --dataset",
        ))
    }
}
