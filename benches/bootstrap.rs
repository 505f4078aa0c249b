//! Intervals and figures of 30 labels from their classes.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use labelry::engine::classes::Classes;
use labelry::engine::measure::{MeasureSelection, figures, findings};
use labelry::engine::random::{Binomial, Normal, Random};
use labelry::model::{LabelSets, Rating, Ratings, Resampling, UnitClass, Values};

/// 30 labels, ticked by .5 % to 25 %, over so many units with 2 to `raters` answers each.
fn labels(units: u64, raters: u32) -> Vec<Classes> {
    let mut random = Random::seeded(1);
    let label = |label: u32| {
        let truth = 0.005 + 0.25 * (f64::from(label) / 29.0).powi(2);
        let mut classes = Classes::default();
        let shares = raters - 1;
        for answers in 2..=raters {
            let mut left = units / u64::from(shares);
            for positives in 0..=answers {
                let mine = if positives == 0 { 1.0 - 2.0 * truth } else { 0.4 };
                let drawn = if positives == answers { left } else { Binomial::new(mine).draw(left, &mut random) };
                classes.add_units(UnitClass { answers, positives, units: drawn });
                left -= drawn;
            }
        }
        classes
    };
    (0..30).map(label).collect()
}

fn bootstrap(criterion: &mut Criterion) {
    for (units, raters) in [(1_000, 3), (100_000, 3), (1_000_000, 3), (1_000_000, 5), (1_000_000, 9)] {
        let labels = labels(units, raters);
        let name = format!("1,000 resamples × 30 labels, {units} units with 2 to {raters} answers");
        criterion.bench_function(&name, |bench| {
            bench.iter(|| figures(&labels, black_box(Resampling::default())));
        });
    }
    let labels = labels(1_000_000, 3);
    criterion.bench_function("alpha of 30 labels from their classes", |bench| {
        bench.iter(|| labels.iter().map(|label| label.agreement(black_box(Resampling::NONE))).collect::<Vec<_>>());
    });
}

/// Overall measures of so many units of three answers with about so many different sets.
fn overall(criterion: &mut Criterion) {
    for (units, different, resamples) in [(5_000, 64, 1_000), (5_000, 10_000, 0), (5_000, 10_000, 1_000)] {
        let mut random = Random::seeded(3);
        let bits: Vec<u64> = (0..different).map(|_| random.bits() & random.bits() & 0xFF_FFFF).collect();
        let mut rows = Vec::new();
        for unit in 0..units {
            let truth = random.below(different) as u32;
            for rater in 0..3 {
                let value = if random.unit() < 0.3 { random.below(different) as u32 } else { truth };
                rows.push(Rating { unit, rater, value, offered: 0 });
            }
        }
        let values = Values::Sets(24, LabelSets { words: 1, bits });
        let ratings = Ratings {
            raters: 3,
            units,
            values,
            offers: LabelSets::default(),
            rows,
            again: Vec::new(),
            declared: false,
        };
        for (name, wanted) in [
            ("overall", MeasureSelection { overall: true, ..MeasureSelection::NONE }),
            ("pairs", MeasureSelection { pairs: true, ..MeasureSelection::NONE }),
            ("people", MeasureSelection { people: true, ..MeasureSelection::NONE }),
        ] {
            let name = format!("{name}, {units} units, {different} sets, {resamples} resamples");
            let resampling = Resampling { resamples, seed: 42 };
            criterion.bench_function(&name, |bench| bench.iter(|| findings(black_box(&ratings), wanted, resampling)));
        }
    }
}

/// One number of each way to draw it.
fn binomial(criterion: &mut Criterion) {
    for (n, p) in [(1_000_000, 1e-6), (1_000_000, 5e-6), (1_000, 0.02), (1_000_000, 0.3)] {
        let (binomial, normal, mut random) = (Binomial::new(p), Normal::new(), Random::seeded(1));
        criterion.bench_function(&format!("binomial {n} × {p}"), |bench| {
            bench.iter(|| binomial.draw(black_box(n), &mut random));
        });
        criterion.bench_function(&format!("binomial {n} × {p}, rounded where it is wide"), |bench| {
            bench.iter(|| binomial.near(black_box(n), &mut random, &normal));
        });
    }
}

criterion_group! { name = benches; config = Criterion::default().sample_size(20); targets = binomial, bootstrap, overall }
criterion_main!(benches);
