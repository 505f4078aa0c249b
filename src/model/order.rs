//! An order that looks random, is the same each time for one seed, and needs no table.

/// A shuffle of positions 1..=n: a four-round Feistel network (Luby and Rackoff 1988, "How to construct pseudorandom
/// permutations") over the next power of four; ranks that fall outside are passed over. While n stays below that
/// power, positions that are there keep their order among each other when new ones come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shuffle {
    count: u64,
    half: u32,
    seed: u64,
}

impl Shuffle {
    /// A shuffle of `count` positions.
    #[must_use]
    pub fn new(count: u64, seed: u64) -> Self {
        let bits = u64::BITS - count.max(2).saturating_sub(1).leading_zeros();
        Self { count, half: bits.div_ceil(2), seed }
    }

    /// A seed from any text, such as a uid (FNV-1a).
    #[must_use]
    pub fn seed(text: &str) -> u64 {
        text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
    }

    /// The positions that come after `position` in this order; from the first one without.
    pub fn after(self, position: Option<u64>) -> impl Iterator<Item = u64> {
        let first = position.filter(|p| (1..=self.count).contains(p)).map_or(0, |p| self.rank(p - 1) + 1);
        let end = 1u64 << (2 * self.half);
        (first..end).map(move |rank| self.unrank(rank) + 1).filter(move |position| *position <= self.count)
    }

    /// Where a position of 1..=count stands in this order.
    #[must_use]
    pub fn place(self, position: u64) -> u64 {
        self.rank(position.saturating_sub(1))
    }

    fn mask(self) -> u64 {
        (1 << self.half) - 1
    }

    fn unrank(self, rank: u64) -> u64 {
        let (mut left, mut right) = (rank >> self.half, rank & self.mask());
        for round in 0..4 {
            (left, right) = (right, left ^ self.mix(right, round));
        }
        left << self.half | right
    }

    fn rank(self, value: u64) -> u64 {
        let (mut left, mut right) = (value >> self.half, value & self.mask());
        for round in (0..4).rev() {
            (left, right) = (right ^ self.mix(left, round), left);
        }
        left << self.half | right
    }

    /// splitmix64 (Steele, Lea and Flood 2014) of half a value, cut to half the bits.
    fn mix(self, half: u64, round: u64) -> u64 {
        let mut z = self.seed ^ half.wrapping_add(round << 48).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) & self.mask()
    }
}

/// 64 bits that look random and are the same each time for a seed and a number (splitmix64).
#[must_use]
pub fn mixed(seed: u64, number: u64) -> u64 {
    let mut z = seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Shuffle;

    proptest! {
        #[test]
        fn every_position_comes_once_and_the_order_can_be_entered_anywhere(count in 1u64..400, seed: u64) {
            let all: Vec<u64> = Shuffle::new(count, seed).after(None).collect();
            let mut sorted = all.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (1..=count).collect::<Vec<_>>());
            let at = (seed % count) as usize;
            let rest: Vec<u64> = Shuffle::new(count, seed).after(Some(all[at])).collect();
            prop_assert_eq!(&rest[..], &all[at + 1..]);
        }
    }

    #[test]
    fn two_seeds_give_two_orders_and_new_records_leave_the_old_order() {
        let order = |count, seed| Shuffle::new(count, seed).after(None).collect::<Vec<u64>>();
        assert_ne!(order(100, 1), order(100, 2));
        let grown: Vec<u64> = order(120, 1).into_iter().filter(|position| *position <= 100).collect();
        assert_eq!(grown, order(100, 1));
    }
}
