//! Thought, measured: agreement of every label over answers in memory, against a matrix per label.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group};
use labelry::engine::agreement::{Classes, PerLabel};
use labelry::model::Resampling;

const UNITS: usize = 100_000;
const ANSWERS: usize = 3;
const LABELS: usize = 30;

/// Bit sets of ticked labels, unit by unit, three answers each. Annotators see the same truth and stray from it.
fn made() -> Vec<[u8; 4]> {
    let mut seed = 42_u64;
    let mut random = move || {
        // SplitMix64: Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators".
        seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) as u32
    };
    let mut answers = Vec::with_capacity(UNITS * ANSWERS);
    for _ in 0..UNITS {
        // One bit in eight is ticked, and one in sixteen is answered otherwise than the truth.
        let truth = random() & random() & random();
        for _ in 0..ANSWERS {
            let stray = random() & random() & random() & random();
            answers.push(((truth ^ stray) & ((1 << LABELS) - 1)).to_le_bytes());
        }
    }
    answers
}

/// Ours, answer by answer as a scan of the store gives them.
fn ours(answers: &[[u8; 4]]) -> Vec<f64> {
    let mut sums = PerLabel::new(vec![(1, i64::MAX); LABELS]);
    for (index, labels) in answers.iter().enumerate() {
        sums.add((index / ANSWERS) as i64, 1, labels, false);
    }
    let alpha = |found: Classes| found.agreement(Resampling::NONE).alpha.unwrap_or(f64::NAN);
    sums.finish().into_iter().map(alpha).collect()
}

/// The twin that people write: for each label a reliability matrix, its values counted unit by unit, and the
/// coincidence matrix from these.
fn matrix_per_label(answers: &[[u8; 4]]) -> Vec<f64> {
    let alpha = |label: usize| {
        let ticked = |labels: &[u8; 4]| f64::from(labels[label / 8] >> (label % 8) & 1);
        let matrix: Vec<Vec<f64>> = answers.chunks(ANSWERS).map(|unit| unit.iter().map(ticked).collect()).collect();
        let mut coincidences = [[0.0; 2]; 2];
        for unit in &matrix {
            for (i, a) in unit.iter().enumerate() {
                for (j, b) in unit.iter().enumerate() {
                    if i != j {
                        coincidences[*a as usize][*b as usize] += 1.0 / (unit.len() - 1) as f64;
                    }
                }
            }
        }
        let zeros = coincidences[0][0] + coincidences[0][1];
        let ones = coincidences[1][0] + coincidences[1][1];
        1.0 - (zeros + ones - 1.0) * coincidences[0][1] / (zeros * ones)
    };
    (0..LABELS).map(alpha).collect()
}

fn agreement(criterion: &mut Criterion) {
    let answers = made();
    let far = ours(&answers).iter().zip(matrix_per_label(&answers)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(far < 1e-9, "the twins differ by {far}");
    let mut group = criterion.benchmark_group("agreement of 30 labels, 100k × 3 answers");
    group.throughput(Throughput::Elements(answers.len() as u64)).sample_size(20);
    group.bench_function("ours", |bench| bench.iter(|| ours(black_box(&answers))));
    group.bench_function("a matrix per label", |bench| bench.iter(|| matrix_per_label(black_box(&answers))));
    group.finish();
}

criterion_group!(benches, agreement);

fn main() {
    // `cargo test --benches` runs this too and must not wait for it; only `cargo bench` says so.
    if std::env::args().any(|argument| argument == "--bench") {
        benches();
        Criterion::default().configure_from_args().final_summary();
    }
}
