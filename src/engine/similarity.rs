//! Similar records: exact cosine over unit vectors.

/// Vectors of one named space, row by row in one array, scaled to unit length.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matrix {
    dimensions: usize,
    unit: Vec<f32>,
}

impl Matrix {
    /// An empty matrix with room for `rows` vectors of `dimensions` numbers.
    #[must_use]
    pub fn new(dimensions: usize, rows: usize) -> Self {
        Self { dimensions, unit: Vec::with_capacity(dimensions * rows) }
    }

    /// Adds a row; its length must be the matrix's. A zero vector stays zero: it has no neighbours.
    pub fn push(&mut self, row: impl Iterator<Item = f32>) {
        let start = self.unit.len();
        self.unit.extend(row);
        self.unit.resize(start + self.dimensions, 0.0);
        let added = &mut self.unit[start..];
        // In 64 bits, so that no finite number overflows; eight sums side by side.
        let mut sums = [0f64; 8];
        for eight in added.chunks(8) {
            for (sum, x) in sums.iter_mut().zip(eight) {
                *sum += f64::from(*x) * f64::from(*x);
            }
        }
        let norm = sums.iter().sum::<f64>().sqrt();
        if norm > 0.0 {
            let scale = 1.0 / norm;
            for x in added {
                *x = (f64::from(*x) * scale) as f32;
            }
        }
    }

    /// How many rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.unit.len().checked_div(self.dimensions).unwrap_or(0)
    }

    /// One row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[f32] {
        self.unit.get(row * self.dimensions..(row + 1) * self.dimensions).unwrap_or_default()
    }

    /// The `k` rows nearest to a row by cosine, itself excluded, nearest first, ties by row. O(rows × dimensions).
    #[must_use]
    pub fn nearest(&self, row: usize, k: usize) -> Vec<(usize, f32)> {
        self.nearest_to(self.row(row), k, Some(row))
    }

    /// The `k` rows nearest to a vector by cosine, but for the one to skip. A zero vector has no neighbours.
    #[must_use]
    pub fn nearest_to(&self, query: &[f32], k: usize, skip: Option<usize>) -> Vec<(usize, f32)> {
        let mut unit = Self::new(self.dimensions, 1);
        unit.push(query.iter().copied());
        let query = unit.row(0);
        if k == 0 || query.iter().all(|x| *x == 0.0) {
            return Vec::new();
        }
        let mut found: Vec<(usize, f32)> = Vec::with_capacity(2 * k + 1);
        let mut floor = f32::NEG_INFINITY;
        for (other, vector) in self.unit.chunks_exact(self.dimensions).enumerate() {
            let score = dot(query, vector);
            if score > floor && Some(other) != skip && (score != 0.0 || vector.iter().any(|x| *x != 0.0)) {
                found.push((other, score));
                if found.len() > 2 * k {
                    floor = cut(&mut found, k);
                }
            }
        }
        cut(&mut found, k);
        found
    }
}

/// Keeps the best `k`, best first; gives the worst score kept.
fn cut(found: &mut Vec<(usize, f32)>, k: usize) -> f32 {
    found.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    found.truncate(k);
    found.last().map_or(f32::NEG_INFINITY, |(_, score)| *score)
}

/// Sixteen sums side by side, so that the compiler can keep them in vector registers.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0f32; LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a.zip(b) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Matrix;

    fn matrix(rows: &[Vec<f32>], dimensions: usize) -> Matrix {
        let mut matrix = Matrix::new(dimensions, rows.len());
        for row in rows {
            matrix.push(row.iter().copied());
        }
        matrix
    }

    /// By the definition, in f64.
    fn naive(rows: &[Vec<f32>], row: usize, k: usize) -> Vec<(usize, f64)> {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
        let norm = |a: &[f32]| dot(a, a).sqrt();
        let query = &rows[row];
        let mut all: Vec<(usize, f64)> = (0..rows.len())
            .filter(|other| *other != row && norm(query) > 0.0 && norm(&rows[*other]) > 0.0)
            .map(|other| (other, dot(query, &rows[other]) / (norm(query) * norm(&rows[other]))))
            .collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        all.truncate(k);
        all
    }

    proptest! {
        #[test]
        fn the_nearest_are_those_of_the_definition(
            rows in prop::collection::vec(prop::collection::vec(-3i8..=3, 21), 1..60), row: prop::sample::Index, k in 1usize..12,
        ) {
            let rows: Vec<Vec<f32>> = rows.iter().map(|row| row.iter().map(|x| f32::from(*x)).collect()).collect();
            let row = row.index(rows.len());
            let found = matrix(&rows, 21).nearest(row, k);
            let wanted = naive(&rows, row, k);
            prop_assert_eq!(found.len(), wanted.len());
            for ((_, score), (_, exact)) in found.iter().zip(&wanted) {
                prop_assert!((f64::from(*score) - exact).abs() < 1e-5, "{:?} {:?}", found, wanted);
            }
        }
    }

    #[test]
    fn a_zero_vector_has_no_neighbours_and_is_nobodys_neighbour() {
        let matrix = matrix(&[vec![0.0, 0.0], vec![1.0, 0.0], vec![0.0, 2.0], vec![2.0, 0.0]], 2);
        assert_eq!(matrix.nearest(0, 9), []);
        assert_eq!(matrix.nearest(1, 9), [(3, 1.0), (2, 0.0)]);
    }
}
