//! The inner loops of [`super::bits`], compiled for what the processor can do. The only room of `unsafe`.
//!
//! # Why it is sound
//!
//! The loops are ordinary safe code without pointers or intrinsics. The same code is compiled three times, with
//! AVX-512, with AVX2 and plain, in functions that are marked with what they need. Calling such a function on a
//! processor without it would be undefined; the only calls stand behind a test for exactly the marked features.
//! The plain one is the twin that tests compare the others with.

#![expect(unsafe_code, reason = "calls of functions compiled for more than the least processor")]
#![expect(clippy::inline_always, reason = "what is not inlined is compiled for the least processor")]

/// Most answers of a unit that are counted here; units with more are left to the caller.
pub(super) const MOST: usize = 63;

/// Bit planes of a counter: it is emptied before it has counted 2⁸ times.
const PLANES: usize = 8;

/// Units that are counted together, and as eights.
const UNITS: usize = 32;
const EIGHTS: usize = UNITS / 8;

/// One word of each of eight units.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
struct Eight([u64; 8]);

/// How often each label was ticked by how many of a unit's answers.
#[derive(Debug, Clone)]
pub(super) struct TickTally {
    /// By answers.
    blocks: Vec<Option<Box<Block>>>,
}

/// Units with equally many answers.
#[derive(Debug, Clone)]
struct Block {
    answers: usize,
    /// Units so far.
    units: u64,
    /// The first answers of the units that wait, then their second ones and so on; and how many units those are.
    waiting: Vec<[Eight; EIGHTS]>,
    wait: usize,
    /// For p = 1, 2, …: how many units had p ticks since this was emptied, in bit planes.
    counters: Vec<[Eight; PLANES]>,
    /// Eights of units counted since then.
    times: usize,
    /// For p = 1, 2, …: units of each label with p ticks.
    counts: Vec<[u64; 64]>,
}

impl TickTally {
    /// Of nothing.
    pub fn new() -> Self {
        Self { blocks: vec![None; MOST + 1] }
    }

    /// Answers of a unit, how many units have so many, and for p = 1, 2, … the units of each label with p ticks.
    pub fn counts(&self) -> impl Iterator<Item = (usize, u64, &[[u64; 64]])> {
        self.blocks.iter().flatten().map(|block| (block.answers, block.units, &block.counts[..]))
    }

    /// Both together.
    pub fn merged(mut self, other: Self) -> Self {
        for (mine, theirs) in self.blocks.iter_mut().zip(other.blocks) {
            match (mine.as_mut(), theirs) {
                (Some(mine), Some(theirs)) => mine.add(&theirs),
                (None, theirs) => *mine = theirs,
                (Some(_), None) => {}
            }
        }
        self
    }
}

impl Block {
    fn new(answers: usize) -> Self {
        Self {
            answers,
            units: 0,
            waiting: vec![[Eight::default(); EIGHTS]; answers],
            wait: 0,
            counters: vec![[Eight::default(); PLANES]; answers],
            times: 0,
            counts: vec![[0; 64]; answers],
        }
    }

    fn add(&mut self, other: &Self) {
        self.units += other.units;
        for (mine, theirs) in self.counts.iter_mut().flatten().zip(other.counts.iter().flatten()) {
            *mine += theirs;
        }
    }

    /// Lets a unit wait.
    #[inline(always)]
    fn push(&mut self, from: usize, one: &impl Fn(usize) -> u64) {
        let (eight, lane) = (self.wait / 8 % EIGHTS, self.wait % 8);
        for (at, waiting) in self.waiting.iter_mut().enumerate() {
            waiting[eight].0[lane] = one(from + at);
        }
        self.units += 1;
        self.wait += 1;
    }

    /// Empties the places where no unit waits.
    fn clear(&mut self) {
        for place in self.wait..UNITS {
            for waiting in &mut self.waiting {
                waiting[place / 8].0[place % 8] = 0;
            }
        }
    }

