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
    /// 95 % percentile interval of alpha; none where it was not asked for or alpha is not defined.
    pub interval: Option<Interval>,
}

impl LabelAgreement {
    /// Lower and upper bound of the interval.
    #[must_use]
    pub fn bounds(&self) -> Option<(f64, f64)> {
        self.interval.and_then(|interval| interval.bounds)
    }

    /// Share of the answers that ticked the label, 0 to 1; none without answers.
    #[must_use]
    pub fn prevalence(&self) -> Option<f64> {
        (self.values > 0).then(|| self.positives as f64 / self.values as f64)
    }
}

/// What a bootstrap over units found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The 2.5 and 97.5 percentiles of the resamples that have a figure; none where no resample has one.
    pub bounds: Option<(f64, f64)>,
    /// How many resamples were drawn.
    pub resamples: u32,
    /// In how many of them the figure is not defined.
    pub undefined: u32,
}

/// How a bootstrap is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resampling {
    /// How many resamples; 0 asks for no interval.
    pub resamples: u32,
    /// Seed of the generator: the same data and seed give the same interval on every machine.
    pub seed: u64,
}

impl Resampling {
    /// No interval.
    pub const NONE: Self = Self { resamples: 0, seed: 42 };
}

impl Default for Resampling {
    fn default() -> Self {
        Self { resamples: 1_000, seed: 42 }
    }
}

/// Units that are alike for one label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnitClass {
    /// Counted answers of each, at least 2.
    pub answers: u32,
    /// How many of them ticked the label.
    pub positives: u32,
    /// How many units.
    pub units: u64,
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
