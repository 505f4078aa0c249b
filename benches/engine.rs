//! Thought, measured: agreement of every label over answers in memory, against a matrix per label.
//!
//! `cargo bench --bench engine` measures with criterion. `benches/peers.py` runs this with `--data FOLDER`: it writes
//! the made answers there, times our figures of them some times, prints the seconds and the alphas as JSON, and then
//! lets the peers do the same.

use std::hint::black_box;
use std::io::Write;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use labelry::engine::agreement::PerLabel;
use labelry::engine::bits::{AnswerBits, of_words};
use labelry::engine::measure::{MeasureSelection, figures, findings};
use labelry::engine::random::Random;
use labelry::model::{LabelAgreement, LabelSets, Offered, Rating, Ratings, Resampling, Values};

const ANSWERS: usize = 3;
const LABELS: u32 = 30;
const RATERS: u64 = 50;

/// Answers of three out of fifty raters to each unit, as words; raters see the same truth and stray from it.
struct Made {
    words: Vec<u64>,
    starts: Vec<u32>,
    raters: Vec<u32>,
}

impl Made {
    fn new(units: usize) -> Self {
        let mut random = Random::seeded(42);
        let mut made = Self { words: Vec::new(), starts: vec![0], raters: Vec::new() };
        for _ in 0..units {
            // One bit in eight is ticked, and one in sixteen is answered otherwise than the truth.
            let truth = random.bits() & random.bits() & random.bits();
            let first = random.below(RATERS - ANSWERS as u64 + 1) as u32;
            for answer in 0..ANSWERS {
                let stray = random.bits() & random.bits() & random.bits() & random.bits();
                made.words.push((truth ^ stray) & ((1 << LABELS) - 1));
                made.raters.push(first + answer as u32);
            }
            made.starts.push(made.words.len() as u32);
        }
        made
    }

    fn answers(&self) -> AnswerBits<'_> {
        AnswerBits { labels: LABELS, words: 1, bits: &self.words, starts: &self.starts }
    }

    /// As ratings whose values are indices into the different sets.
    fn ratings(&self) -> Ratings {
        let mut bits = self.words.clone();
        bits.sort_unstable();
        bits.dedup();
        let row = |(answer, word): (usize, &u64)| Rating {
            unit: (answer / ANSWERS) as u32,
            rater: self.raters[answer],
            value: bits.binary_search(word).unwrap_or_default() as u32,
            offered: 0,
        };
        let rows = self.words.iter().enumerate().map(row).collect();
        Ratings {
            raters: RATERS as u32,
            units: (self.starts.len() - 1) as u32,
            rows,
            values: Values::Sets(LABELS, LabelSets { words: 1, bits }),
            declared: false,
            offers: LabelSets::default(),
            again: Vec::new(),
        }
    }
}

/// Ours, of all answers at hand.
fn ours(made: &Made) -> Vec<LabelAgreement> {
    figures(&of_words(&made.answers()), Resampling::NONE)
}

/// Ours, answer by answer as a scan of the store gives them.
fn streamed(made: &Made) -> Vec<LabelAgreement> {
    let mut sums = PerLabel::new(vec![Offered::ALWAYS; LABELS as usize]);
    for (index, labels) in made.words.iter().enumerate() {
        sums.add((index / ANSWERS) as i64, 1, &labels.to_le_bytes(), false);
    }
    sums.finish().iter().map(|classes| classes.agreement(Resampling::NONE)).collect()
}

fn alphas(found: &[LabelAgreement]) -> Vec<f64> {
    found.iter().map(|label| label.alpha.unwrap_or(f64::NAN)).collect()
}

/// The twin that people write: for each label a reliability matrix, its values counted unit by unit, and the
/// coincidence matrix from these.
fn matrix_per_label(made: &Made) -> Vec<f64> {
    let alpha = |label: u32| {
        let ticked = |labels: &u64| f64::from((*labels >> label & 1) as u32);
        let matrix: Vec<Vec<f64>> = made.words.chunks(ANSWERS).map(|unit| unit.iter().map(ticked).collect()).collect();
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
    for units in [100_000, 1_000_000] {
        let made = Made::new(units);
        let ratings = made.ratings();
        let far = alphas(&ours(&made)).into_iter().zip(matrix_per_label(&made)).map(|(a, b)| (a - b).abs());
        let far = far.fold(0.0, f64::max);
        assert!(far < 1e-9, "the twins differ by {far}");
        let of_ratings = |resampling| findings(&ratings, MeasureSelection::LABELS, resampling).labels;
        assert_eq!(alphas(&ours(&made)), alphas(&of_ratings(Resampling::NONE)));
        let mut group = criterion.benchmark_group("agreement of 30 labels, 3 answers a unit");
        group.throughput(Throughput::Elements(made.words.len() as u64)).sample_size(20);
        let mut measure = |name: &str, run: &dyn Fn()| {
            group.bench_function(BenchmarkId::new(name, units), |bench| bench.iter(run));
        };
        measure("words", &|| drop(black_box(ours(&made))));
        measure("ratings", &|| drop(black_box(of_ratings(Resampling::NONE))));
        measure("ratings, 1,000 resamples", &|| drop(black_box(of_ratings(Resampling::default()))));
        measure("answer by answer", &|| drop(black_box(streamed(&made))));
        if units < 1_000_000 {
            measure("a matrix per label", &|| drop(black_box(matrix_per_label(&made))));
        }
        group.finish();
    }
}

/// Writes the words and raters as little-endian numbers, and prints what we find and how long it took.
#[expect(clippy::print_stdout, clippy::disallowed_methods, clippy::unwrap_used, reason = "a measuring script reads it")]
fn beside_peers(folder: &str, units: usize, runs: usize) {
    let made = Made::new(units);
    let write = |name: &str, bytes: &mut dyn Iterator<Item = [u8; 8]>| {
        let mut file = std::io::BufWriter::new(std::fs::File::create(format!("{folder}/{name}")).unwrap());
        bytes.for_each(|bytes| file.write_all(&bytes).unwrap());
        file.flush().unwrap();
    };
    write("words", &mut made.words.iter().map(|word| word.to_le_bytes()));
    write("raters", &mut made.raters.iter().map(|rater| u64::from(*rater).to_le_bytes()));
    let ratings = made.ratings();
    let of_ratings = || findings(&ratings, MeasureSelection::LABELS, Resampling::NONE).labels;
    let timed = |run: &dyn Fn() -> Vec<LabelAgreement>| {
        let started = std::time::Instant::now();
        black_box(run());
        started.elapsed().as_secs_f64()
    };
    let words: Vec<f64> = (0..runs).map(|_| timed(&|| ours(&made))).collect();
    let rows: Vec<f64> = (0..runs).map(|_| timed(&of_ratings)).collect();
    println!("{}", serde_json::json!({ "words": words, "ratings": rows, "alphas": alphas(&ours(&made)) }));
}

criterion_group!(benches, agreement);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |flag: &str| arguments.iter().position(|word| word == flag).and_then(|at| arguments.get(at + 1));
    if let Some(folder) = after("--data") {
        let number = |flag: &str, usual: usize| after(flag).and_then(|word| word.parse().ok()).unwrap_or(usual);
        beside_peers(folder, number("--units", 1_000_000), number("--runs", 21));
    } else if arguments.iter().any(|argument| argument == "--bench") {
        // `cargo test --benches` runs this too and must not wait for it; only `cargo bench` says so.
        benches();
        Criterion::default().configure_from_args().final_summary();
    }
}
