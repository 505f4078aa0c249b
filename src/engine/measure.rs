//! All figures of a question's ratings, or those of them that are wanted: where commands and screens come in.

use rayon::prelude::*;

use super::canon::numbering;
use super::classes::Classes;
use super::offered::narrowed;
use super::overall::Overall;
use super::profile::{Codes, Profile, starts};
use super::{bits, pairs, people};
use crate::model::{Findings, Interval, LabelAgreement, Ratings, Resampling, Undefined};

/// Which figures are asked for; what is not costs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four independent wishes")]
pub struct MeasureSelection {
    /// The measures over all raters.
    pub overall: bool,
    /// Each label as a yes/no question.
    pub labels: bool,
    /// Each pair of raters.
    pub pairs: bool,
    /// Each rater.
    pub people: bool,
}

impl MeasureSelection {
    /// Everything.
    pub const ALL: Self = Self { overall: true, labels: true, pairs: true, people: true };
    /// Only what every answer needs: units and values.
    pub const NONE: Self = Self { overall: false, labels: false, pairs: false, people: false };
    /// Each label alone.
    pub const LABELS: Self = Self { labels: true, ..Self::NONE };
}

/// What is found of `ratings`, with 95 % intervals where `resampling` asks for them.
///
/// Cost, on all cores: labels 1–2 ns an answer and 64 labels, and [`super::bootstrap::interval`] each; overall some
/// 30 ns an answer, K² distances for K different sets (.2 s for 10,000 and each of MASI and Jaccard; above 50,000 they are not compared: the figure says so), and
/// 3–10 ns a resample and unit, fewer where units are alike; pairs 20 ns for each two answers to a unit, and with
/// intervals 5 ns for each of these and resample; people 5 ns an answer and rater.
#[must_use]
pub fn findings(ratings: &Ratings, wanted: MeasureSelection, resampling: Resampling) -> Findings {
    let starts = starts(ratings);
    let lengths = || starts.windows(2).map(|unit| u64::from(unit[1] - unit[0])).filter(|answers| *answers > 1);
    let (units, values) = (lengths().count() as u64, lengths().sum());
    let labels = if wanted.labels { figures(&bits::by_label(ratings, &starts), resampling) } else { Vec::new() };
    let mut found = Findings { units, values, labels, ..Findings::default() };
    if wanted.overall || wanted.pairs || wanted.people {
        whole(ratings, starts, wanted, resampling, &mut found);
    }
    found
}

/// Figures of whole answers, each unit's cut to the labels that all who answered it were offered.
fn whole(
    ratings: &Ratings,
    starts_of: Vec<u32>,
    wanted: MeasureSelection,
    resampling: Resampling,
    found: &mut Findings,
) {
    let (cut, narrowed) = narrowed(ratings);
    found.narrowed = narrowed;
    let starts = if narrowed.answers > 0 { starts(&cut) } else { starts_of };
    let mut codes = Codes::new(&cut);
    let drawn = resampling.resamples > 0 && (wanted.overall || wanted.pairs);
    let mut profile = (wanted.overall || drawn).then(|| Profile::new(&cut, &starts, &codes));
    // What is drawn is drawn in an order that is not that of the labels.
    if let Some(known) = profile.as_mut().filter(|_| drawn)
        && let Some(new) = numbering(&cut.values, &codes, known)
    {
        codes = codes.renumbered(&new);
        *known = known.renumbered(&new);
    }
    if let Some(profile) = profile.filter(|_| wanted.overall) {
        found.overall = Overall::new(&cut, &codes, &profile).figures(nothing(ratings), resampling);
    }
    if wanted.pairs {
        found.pairs = pairs::pairs(&cut, &starts, &codes, resampling);
    }
    if wanted.people {
        found.people = people::people(ratings, &cut, &starts, &codes, resampling);
    }
}

/// The figures of each label, side by side. Each interval depends on its own units and the seed alone.
#[must_use]
pub fn figures(labels: &[Classes], resampling: Resampling) -> Vec<LabelAgreement> {
    if resampling.resamples == 0 {
        return labels.iter().map(|classes| classes.agreement(resampling)).collect();
    }
    labels.par_iter().map(|classes| classes.agreement(resampling)).collect()
}

/// Why nothing would be pairable.
fn nothing(ratings: &Ratings) -> Undefined {
    match ratings.rows.first() {
        None => Undefined::NoAnswers,
        Some(first) if ratings.rows.iter().all(|rating| rating.rater == first.rater) => Undefined::OneRater,
        Some(_) => Undefined::NothingPairable,
    }
}

/// How many units in all it would take for an interval of ± `half_width`, where `units` gave `interval`: its width
/// shrinks with 1/√units as long as further units are of the same kind. An estimate, good to some 10 % of the width
/// where there are hundreds of units and rough below. None where there is no interval, or no width asked for.
#[must_use]
pub fn units_for(half_width: f64, interval: &Interval, units: u64) -> Option<u64> {
    let (low, high) = interval.bounds?;
    let ratio = (high - low) / 2.0 / half_width;
    let needed = (units as f64 * ratio * ratio).ceil();
    (half_width > 0.0 && needed.is_finite()).then(|| (needed as u64).max(2))
}
