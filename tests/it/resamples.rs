//! Intervals of the overall measures against resampling done the plain way, unit by unit.

use labelry::engine::measure::{MeasureSelection, findings, units_for};
use labelry::engine::random::Random;
use labelry::model::{Interval, Measure, Ratings, Resampling, Values};

use crate::twins::{all, ratings, sets, value};

/// Units of up to four answers that stray from a truth, some of them with one answer only.
fn made(units: u64, values: u32, seed: u64) -> Vec<Vec<Option<u32>>> {
    let mut random = Random::seeded(seed);
    let mut unit = || {
        let truth = random.below(u64::from(values)) as u32;
        let mut answer = |share: f64| {
            let given = random.unit() < share;
            let stray = random.unit() < 0.3;
            let value = if stray { random.below(u64::from(values)) as u32 } else { truth };
            given.then_some(value)
        };
        vec![answer(1.0), answer(0.8), answer(0.5), answer(0.2)]
    };
    (0..units).map(|_| unit()).collect()
}

/// The 2.5 and 97.5 percentiles of a measure over units drawn one by one: those with several answers from such, and
/// those with one from such.
fn naive(table: &[Vec<Option<u32>>], values: &Values, wanted: &[Measure], rounds: usize) -> Vec<(f64, f64)> {
    let several = |unit: &&Vec<Option<u32>>| unit.iter().flatten().count() > 1;
    let (many, one): (Vec<_>, Vec<_>) = table.iter().partition(several);
    let mut random = Random::seeded(77);
    let mut found = vec![Vec::new(); wanted.len()];
    for _ in 0..rounds {
        let mut drawn = Vec::new();
        for pool in [&many, &one] {
            drawn.extend((0..pool.len()).map(|_| pool[random.below(pool.len() as u64) as usize].clone()));
        }
        let figures = all(&ratings(&drawn, values.clone()));
        for (measure, found) in wanted.iter().zip(&mut found) {
            found.extend(value(&figures, *measure));
        }
    }
    let bounds = |mut figures: Vec<f64>| {
        figures.sort_by(f64::total_cmp);
        (figures[rounds * 25 / 1000], figures[rounds * 975 / 1000])
    };
    found.into_iter().map(bounds).collect()
}

/// The bounds of a percentile interval of so many resamples err by some tenth of a half-width at 1,500.
fn check(given: &Ratings, table: &[Vec<Option<u32>>], wanted: &[Measure], rounds: usize, most: f64) {
    let naive = naive(table, &given.values, wanted, rounds);
    let only = MeasureSelection { overall: true, ..MeasureSelection::NONE };
    let found = findings(given, only, Resampling { resamples: 4_000, seed: 42 });
    for (measure, (low, high)) in wanted.iter().zip(naive) {
        let (_, figure) = found.overall.iter().find(|(known, _)| known == measure).unwrap();
        let (ours_low, ours_high) = figure.interval.unwrap().bounds.unwrap();
        let half = (high - low) / 2.0;
        let far = (ours_low - low).abs().max((ours_high - high).abs()) / half;
        assert!(far < most, "{measure:?}: {ours_low} {ours_high} against {low} {high}");
    }
}

#[test]
fn intervals_of_numbers_are_those_of_units_drawn_one_by_one() {
    let table = made(150, 5, 1);
    let given = ratings(&table, Values::Numbers(vec![1.0, 2.0, 3.0, 5.0, 8.0]));
    let wanted = [
        Measure::Nominal,
        Measure::Ordinal,
        Measure::Interval,
        Measure::Ratio,
        Measure::Percent,
        Measure::FleissKappa,
        Measure::GwetAc1,
    ];
    check(&given, &table, &wanted, 1_500, 0.25);
}

#[test]
fn intervals_of_sets_are_those_of_units_drawn_one_by_one() {
    let table = made(120, 12, 2);
    let given = ratings(&table, sets(4, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15]));
    check(&given, &table, &[Measure::Nominal, Measure::Masi, Measure::Jaccard], 1_500, 0.25);
}

#[test]
fn the_order_of_units_does_not_matter_and_the_seed_does() {
    let table = made(200, 4, 4);
    let turned: Vec<_> = table.iter().rev().cloned().collect();
    let found = |table: &Vec<Vec<Option<u32>>>, seed| {
        findings(&ratings(table, Values::Labels(4)), MeasureSelection::ALL, Resampling { resamples: 200, seed })
    };
    assert_eq!(found(&table, 42), found(&turned, 42));
    assert_ne!(found(&table, 42).overall, found(&table, 43).overall);
    assert_ne!(found(&table, 42).pairs, found(&table, 43).pairs);
}

