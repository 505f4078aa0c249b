//! Which vectors are near a vector: exact cosine over one contiguous matrix.

/// How many partial sums a product keeps, so that the compiler can use vector instructions.
const LANES: usize = 8;

/// The `k` rows of `matrix` nearest to `query` with their cosine, nearest first, ties by row.
///
/// `matrix` is row-major, rows × `dimensions`; a last incomplete row is left out. `skip` names a row that is not
/// looked at (the query's own). A zero vector has no neighbours and is nobody's neighbour. Sums are kept in f64, so
/// that no finite f32 overflows. Cost: one pass over the matrix.
#[must_use]
pub fn nearest(query: &[f32], matrix: &[f32], dimensions: usize, k: usize, skip: Option<usize>) -> Vec<(usize, f32)> {
    let length = dot(query, query).sqrt();
    if length == 0.0 || dimensions == 0 || query.len() != dimensions || k == 0 {
        return Vec::new();
    }
    let score = |(row, vector): (usize, &[f32])| {
        let (product, own) = (dot(query, vector), dot(vector, vector).sqrt());
        (own > 0.0 && Some(row) != skip).then(|| (row, (product / (length * own)).clamp(-1.0, 1.0) as f32))
    };
    let mut found: Vec<(usize, f32)> = matrix.chunks_exact(dimensions).enumerate().filter_map(score).collect();
    let order = |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if found.len() > k {
        found.select_nth_unstable_by(k - 1, order);
        found.truncate(k);
    }
    found.sort_unstable_by(order);
    found
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    let mut sums = [0.0_f64; LANES];
    let (mut left, mut right) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    for (a, b) in left.by_ref().zip(right.by_ref()) {
        for lane in 0..LANES {
            sums[lane] += f64::from(a[lane]) * f64::from(b[lane]);
        }
    }
    let rest = left.remainder().iter().zip(right.remainder()).map(|(a, b)| f64::from(*a) * f64::from(*b));
    sums.iter().sum::<f64>() + rest.sum::<f64>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::nearest;

    /// The same, written down as it is defined.
    fn naive(query: &[f32], matrix: &[f32], dimensions: usize) -> Vec<(usize, f64)> {
        let wide = |vector: &[f32]| vector.iter().map(|x| f64::from(*x)).collect::<Vec<f64>>();
        let length = |vector: &[f64]| vector.iter().map(|x| x * x).sum::<f64>().sqrt();
        let query = wide(query);
        let rows = matrix.chunks(dimensions).map(wide).enumerate();
        rows.filter(|(_, row)| length(row) > 0.0 && length(&query) > 0.0)
            .map(|(at, row)| {
                let product: f64 = row.iter().zip(&query).map(|(a, b)| a * b).sum();
                (at, product / (length(&row) * length(&query)))
            })
            .collect()
    }

    #[test]
    fn the_nearest_come_first_and_a_zero_vector_is_nobodys_neighbour() {
        let matrix = [1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, -1.0, 1.0, 1.0];
        let found = nearest(&[3.0, 0.0], &matrix, 2, 3, None);
        assert_eq!(found, [(0, 1.0), (2, 1.0), (4, std::f32::consts::FRAC_1_SQRT_2)], "ties by row");
        assert_eq!(nearest(&[3.0, 0.0], &matrix, 2, 1, Some(0)), [(2, 1.0)]);
        assert_eq!(nearest(&[0.0, 0.0], &matrix, 2, 3, None), []);
        assert_eq!(nearest(&[f32::MAX, 0.0], &[f32::MAX, f32::MAX], 2, 1, None).len(), 1, "nothing overflows");
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_naive_twin(
            dimensions in 1usize..20,
            numbers in proptest::collection::vec(prop_oneof![Just(0.0f32), -4.0f32..4.0], 20..400),
            k in 0usize..40,
        ) {
            let (query, matrix) = numbers.split_at(dimensions);
            let matrix = &matrix[..matrix.len() / dimensions * dimensions];
            let found = nearest(query, matrix, dimensions, k, None);
            let naive = naive(query, matrix, dimensions);
            prop_assert_eq!(found.len(), k.min(naive.len()));
            for (row, cosine) in &found {
                let (_, expected) = naive.iter().find(|(at, _)| at == row).expect("a row that has neighbours");
                prop_assert!((f64::from(*cosine) - expected).abs() < 1e-6);
            }
            let worst = found.last().map_or(f64::INFINITY, |(_, cosine)| f64::from(*cosine));
            let left = naive.iter().filter(|(at, _)| found.iter().all(|(row, _)| row != at));
            prop_assert!(k == 0 || left.into_iter().all(|(_, cosine)| *cosine <= worst + 1e-6));
            for pair in found.windows(2) {
                let order = pair[1].1.total_cmp(&pair[0].1).then(pair[0].0.cmp(&pair[1].0));
                prop_assert!(order.is_lt());
            }
        }
    }
}
