//! The fifty nearest of many unit vectors, and the same by a plain loop: `cargo bench --bench similar`.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use labelry::engine::similarity::Matrix;

const DIMENSIONS: usize = 384;
const NEAREST: usize = 50;

/// Numbers between -1 and 1, the same each time (xorshift by Marsaglia, 2003).
struct Random(u64);

impl Random {
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    }

    /// Evenly on the sphere, nearly: each number is a sum of four.
    fn matrix(&mut self, rows: usize) -> Matrix {
        let mut matrix = Matrix::new(DIMENSIONS, rows);
        for _ in 0..rows {
            matrix.push((0..DIMENSIONS).map(|_| (0..4).map(|_| self.next()).sum()));
        }
        matrix
    }
}

/// One sum after the other, then everything sorted.
fn naive(matrix: &Matrix, row: usize) -> Vec<(usize, f32)> {
    let query = matrix.row(row);
    let mut all = Vec::with_capacity(matrix.rows());
    for other in (0..matrix.rows()).filter(|other| *other != row) {
        let mut sum = 0.0;
        for (x, y) in query.iter().zip(matrix.row(other)) {
            sum += x * y;
        }
        all.push((other, sum));
    }
    all.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    all.truncate(NEAREST);
    all
}

fn nearest(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("nearest 50 × 384");
    group.sample_size(20);
    for rows in [10_000, 100_000] {
        let matrix = Random(0x9E37_79B9_7F4A_7C15).matrix(rows);
        let (ours, plain) = (matrix.nearest(7, NEAREST), naive(&matrix, 7));
        assert!(ours.iter().zip(&plain).all(|(a, b)| (a.1 - b.1).abs() < 1e-5), "both find the same");
        group.bench_function(BenchmarkId::new("matrix", rows), |bencher| {
            bencher.iter(|| black_box(&matrix).nearest(black_box(7), NEAREST));
        });
        group.bench_function(BenchmarkId::new("naive", rows), |bencher| {
            bencher.iter(|| naive(black_box(&matrix), black_box(7)));
        });
    }
    group.finish();
}

criterion_group!(benches, nearest);
criterion_main!(benches);