#[test]
fn what_is_not_wanted_is_not_there_and_what_is_not_defined_has_no_interval() {
    let given = ratings(&vec![vec![Some(1), Some(1)]; 3], Values::Labels(2));
    let none = findings(&given, MeasureSelection::NONE, Resampling::default());
    assert_eq!((none.units, none.values), (3, 6));
    assert!(none.overall.is_empty() && none.labels.is_empty() && none.pairs.is_empty() && none.people.is_empty());
    let found = findings(&given, MeasureSelection::ALL, Resampling::default());
    for (measure, figure) in &found.overall {
        if *measure == Measure::Percent {
            assert_eq!(figure.value, Ok(1.0));
        } else {
            assert_eq!(figure.value.unwrap_err().reason(), "all answers are the same");
            assert_eq!(figure.interval, None);
        }
    }
    assert_eq!(found.pairs[0].cohen_kappa.value.unwrap_err().reason(), "all answers are the same");
    assert_eq!(found.people[0].without.value.unwrap_err().reason(), "only one person has answered");
    let why = |table: Vec<Vec<Option<u32>>>, numbers: &[f64], measure| {
        let found = all(&ratings(&table, Values::Numbers(numbers.to_vec())));
        found.overall.iter().find(|(known, _)| *known == measure).unwrap().1.value.unwrap_err().reason()
    };
    assert_eq!(why(Vec::new(), &[], Measure::Ratio), "nobody has answered");
    assert_eq!(why(vec![vec![Some(0)]], &[1.0], Measure::Nominal), "only one person has answered");
    assert_eq!(
        why(vec![vec![Some(0), None], vec![None, Some(0)]], &[1.0], Measure::Ordinal),
        "no record has two answers"
    );
    let both = vec![vec![Some(0), Some(1)]];
    assert_eq!(why(both.clone(), &[-1.0, 1.0], Measure::Ratio), "a ratio scale has no negative numbers");
    assert_eq!(why(both, &[f64::NAN, 1.0], Measure::Interval), "an answer is not a finite number");
}

#[test]
fn self_agreement_compares_the_first_two_answers() {
    let mut given = ratings(&vec![vec![Some(0), Some(1)], vec![Some(1), Some(1)]], Values::Labels(3));
    let row = |unit, rater, value| labelry::model::Rating { unit, rater, value, offered: 0 };
    given.again = vec![row(0, 1, 1), row(0, 1, 0), row(1, 1, 2)];
    let people = all(&given).people;
    assert_eq!((people[0].itself, people[1].itself), (None, Some((2, 0.5))));
    assert_eq!(people[1].prevalence, [Some(0.0), Some(1.0), Some(0.0)]);
    assert_eq!((people[0].values, people[0].units), (2, 2));
}

#[test]
fn half_the_width_needs_four_times_the_units() {
    let interval = |bounds| Interval { bounds, resamples: 1_000, undefined: 0, few: false };
    assert_eq!(units_for(0.1, &interval(Some((0.4, 0.8))), 100), Some(400));
    assert_eq!(units_for(0.1, &interval(None), 100), None);
    assert_eq!(units_for(0.0, &interval(Some((0.4, 0.8))), 100), None);
}

/// Answers of the table with labels and raters in another order.
fn turned(table: &[Vec<Option<u32>>], bits: &[u64], labels: &[u64], raters: &[usize]) -> Ratings {
    let table = table.iter().map(|unit| raters.iter().map(|rater| unit[*rater]).collect()).collect();
    let turn = |set: &u64| labels.iter().enumerate().map(|(new, old)| (set >> old & 1) << new).sum();
    ratings(&table, sets(labels.len() as u32, &bits.iter().map(turn).collect::<Vec<u64>>()))
}

#[test]
fn the_order_of_labels_and_people_moves_no_bound() {
    use labelry::model::{Figure, Findings};
    let bounds = |found: &Findings, raters: &[usize]| -> Vec<(usize, usize, f64, f64)> {
        let of = |figure: &Figure| figure.interval.and_then(|interval| interval.bounds).unwrap_or((9.0, 9.0));
        let overall = found.overall.iter().map(|(measure, figure)| (*measure as usize, 99, of(figure).0, of(figure).1));
        let pairs = found.pairs.iter().map(|pair| {
            let (a, b) = (raters[pair.a as usize], raters[pair.b as usize]);
            (a.min(b), a.max(b), of(&pair.cohen_kappa).0, of(&pair.cohen_kappa).1)
        });
        let mut all: Vec<_> = overall.chain(pairs).collect();
        all.sort_by_key(|(a, b, ..)| (*b, *a));
        all
    };
    let wanted = MeasureSelection { overall: true, pairs: true, ..MeasureSelection::NONE };
    for (units, values, seed) in [(40, 5, 1), (60, 12, 2), (150, 30, 3), (25, 3, 4)] {
        let table = made(units, values, seed);
        let bits: Vec<u64> = (0..u64::from(values)).map(|value| value * 37 % 61).collect();
        let plain = findings(&turned(&table, &bits, &[0, 1, 2, 3, 4, 5], &[0, 1, 2, 3]), wanted, Resampling::default());
        for (labels, raters) in
            [([5, 4, 3, 2, 1, 0], [0, 1, 2, 3]), ([2, 0, 5, 1, 4, 3], [3, 1, 0, 2]), ([1, 0, 2, 3, 4, 5], [1, 0, 2, 3])]
        {
            let found = findings(&turned(&table, &bits, &labels, &raters), wanted, Resampling::default());
            let same = bounds(&plain, &[0, 1, 2, 3]).into_iter().zip(bounds(&found, &raters));
            for (one, other) in same {
                assert!(one.0 == other.0 && one.1 == other.1, "{one:?} {other:?}");
                assert!(
                    (one.2 - other.2).abs() < 1e-12 && (one.3 - other.3).abs() < 1e-12,
                    "{one:?} {other:?} {labels:?}"
                );
            }
        }
        // Of one label each, named in another order.
        let single = |turn: &dyn Fn(u32) -> u32| {
            let table = table.iter().map(|unit| unit.iter().map(|value| value.map(turn)).collect()).collect();
            let found = findings(&ratings(&table, Values::Labels(values)), wanted, Resampling::default());
            bounds(&found, &[0, 1, 2, 3])
        };
        for (one, other) in single(&|value| value).into_iter().zip(single(&|value| values - 1 - value)) {
            assert!((one.2 - other.2).abs() < 1e-12 && (one.3 - other.3).abs() < 1e-12, "{one:?} {other:?}");
        }
    }
}
