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
    /// Nobody has answered.
    NoAnswers,
    /// Only one rater has answered.
    OneRater,
    /// All answers that count are equal, so that nothing could be disagreed about.
    OneValue,
    /// A ratio scale has no negative numbers.
    NegativeRatio,
    /// An answer is infinite or not a number.
    NotFinite,
    /// Figures of so few records would tell single answers to somebody who may not see them.
    TooFew,
    /// So many different sets of labels that comparing each with each would take too long.
    TooManySets,
}

impl Undefined {
    /// The reason, as printed.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::NothingPairable => "no record has two answers",
            Self::NobodyTicked => "nobody has ticked it",
            Self::EverybodyTicked => "everybody has ticked it",
            Self::NoAnswers => "nobody has answered",
            Self::OneRater => "only one person has answered",
            Self::OneValue => "all answers are the same",
            Self::NegativeRatio => "a ratio scale has no negative numbers",
            Self::NotFinite => "an answer is not a finite number",
            Self::TooFew => "shown from 20 records with two answers on",
            Self::TooManySets => "too many different answers to compare each with each",
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
    /// Mean over these units of the share of pairs of answers that agree, 0 to 1; none without units.
    pub percent: Option<f64>,
    /// 95 % percentile interval of alpha; none where it was not asked for or alpha is not defined.
    pub interval: Option<Interval>,
}

impl LabelAgreement {
    /// Lower and upper bound of the interval.
    #[must_use]
    pub fn bounds(&self) -> Option<(f64, f64)> {
        self.interval.and_then(|interval| interval.bounds)
    }

    /// `few ticks` where they are too few for an interval that was asked for, `few without` where the others are.
    #[must_use]
    pub fn few_words(&self) -> Option<&'static str> {
        let words = if self.positives < Interval::FEW { "few ticks" } else { "few without" };
        self.interval.filter(|interval| interval.few).map(|_| words)
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
    /// Whether so few answers differ from the rest that the resamples say nothing of how sure the figure is: there are
    /// no bounds then.
    pub few: bool,
}

impl Interval {
    /// With fewer answers than this that differ from the rest (for a label its ticks, or the answers without it) no
    /// bounds are given. The resamples hold nothing but those few, all agreed on or all disputed, and hardly differ:
    /// two ticks by one of two people in 400 records would give -.003 to .000, as if more records could bring no
    /// agreement. Ten of each kind is the usual rule for a share that is taken for normal.
    pub const FEW: u64 = 10;

    /// Without bounds where `rare` answers are too few.
    #[must_use]
    pub fn held(self, rare: u64) -> Self {
        if rare < Self::FEW { Self { bounds: None, few: true, ..self } } else { self }
    }
}

/// Why there are no bounds, as printed: of a label, or of whole answers and pairs.
#[must_use]
pub fn few_reason(label: bool) -> String {
    let what =
        if label { "ticks of a label (or answers without it)" } else { "answers other than the most frequent one" };
    format!("with fewer than {} {what} no interval can be told", Interval::FEW)
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

/// One figure and how sure it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The figure, or why there is none.
    pub value: Result<f64, Undefined>,
    /// 95 % percentile interval over units; none where it was not asked for or the figure is not defined.
    pub interval: Option<Interval>,
}

impl Figure {
    /// `few others` where the answers that differ from the most frequent one are too few for an interval.
    #[must_use]
    pub fn few_words(&self) -> Option<&'static str> {
        self.interval.filter(|interval| interval.few).map(|_| "few others")
    }
}

/// A measure of agreement over all raters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Krippendorff's alpha, the whole answer as one nominal value.
    Nominal,
    /// Alpha with the MASI distance between sets, its weights 1, 2/3, 1/3 and 0.
    Masi,
    /// Alpha with the Jaccard distance between sets.
    Jaccard,
    /// Alpha, ordinal.
    Ordinal,
    /// Alpha, interval.
    Interval,
    /// Alpha, ratio.
    Ratio,
    /// Mean pairwise agreement over units with at least two answers, 0 to 1.
    Percent,
    /// Fleiss' kappa.
    FleissKappa,
    /// Gwet's AC1.
    GwetAc1,
}

/// How much of the whole answers was cut to the labels that all who answered a unit were offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Narrowed {
    /// Units whose answers were cut.
    pub units: u64,
    /// Answers of which nothing was left: single labels that not all were offered.
    pub answers: u64,
}

impl Narrowed {
    /// As a note says it; none where nothing was cut.
    #[must_use]
    pub fn words(self) -> Option<String> {
        let records = match self.units {
            0 => return None,
            1 => String::from("1 record"),
            units => format!("{units} records"),
        };
        let answers = match self.answers {
            0 => String::new(),
            1 => String::from(", and 1 answer with another label is missing there"),
            answers => format!(", and {answers} answers with another label are missing there"),
        };
        Some(format!("whole answers to {records} are cut to the labels that all who answered were offered{answers}"))
    }
}

/// All that is found of one question.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Findings {
    /// Units with at least two counted answers.
    pub units: u64,
    /// Answers in those units.
    pub values: u64,
    /// What was left out of whole answers, because not all were offered the same labels.
    pub narrowed: Narrowed,
    /// The measures that fit the question, in the order of [`Measure`].
    pub overall: Vec<(Measure, Figure)>,
    /// Each label as a yes/no question, in label order; empty for numbers.
    pub labels: Vec<LabelAgreement>,
    /// Each pair of raters that share a unit.
    pub pairs: Vec<PairAgreement>,
    /// Each rater, in order.
    pub people: Vec<RaterAgreement>,
}

/// Two raters.
#[derive(Debug, Clone, PartialEq)]
pub struct PairAgreement {
    /// One of them, the lower number.
    pub a: u32,
    /// The other.
    pub b: u32,
    /// Units that both answered.
    pub units: u64,
    /// Cohen's kappa, the whole answer as one nominal value.
    pub cohen_kappa: Figure,
    /// Share of those units to which they gave the same answer.
    pub percent: Figure,
}

/// One rater beside the others.
#[derive(Debug, Clone, PartialEq)]
pub struct RaterAgreement {
    /// Who.
    pub rater: u32,
    /// Counted answers, whether pairable or not.
    pub values: u64,
    /// Units that somebody else answered too.
    pub units: u64,
    /// Alpha of all the others: the whole answer nominal (numbers: ordinal), without this rater.
    pub without: Figure,
    /// Mean share of the others' answers that equal theirs, over the units they share.
    pub with_others: Figure,
    /// Share of their answers that tick each label, in label order; none where they were never offered it.
    pub prevalence: Vec<Option<f64>>,
    /// Units they answered more than once, and how often the first two answers are equal.
    pub itself: Option<(u64, f64)>,
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
