//! Agreement as a screen or a report shows it: all figures, and which records stand behind them.

use super::Findings;

/// All figures of one question under one policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Survey {
    /// The figures.
    pub findings: Findings,
    /// Names of the raters, by their number.
    pub raters: Vec<String>,
    /// For each label what others gave in its place, most frequent first.
    pub instead: Vec<Vec<Instead>>,
    /// Share of the counted answers given with suggestions, and with others' answers, seen.
    pub seen: Option<(f64, f64)>,
    /// Whether intervals were asked for.
    pub with_intervals: bool,
    /// Whether only labels got theirs: those of whole answers would have taken minutes.
    pub labels_only: bool,
}

/// What one person gave where another one ticked a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instead {
    /// Another label; none: "none of these", or only labels that both ticked.
    pub label: Option<u32>,
    /// How many pairs of answers.
    pub pairs: u64,
}

/// A figure whose records are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behind {
    /// Records that people split on over this label.
    Label(u32),
    /// Records to which these two gave different answers.
    Pair(u32, u32),
    /// Records to which this one gave another answer than somebody else.
    Person(u32),
    /// Records with different answers.
    Any,
}

/// A unit that people are divided over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Divided {
    /// Which.
    pub unit: u32,
    /// Mean distance of the pairs of answers that count for it: above 0, at most 1 but for numbers.
    pub distance: f64,
}
