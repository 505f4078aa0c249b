//! Agreement against its definitions: every figure computed pair by pair, in the most naive way.

use labelry::engine::measure::{MeasureSelection, findings};
use labelry::model::{Findings, LabelSets, Measure, Rating, Ratings, Resampling, Values};
use proptest::prelude::*;

/// What each rater gave each unit, `None` where nothing: by unit, then rater.
type Table = Vec<Vec<Option<u32>>>;

pub fn ratings(table: &Table, values: Values) -> Ratings {
    let mut rows = Vec::new();
    for (unit, given) in table.iter().enumerate() {
        for (rater, value) in given.iter().enumerate() {
            rows.extend(value.map(|value| Rating { unit: unit as u32, rater: rater as u32, value, offered: 0 }));
        }
    }
    let raters = table.first().map_or(0, Vec::len) as u32;
    let offers = LabelSets::default();
    Ratings { raters, units: table.len() as u32, values, offers, rows, again: Vec::new(), declared: false }
}

/// Sets of labels of one word.
pub fn sets(labels: u32, bits: &[u64]) -> Values {
    Values::Sets(labels, LabelSets { words: 1, bits: bits.to_vec() })
}

pub fn all(ratings: &Ratings) -> Findings {
    findings(ratings, MeasureSelection::ALL, Resampling::NONE)
}

pub fn value(found: &Findings, measure: Measure) -> Option<f64> {
    let (_, figure) = found.overall.iter().find(|(known, _)| *known == measure).unwrap();
    figure.value.ok()
}

fn pairable(table: &Table) -> Vec<Vec<u32>> {
    table.iter().map(|unit| unit.iter().flatten().copied().collect()).filter(|unit: &Vec<u32>| unit.len() > 1).collect()
}

/// Alpha by its definition.
fn alpha(units: &[Vec<u32>], distance: impl Fn(u32, u32) -> f64) -> Option<f64> {
    let values: Vec<u32> = units.iter().flatten().copied().collect();
    let n = values.len() as f64;
    let each = |values: &[u32]| {
        let mut sum = 0.0;
        for (i, a) in values.iter().enumerate() {
            for (j, b) in values.iter().enumerate() {
                if i != j {
                    sum += distance(*a, *b);
                }
            }
        }
        sum
    };
    let observed: f64 = units.iter().map(|unit| each(unit) / (unit.len() - 1) as f64).sum::<f64>() / n;
    let expected = each(&values) / (n * (n - 1.0));
    (n > 0.0 && expected > 0.0).then(|| 1.0 - observed / expected)
}

fn unequal(a: u32, b: u32) -> f64 {
    f64::from(u8::from(a != b))
}

/// The ordinal distance as it is printed: values are their own ranks here.
fn ordinal(units: &[Vec<u32>], a: u32, b: u32) -> f64 {
    let count = |value: u32| units.iter().flatten().filter(|known| **known == value).count() as f64;
    let (low, high) = (a.min(b), a.max(b));
    ((low..=high).map(count).sum::<f64>() - f64::midpoint(count(a), count(b))).powi(2)
}

fn set(bits: u64) -> std::collections::BTreeSet<u32> {
    (0..64).filter(|bit| bits >> bit & 1 == 1).collect()
}

fn jaccard(a: u64, b: u64) -> f64 {
    let (a, b) = (set(a), set(b));
    if a == b { 0.0 } else { 1.0 - a.intersection(&b).count() as f64 / a.union(&b).count() as f64 }
}

fn masi(a: u64, b: u64) -> f64 {
    let (one, other) = (set(a), set(b));
    let weight = if one == other {
        1.0
    } else if one.is_disjoint(&other) {
        0.0
    } else if one.is_subset(&other) || other.is_subset(&one) {
        2.0 / 3.0
    } else {
        1.0 / 3.0
    };
    1.0 - (1.0 - jaccard(a, b)) * weight
}

