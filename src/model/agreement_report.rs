//! Agreement as a screen or a report shows it: all figures, and which records stand behind them.

use super::Findings;

/// All figures of one question under one policy.
#[derive(Debug, Clone, PartialEq)]
pub struct AgreementReport {
    /// The figures.
    pub findings: Findings,
    /// Names of the raters, by their number.
    pub raters: Vec<String>,
    /// For each label what others gave in its place, most frequent first.
    pub confusions: Vec<Vec<Confusion>>,
    /// Share of the counted answers given with suggestions, and with others' answers, seen.
    pub seen: Option<(f64, f64)>,
    /// Whether intervals were asked for.
    pub with_intervals: bool,
    /// Whether only labels got theirs: those of whole answers would have taken minutes.
    pub labels_only: bool,
    /// Which of the figures count only records that who asks submitted.
    pub mine: OwnRecordsOnly,
}

/// Which figures count only records that who asks submitted, since others' answers are hidden from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OwnRecordsOnly {
    /// None: all records count.
    #[default]
    Nothing,
    /// Those of pairs and of single people, and what others gave in the place of a label.
    Single,
    /// All of them.
    All,
}

/// What one person gave where another one ticked a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confusion {
    /// What.
    pub gave: InsteadAnswer,
    /// How many pairs of answers; each two answers to a record are one.
    pub pairs: u64,
}

impl Confusion {
    /// As `bug 31 pairs`, where `title` tells the name of a label.
    #[must_use]
    pub fn words(self, title: impl FnOnce(u32) -> String) -> String {
        format!("{} {} {}", self.gave.words(title), self.pairs, if self.pairs == 1 { "pair" } else { "pairs" })
    }
}

/// What an answer has in place of a label that another answer ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InsteadAnswer {
    /// A label that the other answer does not tick.
    Label(u32),
    /// Labels, but only such as the other answer ticks too.
    NothingElse,
    /// "None of these": no label at all.
    NoneOfThese,
}

impl InsteadAnswer {
    /// As it is shown, where `title` tells the name of a label.
    #[must_use]
    pub fn words(self, title: impl FnOnce(u32) -> String) -> String {
        match self {
            Self::Label(label) => title(label),
            Self::NothingElse => String::from("nothing else"),
            Self::NoneOfThese => String::from("none of these"),
        }
    }
}

/// A figure whose records are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DrillDown {
    /// Records that people split on over this label.
    Label(u32),
    /// Records to which these two gave different answers.
    Pair(u32, u32),
    /// Records to which this one gave another answer than somebody else.
    Person(u32),
    /// Records with different answers.
    Any,
}

/// A unit that annotators disagree on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Disagreement {
    /// Which.
    pub unit: u32,
    /// Mean distance of the pairs of answers that count for it: above 0, at most 1 but for numbers.
    pub distance: f64,
}
