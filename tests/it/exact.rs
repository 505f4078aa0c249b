//! Figures of numbers against exact fractions: large numbers, far outliers and answers that stand alone change nothing
//! that they should not.

use labelry::engine::measure::{MeasureSelection, findings};
use labelry::model::{Findings, Measure, Resampling, Values};
use proptest::prelude::*;

use crate::twins::{all, ratings, value};

/// A fraction in lowest terms.
#[derive(Clone, Copy)]
struct Fraction(i128, i128);

impl Fraction {
    fn new(top: i128, bottom: i128) -> Self {
        let (mut a, mut b) = (top.abs(), bottom.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let by = a.max(1) * bottom.signum();
        Self(top / by, bottom / by)
    }

    fn plus(self, other: Self) -> Self {
        Self::new(self.0 * other.1 + other.0 * self.1, self.1 * other.1)
    }
}

/// Alpha, interval, pair by pair.
fn interval(table: &[Vec<Option<u32>>], numbers: &[i128]) -> Option<f64> {
    let units = table.iter().map(|unit| unit.iter().flatten().map(|at| numbers[*at as usize]).collect::<Vec<_>>());
    let units: Vec<Vec<i128>> = units.filter(|unit| unit.len() > 1).collect();
    let squares =
        |values: &[i128]| -> i128 { values.iter().flat_map(|a| values.iter().map(move |b| (a - b).pow(2))).sum() };
    let given: Vec<i128> = units.concat();
    let part = |unit: &Vec<i128>| Fraction::new(squares(unit), unit.len() as i128 - 1);
    let observed = units.iter().map(part).fold(Fraction(0, 1), Fraction::plus);
    let expected = squares(&given);
    let share = (expected > 0).then(|| Fraction::new(observed.0 * (given.len() as i128 - 1), observed.1 * expected))?;
    Some((share.1 - share.0) as f64 / share.1 as f64)
}

fn numbers(all: &[i128]) -> Values {
    Values::Numbers(all.iter().map(|x| *x as f64).collect())
}

fn overall(table: &[Vec<Option<u32>>], values: &[i128]) -> Findings {
    let only = MeasureSelection { overall: true, people: true, ..MeasureSelection::NONE };
    findings(&ratings(&table.to_vec(), numbers(values)), only, Resampling::default())
}

fn same(one: &Findings, other: &Findings, within: f64) -> bool {
    let flat = |found: &Findings| -> Vec<f64> {
        let overall = found.overall.iter().filter(|(measure, _)| *measure != Measure::Ratio).map(|(_, figure)| figure);
        let figures = overall.chain(found.people.iter().map(|person| &person.without));
        let parts = |figure: &labelry::model::Figure| {
            let bounds = figure.interval.and_then(|interval| interval.bounds).unwrap_or_default();
            [figure.value.unwrap_or(9.0), bounds.0, bounds.1]
        };
        figures.flat_map(parts).collect()
    };
    flat(one).iter().zip(flat(other)).all(|(a, b)| (a - b).abs() <= within)
}

fn table() -> impl Strategy<Value = Vec<Vec<Option<u32>>>> {
    prop::collection::vec(prop::collection::vec(prop::option::weighted(0.7, 0u32..5), 3), 2..25)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn alpha_of_intervals_is_exact_at_any_offset_and_with_any_outlier(
        table in table(),
        offset in prop::sample::select(vec![0i128, 1_000_000_000, 1_000_000_000_000_000, -1_000_000_000_000_000]),
        outlier in prop::sample::select(vec![6i128, 999_999_999, 1_000_000_000_000]),
    ) {
        let numbers_of = [1 + offset, 2 + offset, 3 + offset, 5 + offset, offset + outlier];
        let ours = value(&all(&ratings(&table, numbers(&numbers_of))), Measure::Interval);
        let exact = interval(&table, &numbers_of);
        let near = match (ours, exact) {
            (Some(ours), Some(exact)) => (ours - exact).abs() < 1e-12,
            (ours, exact) => ours.is_none() && exact.is_none(),
        };
        prop_assert!(near, "{ours:?} for {exact:?}");
    }

    #[test]
    fn an_offset_moves_no_figure_and_no_bound(table in table(), offset in prop::sample::select(vec![1_000_000_000i128, 1_000_000_000_000_000])) {
        let near = overall(&table, &[1, 2, 3, 4, 5]);
        let far = overall(&table, &[1, 2, 3, 4, 5].map(|x| x + offset));
        prop_assert!(same(&near, &far, 1e-12));
    }
}

fn rated() -> Vec<Vec<Option<u32>>> {
    let given =
        ["12", "34", "43", "22", "22", "11", "34", "00", "23", "22", "23", "22", "01", "13", "24", "34", "23", "44"];
    given.iter().map(|unit| unit.chars().map(|c| c.to_digit(10)).chain([None]).collect()).collect()
}

#[test]
fn a_number_that_stands_alone_changes_no_alpha_and_no_bound_of_one() {
    let table = rated();
    let plain = overall(&table, &[1, 2, 3, 4, 5]);
    let alphas = |found: &Findings| -> Vec<_> {
        let alpha =
            |measure| matches!(measure, Measure::Nominal | Measure::Ordinal | Measure::Interval | Measure::Ratio);
        found.overall.iter().filter(|(measure, _)| alpha(*measure)).cloned().collect()
    };
    for lone in [999_999_999, 1_000_000_000_000, 1_000_000_000_000_000_000, -1, -1_000_000_000_000] {
        for alone in [vec![Some(5), None, None], vec![None, None, Some(5)]] {
            let mut table = table.clone();
            table.push(alone);
            let with = overall(&table, &[1, 2, 3, 4, 5, lone]);
            assert_eq!(alphas(&plain), alphas(&with), "{lone}");
        }
    }
}

#[test]
fn an_outlier_that_a_resample_did_not_draw_has_no_say_in_it() {
    let (mut with, mut without) = (rated(), rated());
    with.push(vec![Some(5), Some(5), None]);
    without.push(vec![Some(4), Some(4), None]);
    // By the 2.5 percentile the outlier was not drawn in a third of the resamples: its size must not matter there.
    let low = |table: &[Vec<Option<u32>>], outlier| {
        let found = overall(table, &[1, 2, 3, 4, 5, outlier]);
        let (_, figure) = found.overall.iter().find(|(measure, _)| *measure == Measure::Interval).unwrap();
        figure.interval.unwrap().bounds.unwrap().0
    };
    assert!((low(&with, 1_000_000_000_000) - low(&with, 1_000_000_000)).abs() < 1e-9);
    assert!((low(&with, 1_000_000_000) - low(&without, 6)).abs() < 0.2);
}

#[test]
fn numbers_at_the_ends_of_what_can_be_written_have_figures() {
    let ends = Values::Numbers(vec![1e300, 2e300, 3e300, 4e300, 1.7e308]);
    let found = all(&ratings(&rated(), ends));
    let plain = all(&ratings(&rated(), Values::Numbers(vec![1.0, 2.0, 3.0, 4.0, 1.7e8])));
    for measure in [Measure::Interval, Measure::Ratio, Measure::Ordinal] {
        let (found, plain) = (value(&found, measure).unwrap(), value(&plain, measure).unwrap());
        assert!((found - plain).abs() < 1e-9, "{measure:?}: {found} {plain}");
    }
}