/// Percent, Fleiss' kappa and AC1.
fn kappas(table: &Table) -> [Option<f64>; 3] {
    let units = pairable(table);
    let agree = |unit: &Vec<u32>| {
        let mut equal = 0;
        for (i, a) in unit.iter().enumerate() {
            equal += unit.iter().enumerate().filter(|(j, b)| i != *j && a == *b).count();
        }
        equal as f64 / (unit.len() * (unit.len() - 1)) as f64
    };
    let percent = units.iter().map(agree).sum::<f64>() / units.len() as f64;
    if units.is_empty() {
        return [None; 3];
    }
    let rated: Vec<Vec<u32>> = table.iter().map(|unit| unit.iter().flatten().copied().collect()).collect();
    let rated: Vec<Vec<u32>> = rated.into_iter().filter(|unit: &Vec<u32>| !unit.is_empty()).collect();
    let categories: std::collections::BTreeSet<u32> = rated.iter().flatten().copied().collect();
    let share = |category: &u32| {
        let of = |unit: &Vec<u32>| unit.iter().filter(|value| *value == category).count() as f64 / unit.len() as f64;
        rated.iter().map(of).sum::<f64>() / rated.len() as f64
    };
    let chance: f64 = categories.iter().map(|category| share(category).powi(2)).sum();
    let gwet: f64 = categories.iter().map(|category| share(category) * (1.0 - share(category))).sum::<f64>()
        / (categories.len() as f64 - 1.0);
    let several = categories.len() > 1;
    let kappa = |chance: f64| several.then(|| (percent - chance) / (1.0 - chance));
    [Some(percent), kappa(chance), kappa(gwet)]
}

/// Cohen's kappa and percent of two raters, and their units.
fn cohen(table: &Table, a: usize, b: usize) -> (usize, Option<f64>, f64) {
    let both: Vec<(u32, u32)> = table.iter().filter_map(|unit| Some((unit[a]?, unit[b]?))).collect();
    let n = both.len() as f64;
    let agreed = both.iter().filter(|(a, b)| a == b).count() as f64 / n;
    let values: std::collections::BTreeSet<u32> = both.iter().flat_map(|(a, b)| [*a, *b]).collect();
    let chance = |value: &u32| {
        let first = both.iter().filter(|(a, _)| a == value).count() as f64 / n;
        first * both.iter().filter(|(_, b)| b == value).count() as f64 / n
    };
    let chance: f64 = values.iter().map(chance).sum();
    (both.len(), (values.len() > 1).then(|| (agreed - chance) / (1.0 - chance)), agreed)
}

fn near(ours: Option<f64>, naive: Option<f64>) -> bool {
    match (ours, naive) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-9,
        (None, None) => true,
        _ => false,
    }
}

fn table(values: u32) -> impl Strategy<Value = Table> {
    (1usize..6).prop_flat_map(move |raters| {
        prop::collection::vec(prop::collection::vec(prop::option::weighted(0.7, 0..values), raters), 0..25)
    })
}

