//! What engines find.

/// Why a figure is not defined; never reported as 0 or 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undefined {
    /// No unit has two counted answers.
    NothingPairable,
    /// Nobody ticked the label, so nothing could be disagreed about.
    NobodyTicked,
    /// Everybody ticked the label.
    EverybodyTicked,
}

impl Undefined {
    /// The reason, as printed.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::NothingPairable => "no record has two answers",
            Self::NobodyTicked => "nobody has ticked it",
            Self::EverybodyTicked => "everybody has ticked it",
        }
    }
}

/// Agreement on one label, a yes/no question over units.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelAgreement {
    /// Krippendorff's alpha, nominal, or why there is none.
    pub alpha: Result<f64, Undefined>,
    /// Units with at least two counted answers.
    pub units: u64,
    /// Answers in those units.
    pub values: u64,
    /// Answers in those units that ticked the label.
    pub positives: u64,
}

/// How often an agent's labels were right so far, by one person's submitted answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Precision {
    /// The question.
    pub question: super::QuestionId,
    /// Who suggests.
    pub agent: String,
    /// Suggested labels that were submitted.
    pub right: u64,
    /// Suggested labels of answered records.
    pub suggested: u64,
}
