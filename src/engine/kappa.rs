//! Percent agreement, Fleiss' kappa, Gwet's AC1 and Cohen's kappa.
//!
//! J. Fleiss, "Measuring Nominal Scale Agreement among Many Raters", Psychological Bulletin 76 (1971); K. Gwet,
//! "Computing Inter-Rater Reliability and Its Variance in the Presence of High Agreement", British Journal of
//! Mathematical and Statistical Psychology 61 (2008); both with unequal numbers of raters as in K. Gwet, "Handbook of
//! Inter-Rater Reliability", 4th edition (2014), chapters 2 and 5:
//!
//! - observed agreement pa: the mean, over units with at least two answers, of the share of a unit's pairs that agree,
//!   Σ `r_k`(`r_k` − 1)/(r(r − 1)), `r_k` of its r answers being k. It is the percent agreement, and where all units have as many answers Fleiss' P̄.
//! - `π_k`: the mean, over all units with an answer, of the share of a unit's answers that are k; a unit with one answer
//!   counts here and not in pa. Where all units have as many answers these are Fleiss' `p_j`.
//! - Fleiss: pe = Σ `π_k`². AC1: pe = Σ `π_k`(1 − `π_k`)/(q − 1), q the categories: those declared,
//!   else those that somebody used.
//! - both: (pa − pe)/(1 − pe).
//!
//! J. Cohen, "A Coefficient of Agreement for Nominal Scales", Educational and Psychological Measurement 20 (1960):
//! kappa = (po − pe)/(1 − pe) over the units that two raters share, pe = Σ of the products of their own shares.

use super::profile::{Class, Profile};
use super::spread::apart;

/// Share of the pairs of a unit's answers that differ, 0 to 1.
pub(super) fn differing(profile: &Profile, class: &Class) -> f64 {
    let answers = f64::from(class.answers);
    apart(profile.cells(class).iter().map(|cell| f64::from(cell.count))) / (answers * (answers - 1.0))
}

/// Fleiss' kappa from 1 − pa and, for each category, N·`π_k`; none with fewer than two categories. As 1 − (1 − pa)/(1 −
/// pe), with 1 − pe = Σ over unequal categories `π_j`·`π_k`: near 1 no difference of two shares is taken.
pub(super) fn fleiss(differ: f64, shares: &[f64]) -> Option<f64> {
    let several = shares.iter().filter(|share| **share > 0.0).nth(1).is_some();
    several.then(|| 1.0 - differ / unequal(shares))
}

/// Gwet's AC1 from the same, of so many categories, drawn or not; none with fewer than two.
pub(super) fn ac1(differ: f64, shares: &[f64], categories: usize) -> Option<f64> {
    if categories < 2 {
        return None;
    }
    let chance = unequal(shares) / (categories - 1) as f64;
    Some(1.0 - differ / (1.0 - chance))
}

/// Σ `π_k`(1 − `π_k`).
fn unequal(shares: &[f64]) -> f64 {
    let all: f64 = shares.iter().sum();
    apart(shares.iter().copied()) / (all * all)
}

/// Cohen's kappa from the units that two raters share, those on which they agree, and Σ over values of the product of
/// how often either gave it; none where both gave one and the same value throughout.
pub(super) fn cohen(units: u64, agreed: u64, products: u64) -> Option<f64> {
    // 1 − (1 − po)/(1 − pe); the products fit 128 bits and are subtracted exactly.
    let square = |a: u64, b: u64| u128::from(a) * u128::from(b);
    let room = square(units, units) - u128::from(products);
    (room > 0).then(|| 1.0 - square(units, units - agreed) as f64 / room as f64)
}