    /// Counts the units that wait. Units that are not there tick nothing, and units without ticks are not counted.
    #[inline(always)]
    fn count(&mut self, labels: usize) {
        let used = (usize::BITS - self.answers.leading_zeros()) as usize;
        let mut ticks = [[Eight::default(); 6]; EIGHTS];
        for answer in &mut self.waiting {
            for (eight, ticks) in answer.iter_mut().zip(&mut ticks) {
                add(&mut ticks[..used], *eight);
            }
        }
        for (at, counter) in self.counters.iter_mut().enumerate() {
            let have = ticks.each_ref().map(|planes| having(&planes[..used], at + 1));
            // Four ones at a time: two full adders of ones, one of twos, and the rest from four on.
            let twos = [full(&mut counter[0], have[0], have[1]), full(&mut counter[0], have[2], have[3])];
            let fours = full(&mut counter[1], twos[0], twos[1]);
            add(&mut counter[2..], fours);
        }
        self.wait = 0;
        self.times += EIGHTS;
        if self.times + EIGHTS >= 1 << PLANES {
            self.empty(labels);
        }
    }

    /// Moves what the counters hold to the counts.
    #[inline(always)]
    fn empty(&mut self, labels: usize) {
        for (counter, counts) in self.counters.iter_mut().zip(&mut self.counts) {
            for (label, count) in counts[..labels].iter_mut().enumerate() {
                let mut sums = [0u64; 8];
                for plane in counter.iter().rev() {
                    for (sum, lane) in sums.iter_mut().zip(plane.0) {
                        *sum = 2 * *sum + (lane >> label & 1);
                    }
                }
                *count += sums.iter().sum::<u64>();
            }
            *counter = [Eight::default(); PLANES];
        }
        self.times = 0;
    }
}

/// Adds 1 to the numbers in bit planes wherever `one` says.
#[inline(always)]
fn add(planes: &mut [Eight], one: Eight) {
    let mut carry = one;
    for plane in planes {
        for lane in 0..8 {
            let both = plane.0[lane] & carry.0[lane];
            plane.0[lane] ^= carry.0[lane];
            carry.0[lane] = both;
        }
    }
}

/// Adds two ones to a plane; gives what is carried to the next.
#[inline(always)]
fn full(plane: &mut Eight, one: Eight, other: Eight) -> Eight {
    let mut carry = Eight::default();
    for lane in 0..8 {
        let either = one.0[lane] ^ other.0[lane];
        carry.0[lane] = (one.0[lane] & other.0[lane]) | (plane.0[lane] & either);
        plane.0[lane] ^= either;
    }
    carry
}

/// Where the numbers in bit planes are `number`.
#[inline(always)]
fn having(planes: &[Eight], number: usize) -> Eight {
    let mut all = Eight([u64::MAX; 8]);
    for (bit, plane) in planes.iter().enumerate() {
        let turn = if number >> bit & 1 == 1 { 0 } else { u64::MAX };
        for lane in 0..8 {
            all.0[lane] &= plane.0[lane] ^ turn;
        }
    }
    all
}

/// Counts units: `starts` are their first answers and the end of the last, `one` gives an answer's word, and a unit
/// of which `whole` is not true is left out, as are units with one answer or more than [`MOST`].
#[inline(always)]
fn counted<W, F>(starts: &[u32], labels: usize, one: &W, whole: &F) -> TickTally
where
    W: Fn(usize) -> u64,
    F: Fn(&[u32]) -> bool,
{
    let mut tally = TickTally::new();
    let units = starts.len().saturating_sub(1);
    let mut at = 0;
    while at < units {
        // Units with equally many answers often follow each other.
        let answers = (starts[at + 1] - starts[at]) as usize;
        let size = |unit: &[u32]| (unit[1] - unit[0]) as usize;
        let same = starts[at..].windows(2).take_while(|unit| size(unit) == answers).count();
        if (2..=MOST).contains(&answers) {
            let block = tally.blocks[answers].get_or_insert_with(|| Box::new(Block::new(answers)));
            for unit in starts[at..=at + same].windows(2) {
                if whole(unit) {
                    block.push(unit[0] as usize, one);
                    if block.wait == UNITS {
                        block.count(labels);
                    }
                }
            }
        }
        at += same;
    }
    for block in tally.blocks.iter_mut().flatten() {
        block.clear();
        block.count(labels);
        block.empty(labels);
    }
    tally
}

