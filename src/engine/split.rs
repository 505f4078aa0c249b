//! Rows divided into parts so that every label has its share in each, and a few rows of each label.
//!
//! Iterative stratification: K. Sechidis, G. Tsoumakas and I. Vlahavas, "On the Stratification of Multi-Label Data",
//! ECML PKDD 2011, algorithm 1: again and again the label with the fewest rows left is taken, since it can be spoilt
//! most easily, and each of its rows goes to the part that still wants most of this label, then to the one that wants
//! most rows. Beyond the paper: rows may stand in groups that are not torn (a group is dealt as one row with several
//! of each label, large ones first). As in the paper, rows without any label come last, to where rows are wanted most, so
//! that the sizes of the parts are right in the end.

use super::random::Random;

/// What is divided: rows or groups of rows, each with how many of which label it has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SplitUnits {
    /// How many rows each unit holds.
    sizes: Vec<u32>,
    /// Where each unit's labels begin in `labels`.
    starts: Vec<u32>,
    /// A label and how many of the unit's rows have it.
    labels: Vec<(u32, u32)>,
}

impl SplitUnits {
    /// Adds a unit of `size` rows with `labels` as label and count, each label at most once.
    pub fn push(&mut self, size: u32, labels: impl IntoIterator<Item = (u32, u32)>) {
        self.starts.push(self.labels.len() as u32);
        self.sizes.push(size);
        self.labels.extend(labels);
    }

    /// How many units.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sizes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sizes.is_empty()
    }

    /// Labels and counts of a unit.
    #[must_use]
    pub fn labels(&self, unit: usize) -> &[(u32, u32)] {
        let start = self.starts[unit] as usize;
        let end = self.starts.get(unit + 1).map_or(self.labels.len(), |end| *end as usize);
        &self.labels[start..end]
    }

    /// Rows of each label.
    fn totals(&self) -> Vec<u64> {
        let mut totals = vec![0; self.labels.iter().map(|(label, _)| *label as usize + 1).max().unwrap_or(0)];
        for (label, count) in &self.labels {
            totals[*label as usize] += u64::from(*count);
        }
        totals
    }

    /// The units in an order of chance, large ones first.
    fn shuffled(&self, random: &mut Random) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        for at in (1..order.len()).rev() {
            order.swap(at, random.below(at as u64 + 1) as usize);
        }
        order.sort_by_key(|unit| std::cmp::Reverse(self.sizes[*unit as usize]));
        order
    }
}

/// What a part still wants.
struct Part {
    rows: f64,
    labels: Vec<f64>,
}

/// The part of each unit: part `p` gets about `shares[p]` of the rows and of each of the first `labels` labels; others
/// are as none. The same for the same units and seed on every machine. O(units × labels of a unit + labels²); 12 bytes
/// a unit and 4 a label of it.
#[must_use]
pub fn split(units: &SplitUnits, labels: usize, shares: &[f64], seed: u64) -> Vec<u8> {
    let mut random = Random::seeded(seed);
    let order = units.shuffled(&mut random);
    let totals = units.totals();
    let rows: u64 = units.sizes.iter().map(|size| u64::from(*size)).sum();
    let wanted = |share: &f64| Part {
        rows: rows as f64 * share,
        labels: totals.iter().map(|total| *total as f64 * share).collect(),
    };
    let mut parts: Vec<Part> = shares.iter().map(wanted).collect();
    let mut dealt = vec![u8::MAX; units.len()];
    let mut of_label: Vec<Vec<u32>> = vec![Vec::new(); totals.len()];
    for unit in &order {
        for (label, _) in units.labels(*unit as usize) {
            of_label[*label as usize].push(*unit);
        }
    }
    let mut left = totals;
    left.iter_mut().skip(labels).for_each(|left| *left = 0);
    loop {
        let rarest =
            left.iter().enumerate().filter(|(_, left)| **left > 0).min_by_key(|(label, left)| (**left, *label));
        let Some((label, _)) = rarest.map(|(label, left)| (label, *left)) else { break };
        for unit in std::mem::take(&mut of_label[label]) {
            if dealt[unit as usize] == u8::MAX {
                deal(units, unit as usize, Some(label), &mut parts, &mut random, &mut dealt);
                for (label, count) in units.labels(unit as usize).iter().filter(|(label, _)| (*label as usize) < labels)
                {
                    left[*label as usize] -= u64::from(*count);
                }
            }
        }
    }
    for unit in order {
        if dealt[unit as usize] == u8::MAX {
            deal(units, unit as usize, None, &mut parts, &mut random, &mut dealt);
        }
    }
    dealt
}

fn deal(
    units: &SplitUnits,
    unit: usize,
    label: Option<usize>,
    parts: &mut [Part],
    random: &mut Random,
    dealt: &mut [u8],
) {
    let wants = |part: &Part| (label.map_or(0.0, |label| part.labels[label]), part.rows);
    let most = parts.iter().map(wants).fold((f64::MIN, f64::MIN), |a, b| if b > a { b } else { a });
    let equal = parts.iter().enumerate().filter(|(_, part)| wants(part) == most).map(|(part, _)| part);
    let equal: Vec<usize> = equal.collect();
    let part = if equal.len() > 1 { equal[random.below(equal.len() as u64) as usize] } else { equal[0] };
    dealt[unit] = part as u8;
    parts[part].rows -= f64::from(units.sizes[unit]);
    for (label, count) in units.labels(unit) {
        parts[part].labels[*label as usize] -= f64::from(*count);
    }
}