proptest! {
    #[test]
    fn numbers_agree_with_their_definitions(table in table(5), numbers in prop::collection::btree_set(0u32..1000, 5)) {
        // Values in order of their codes, and codes of numbers given in another order than theirs.
        let numbers: Vec<f64> = numbers.into_iter().map(f64::from).collect();
        let turned: Table = table.iter().map(|unit| unit.iter().map(|value| value.map(|v| 4 - v)).collect()).collect();
        let found = all(&ratings(&turned, Values::Numbers(numbers.iter().rev().copied().collect())));
        let units = pairable(&table);
        let x = |value: u32| numbers[value as usize];
        let ratio = |a: u32, b: u32| if a == b { 0.0 } else { ((x(a) - x(b)) / (x(a) + x(b))).powi(2) };
        prop_assert!(near(value(&found, Measure::Nominal), alpha(&units, unequal)));
        prop_assert!(near(value(&found, Measure::Ordinal), alpha(&units, |a, b| ordinal(&units, a, b))));
        prop_assert!(near(value(&found, Measure::Interval), alpha(&units, |a, b| (x(a) - x(b)).powi(2))));
        prop_assert!(near(value(&found, Measure::Ratio), alpha(&units, ratio)));
        prop_assert_eq!(found.units as usize, units.len());
        for person in &found.people {
            let rest: Table = table.iter().map(|unit| {
                unit.iter().enumerate().map(|(rater, v)| v.filter(|_| rater != person.rater as usize)).collect()
            }).collect();
            let rest = pairable(&rest);
            prop_assert!(near(person.without.value.ok(), alpha(&rest, |a, b| ordinal(&rest, a, b))));
        }
    }

    #[test]
    fn sets_agree_with_their_definitions(table in table(9), bits in prop::collection::vec(0u64..64, 9)) {
        // The same set may come twice: it is one value.
        let found = all(&ratings(&table, sets(6, &bits)));
        let same = |value: u32| bits.iter().position(|known| *known == bits[value as usize]).unwrap() as u32;
        let table: Table = table.iter().map(|unit| unit.iter().map(|v| v.map(same)).collect()).collect();
        let units = pairable(&table);
        let set = |value: u32| bits[value as usize];
        prop_assert!(near(value(&found, Measure::Nominal), alpha(&units, unequal)));
        prop_assert!(near(value(&found, Measure::Masi), alpha(&units, |a, b| masi(set(a), set(b)))));
        prop_assert!(near(value(&found, Measure::Jaccard), alpha(&units, |a, b| jaccard(set(a), set(b)))));
        for (label, ours) in found.labels.iter().enumerate() {
            let ticked = |value: u32| set(value) >> label & 1;
            let apart = |a, b| f64::from(u8::from(ticked(a) != ticked(b)));
            prop_assert!(near(ours.alpha.ok(), alpha(&units, apart)));
            let binary: Table = table.iter().map(|u| u.iter().map(|v| v.map(|v| ticked(v) as u32)).collect()).collect();
            prop_assert!(near(ours.percent, kappas(&binary)[0]));
        }
    }

    #[test]
    fn kappas_agree_with_their_definitions(table in table(4)) {
        let found = all(&ratings(&table, Values::Labels(4)));
        let naive = kappas(&table);
        for (measure, naive) in [Measure::Percent, Measure::FleissKappa, Measure::GwetAc1].into_iter().zip(naive) {
            prop_assert!(near(value(&found, measure), naive), "{:?} {:?}", measure, naive);
        }
        let raters = table.first().map_or(0, Vec::len);
        let mut pairs = found.pairs.iter();
        for a in 0..raters {
            for b in a + 1..raters {
                let (units, kappa, percent) = cohen(&table, a, b);
                if units > 0 {
                    let ours = pairs.next().unwrap();
                    prop_assert_eq!((ours.a as usize, ours.b as usize, ours.units as usize), (a, b, units));
                    prop_assert!(near(ours.cohen_kappa.value.ok(), kappa));
                    prop_assert!(near(ours.percent.value.ok(), Some(percent)));
                }
            }
        }
        prop_assert!(pairs.next().is_none());
        for person in &found.people {
            let me = person.rater as usize;
            let units: Vec<(u32, Vec<u32>)> = table.iter().filter_map(|unit| {
                let others = unit.iter().enumerate().filter(|(rater, _)| *rater != me).filter_map(|(_, v)| *v);
                Some((unit[me]?, others.collect::<Vec<_>>()))
            }).filter(|(_, others)| !others.is_empty()).collect();
            let equal = |(mine, others): &(u32, Vec<u32>)| {
                others.iter().filter(|other| *other == mine).count() as f64 / others.len() as f64
            };
            let mean = units.iter().map(equal).sum::<f64>() / units.len() as f64;
            prop_assert!(near(person.with_others.value.ok(), (!units.is_empty()).then_some(mean)));
            let rest: Table = table.iter().map(|unit| {
                unit.iter().enumerate().map(|(rater, v)| v.filter(|_| rater != me)).collect()
            }).collect();
            prop_assert!(near(person.without.value.ok(), alpha(&pairable(&rest), unequal)));
        }
    }

    #[test]
    fn labels_that_were_not_offered_are_missing(
        table in table(8), bits in prop::collection::vec(any::<u128>(), 8),
        offers in prop::collection::vec(any::<u128>(), 1..4), which in prop::collection::vec(any::<u8>(), 200),
    ) {
        // 100 labels: two words of a set; the first offer has all of them.
        let labels = 100;
        let words = |all: &[u128]| LabelSets {
            words: 2, bits: all.iter().flat_map(|bits| [*bits as u64, (*bits >> 64) as u64 & ((1 << 36) - 1)]).collect(),
        };
        let mut offered = offers;
        offered[0] = u128::MAX;
        let mut given = ratings(&table, Values::Sets(labels, words(&bits)));
        given.offers = words(&offered);
        for (row, which) in given.rows.iter_mut().zip(which.iter().cycle()) {
            row.offered = u32::from(*which) % offered.len() as u32;
        }
        let found = all(&given);
        for (label, ours) in found.labels.iter().enumerate() {
            let mut units = vec![Vec::new(); table.len()];
            for row in &given.rows {
                if offered[row.offered as usize] >> label & 1 == 1 {
                    units[row.unit as usize].push((bits[row.value as usize] >> label & 1) as u32);
                }
            }
            units.retain(|unit| unit.len() > 1);
            prop_assert_eq!(ours.units as usize, units.len());
            prop_assert_eq!(ours.positives, units.iter().flatten().map(|ticked| u64::from(*ticked)).sum::<u64>());
            prop_assert!(near(ours.alpha.ok(), alpha(&units, unequal)));
        }
    }
}