/// [`counted`] with the widest registers there are.
pub(super) fn count<W, F>(starts: &[u32], labels: usize, one: &W, whole: &F) -> TickTally
where
    W: Fn(usize) -> u64,
    F: Fn(&[u32]) -> bool,
{
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has AVX-512 F, all that the function is marked with.
            return unsafe { wide::avx512(starts, labels, one, whole) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has AVX2, all that the function is marked with.
            return unsafe { wide::avx2(starts, labels, one, whole) };
        }
    }
    counted(starts, labels, one, whole)
}

#[cfg(target_arch = "x86_64")]
mod wide {
    //! The same code for more than the least processor.

    use super::{TickTally, counted};

    #[target_feature(enable = "avx512f")]
    pub(super) fn avx512<W: Fn(usize) -> u64, F: Fn(&[u32]) -> bool>(
        s: &[u32],
        labels: usize,
        w: &W,
        f: &F,
    ) -> TickTally {
        counted(s, labels, w, f)
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn avx2<W: Fn(usize) -> u64, F: Fn(&[u32]) -> bool>(
        s: &[u32],
        labels: usize,
        w: &W,
        f: &F,
    ) -> TickTally {
        counted(s, labels, w, f)
    }
}

#[cfg(test)]
mod tests {
    use super::{TickTally, count, counted};
    use crate::engine::random::Random;

    /// What a kernel finds, as a list.
    fn found(tally: &TickTally) -> Vec<(usize, u64, Vec<[u64; 64]>)> {
        tally.counts().map(|(answers, units, counts)| (answers, units, counts.to_vec())).collect()
    }

    /// Unit by unit and label by label.
    fn scalar(starts: &[u32], words: &[u64]) -> Vec<(usize, u64, Vec<[u64; 64]>)> {
        let mut all = std::collections::BTreeMap::new();
        for unit in starts.windows(2) {
            let words = &words[unit[0] as usize..unit[1] as usize];
            if !(2..=super::MOST).contains(&words.len()) {
                continue;
            }
            let (units, counts) = all.entry(words.len()).or_insert((0, vec![[0; 64]; words.len()]));
            *units += 1;
            (0..64).for_each(|label| {
                let ticks = words.iter().filter(|word| **word >> label & 1 == 1).count();
                if ticks > 0 {
                    counts[ticks - 1][label] += 1;
                }
            });
        }
        all.into_iter().map(|(answers, (units, counts))| (answers, units, counts)).collect()
    }

    #[test]
    fn every_build_of_the_loops_counts_what_is_counted_one_by_one() {
        // More than 255 · 8 units of three answers, so that a counter is emptied in between; and units of any size.
        for (units, most) in [(5_000, 3), (3_000, 70), (9, 63), (0, 1)] {
            let mut random = Random::seeded(units);
            let mut starts = vec![0];
            for _ in 0..units {
                let answers = if most == 3 { 3 } else { random.below(most + 1) };
                starts.push(starts.last().unwrap() + answers as u32);
            }
            let words: Vec<u64> = (0..*starts.last().unwrap()).map(|_| random.bits()).collect();
            let one = |answer: usize| words[answer];
            let expected = scalar(&starts, &words);
            assert_eq!(found(&counted(&starts, 64, &one, &|_| true)), expected, "plain");
            assert_eq!(found(&count(&starts, 64, &one, &|_| true)), expected, "the widest");
            #[cfg(target_arch = "x86_64")]
            if is_x86_feature_detected!("avx2") {
                // SAFETY: the processor has AVX2, all that the function is marked with.
                let narrower = unsafe { super::wide::avx2(&starts, 64, &one, &|_| true) };
                assert_eq!(found(&narrower), expected, "avx2");
            }
        }
    }
}