/// Units chosen by chance until every label has `shots` rows, or all it has; rare labels first, so that a row of
/// several labels serves each of them. Only units for which `open` says so. O(units × labels of a unit).
#[must_use]
pub fn shots(units: &SplitUnits, shots: u32, seed: u64, open: impl Fn(usize) -> bool) -> Vec<bool> {
    let order = units.shuffled(&mut Random::seeded(seed));
    let totals = units.totals();
    let mut of_label: Vec<Vec<u32>> = vec![Vec::new(); totals.len()];
    for unit in order.into_iter().filter(|unit| open(*unit as usize)) {
        for (label, _) in units.labels(unit as usize) {
            of_label[*label as usize].push(unit);
        }
    }
    let mut rarest: Vec<usize> = (0..totals.len()).collect();
    rarest.sort_by_key(|label| (of_label[*label].len(), *label));
    let (mut chosen, mut found) = (vec![false; units.len()], vec![0u32; totals.len()]);
    for label in rarest {
        for unit in &of_label[label] {
            if found[label] >= shots {
                break;
            }
            if !std::mem::replace(&mut chosen[*unit as usize], true) {
                for (label, count) in units.labels(*unit as usize) {
                    found[*label as usize] += count;
                }
            }
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{SplitUnits, shots, split};
    use crate::engine::random::Random;

    /// Rows of labels that come with these chances.
    fn rows(n: usize, chances: &[f64], seed: u64) -> SplitUnits {
        let mut random = Random::seeded(seed);
        let mut units = SplitUnits::default();
        for _ in 0..n {
            let labels: Vec<(u32, u32)> = chances
                .iter()
                .zip(0..)
                .filter(|(chance, _)| random.unit() < **chance)
                .map(|(_, label)| (label, 1))
                .collect();
            units.push(1, labels);
        }
        units
    }

    fn in_part(units: &SplitUnits, dealt: &[u8], label: u32, part: u8) -> u32 {
        let count = |unit| units.labels(unit).iter().filter(|(l, _)| *l == label).map(|(_, n)| *n).sum::<u32>();
        (0..units.len()).filter(|unit| dealt[*unit] == part).map(count).sum()
    }

    #[test]
    fn every_label_has_its_share_in_each_part() {
        let chances = [0.5, 0.3, 0.1, 0.02, 0.005];
        let units = rows(5_000, &chances, 3);
        let dealt = split(&units, 5, &[0.8, 0.2], 42);
        let train: usize = dealt.iter().map(|part| usize::from(*part == 0)).sum();
        assert!((train as i64 - 4_000).abs() <= 5, "{train}");
        for label in 0..5 {
            let [a, b] = [0, 1].map(|part| f64::from(in_part(&units, &dealt, label, part)));
            assert!((a - (a + b) * 0.8).abs() <= 3.0, "label {label}: {a} and {b}");
        }
        // By chance alone, eight of a hundred rows of a label astray would be ordinary.
        assert_eq!(dealt, split(&units, 5, &[0.8, 0.2], 42));
        assert_ne!(dealt, split(&units, 5, &[0.8, 0.2], 43));
    }

    #[test]
    fn the_split_of_a_seed_never_changes() {
        let dealt = split(&rows(20, &[0.5, 0.2], 1), 2, &[0.7, 0.3], 42);
        let shown: String = dealt.iter().map(|part| char::from(b'0' + part)).collect();
        assert_eq!(shown, "00000011100010010100");
    }

    #[test]
    fn shots_are_of_each_label_what_was_asked_or_all_there_are() {
        let units = rows(2_000, &[0.5, 0.1, 0.002], 5);
        let chosen = shots(&units, 8, 42, |unit| unit % 2 == 0);
        let count = |label, among: &dyn Fn(usize) -> bool| {
            (0..units.len()).filter(|unit| among(*unit) && units.labels(*unit).contains(&(label, 1))).count()
        };
        for label in 0..3 {
            let (there, found) = (count(label, &|unit| unit % 2 == 0), count(label, &|unit| chosen[unit]));
            assert!(found >= there.min(8), "label {label}: {found} of {there}");
        }
        assert!(chosen.iter().filter(|chosen| **chosen).count() <= 24);
        assert!(!chosen.iter().enumerate().any(|(unit, chosen)| *chosen && unit % 2 == 1));
    }

    proptest! {
        #[test]
        fn every_unit_is_dealt_and_shares_hold(
            sizes in prop::collection::vec((1u32..4, prop::collection::btree_map(0u32..4, 1u32..3, 0..4)), 1..80),
            share in 0.1f64..0.9,
            seed in 0u64..50,
        ) {
            let mut units = SplitUnits::default();
            for (size, labels) in &sizes {
                units.push(*size, labels.iter().map(|(label, count)| (*label, *count.min(size))));
            }
            let dealt = split(&units, 4, &[share, 1.0 - share], seed);
            prop_assert_eq!(dealt.len(), sizes.len());
            prop_assert!(dealt.iter().all(|part| *part < 2));
            // The rarest label is dealt first and exactly, to the largest unit.
            let totals = units.totals();
            if let Some((label, total)) = totals.iter().enumerate().filter(|(_, n)| **n > 0).min_by_key(|(l, n)| (**n, *l)) {
                let there = f64::from(in_part(&units, &dealt, label as u32, 0));
                prop_assert!((there - *total as f64 * share).abs() <= 2.0 + 1e-9, "{} of {}", there, total);
            }
        }
    }
}
