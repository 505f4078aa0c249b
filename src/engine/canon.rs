//! A numbering of the values that does not depend on the order of the labels, of the people or of the records: so that
//! neither does an interval, which is drawn class by class in that numbering.
//!
//! Values, labels and classes are coloured by what they are beside each other (how often a value was given, of how many
//! labels it is, with which others) and refined by the colours around them, as B. Weisfeiler and A. Leman do with graphs
//! (1968). Values that are still alike are alike in every respect that a figure sees, in all but contrived data: one of
//! them is told from the others at will, and the rest refined again.

use super::profile::{Codes, Profile};
use crate::model::Values;

/// Refinements after which nothing more is told apart in practice.
const ROUNDS: usize = 3;

/// How many values are told from their likes, where there are not very many; beyond, the order given stands.
const APART: usize = 64;

/// Up to so many values and cells that takes no time.
const MANY: usize = 20_000;

/// The new number of each value; none where numbers have an order of their own.
pub(super) fn numbering(values: &Values, codes: &Codes, profile: &Profile) -> Option<Vec<u32>> {
    if matches!(values, Values::Numbers(_)) {
        return None;
    }
    let mut colours = Colours::new(values, codes, profile);
    colours.refine();
    let mut order: Vec<u32> = (0..codes.len() as u32).collect();
    let apart = if codes.len() + profile.size() > MANY { 0 } else { APART };
    for round in 0..=apart {
        order.sort_by_key(|code| colours.codes[*code as usize]);
        let alike = order.windows(2).find(|pair| colours.codes[pair[0] as usize] == colours.codes[pair[1] as usize]);
        let Some(pair) = alike.filter(|_| round < apart) else { break };
        let one = pair[0] as usize;
        colours.codes[one] = mix(colours.codes[one] ^ 0x5bd1_e995);
        colours.refine();
    }
    let mut numbers = vec![0; order.len()];
    for (number, code) in (0..).zip(&order) {
        numbers[*code as usize] = number;
    }
    Some(numbers)
}

struct Colours<'a> {
    values: &'a Values,
    given: &'a Codes,
    profile: &'a Profile,
    codes: Vec<u64>,
}

impl<'a> Colours<'a> {
    fn new(values: &'a Values, given: &'a Codes, profile: &'a Profile) -> Self {
        let mut codes: Vec<u64> = profile.singles.iter().map(|units| mix(*units)).collect();
        for class in &profile.classes {
            for cell in profile.cells(class) {
                let here = class.units.wrapping_mul(u64::from(cell.count));
                codes[cell.code as usize] = codes[cell.code as usize].wrapping_add(here);
            }
        }
        let mut colours = Self { values, given, profile, codes: Vec::new() };
        let size = |code: usize| {
            let mut size = 0;
            colours.each_label(code, &mut |_| size += 1);
            size
        };
        codes = codes.iter().enumerate().map(|(code, seen)| mix(mix(*seen).wrapping_add(size(code)))).collect();
        colours.codes = codes;
        colours
    }

    fn each_label(&self, code: usize, with: &mut dyn FnMut(usize)) {
        let Values::Sets(_, sets) = self.values else { return };
        for (word, bits) in sets.get(self.given.values[code]).iter().enumerate() {
            let mut bits = *bits;
            while bits != 0 {
                with(word * 64 + bits.trailing_zeros() as usize);
                bits &= bits - 1;
            }
        }
    }

    /// Each value by its labels and by the classes that have it, these by their values; sums, so that order is nothing.
    fn refine(&mut self) {
        let labels = if let Values::Sets(labels, _) = self.values { *labels as usize } else { 0 };
        for _ in 0..ROUNDS {
            let mut of_label = vec![0u64; labels];
            for (code, colour) in self.codes.iter().enumerate() {
                self.each_label(code, &mut |label| of_label[label] = of_label[label].wrapping_add(mix(*colour)));
            }
            let mut next: Vec<u64> = self.codes.iter().map(|colour| mix(*colour)).collect();
            for (code, next) in next.iter_mut().enumerate() {
                self.each_label(code, &mut |label| *next = next.wrapping_add(mix(of_label[label] ^ 0x9e37)));
            }
            for class in &self.profile.classes {
                let cells = self.profile.cells(class);
                let part = |code: u32, count: u32| mix(self.codes[code as usize] ^ u64::from(count) << 32);
                let all = cells.iter().fold(0u64, |sum, cell| sum.wrapping_add(part(cell.code, cell.count)));
                let colour = mix(all ^ class.units.rotate_left(20));
                for cell in cells {
                    let next = &mut next[cell.code as usize];
                    *next = next.wrapping_add(mix(colour.wrapping_add(u64::from(cell.count))));
                }
            }
            self.codes = next;
        }
    }
}

/// The finalizer of `SplitMix64`.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
