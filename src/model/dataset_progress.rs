//! How far people are: what `labelry progress` and the interface's page show.

/// How far everybody is with a dataset.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DatasetProgress {
    /// Records.
    pub records: u64,
    /// Submitted by as many people as they want, or by one.
    pub completed: u64,
    /// Whether only the viewer's own figures are there.
    pub own: bool,
    /// Who, by name.
    pub people: Vec<Worker>,
    /// Question, label, and how many submitted answers ticked it, of how many.
    pub labels: Vec<(String, String, u64, u64)>,
    /// Submits by day, of all the people above together.
    pub days: Vec<(String, i64)>,
}

/// How far one person is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Worker {
    /// Name.
    pub name: String,
    /// Submitted.
    pub submitted: u64,
    /// Drafts.
    pub draft: u64,
    /// Discarded.
    pub discarded: u64,
    /// Still to do.
    pub pending: u64,
    /// Dealt by name.
    pub assigned: Option<u64>,
    /// Median seconds of work on what was submitted.
    pub seconds: Option<f64>,
    /// Control records: answers, those that are right, and the share of labels that are right.
    pub controls: Option<(u64, u64, Option<f64>)>,
}
