//! The units of a question, those alike counted together: every overall measure sees of a unit only which values it
//! was given and how often, so that units with the same values are one class, and a resample is a draw over classes.

use std::collections::HashMap;

use crate::model::{Ratings, Values};

/// Where the ratings of each rated unit begin in [`Ratings::rows`], and where the last end. O(ratings).
pub(super) fn starts(ratings: &Ratings) -> Vec<u32> {
    let rows = &ratings.rows;
    let mut starts = Vec::with_capacity((ratings.units as usize).min(rows.len()) + 1);
    let mut last = None;
    for (at, row) in rows.iter().enumerate() {
        if last != Some(row.unit) {
            starts.push(at as u32);
            last = Some(row.unit);
        }
    }
    starts.push(rows.len() as u32);
    starts
}

/// The values that occur, numbered anew without gaps or doubles; numbers in their order.
pub(super) struct Codes {
    /// The code of each value that occurs.
    pub of: Vec<u32>,
    /// For each code, one value that it stands for.
    pub values: Vec<u32>,
}

impl Codes {
    /// O(ratings + values · log values).
    pub fn new(ratings: &Ratings) -> Self {
        let count = match &ratings.values {
            Values::Sets(_, sets) => sets.len(),
            Values::Labels(labels) => *labels as usize,
            Values::Numbers(numbers) => numbers.len(),
        };
        let mut occurs = vec![false; count];
        for rating in &ratings.rows {
            occurs[rating.value as usize] = true;
        }
        let mut used: Vec<u32> = (0..count as u32).filter(|value| occurs[*value as usize]).collect();
        match &ratings.values {
            Values::Sets(_, sets) => used.sort_by_key(|value| sets.get(*value)),
            Values::Labels(_) => {}
            // Zero is added so that −0 and 0 are one number.
            Values::Numbers(x) => used.sort_by(|a, b| (x[*a as usize] + 0.0).total_cmp(&(x[*b as usize] + 0.0))),
        }
        let same = |a: u32, b: u32| match &ratings.values {
            Values::Sets(_, sets) => sets.get(a) == sets.get(b),
            Values::Labels(_) => a == b,
            Values::Numbers(x) => (x[a as usize] + 0.0).total_cmp(&(x[b as usize] + 0.0)).is_eq(),
        };
        let (mut of, mut values) = (vec![0; count], Vec::new());
        for value in used {
            if values.last().is_none_or(|last| !same(*last, value)) {
                values.push(value);
            }
            of[value as usize] = values.len() as u32 - 1;
        }
        Self { of, values }
    }

    /// The same values in another order, given the new number of each.
    pub fn renumbered(&self, new: &[u32]) -> Self {
        let mut values = vec![0; self.values.len()];
        for (value, number) in self.values.iter().zip(new) {
            values[*number as usize] = *value;
        }
        Self { of: self.of.iter().map(|code| new.get(*code as usize).copied().unwrap_or(0)).collect(), values }
    }

    /// How many different values occur.
    pub fn len(&self) -> usize {
        self.values.len()
    }
}

/// Units that were given the same values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Class {
    pub units: u64,
    /// Answers of each unit, at least 2.
    pub answers: u32,
    /// Its cells in [`Profile::cells`].
    cells: (u32, u32),
}

/// How often a class has a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cell {
    pub code: u32,
    pub count: u32,
}

/// All rated units of a question.
pub(super) struct Profile {
    /// Units with at least two ratings, in the order of their values: it does not depend on the order of the units.
    pub classes: Vec<Class>,
    cells: Vec<Cell>,
    /// For each code, the units whose only rating it is.
    pub singles: Vec<u64>,
    /// Units with at least two ratings.
    pub units: u64,
    /// Ratings in those.
    pub values: u64,
}

impl Profile {
    /// O(ratings) expected, and sorting the classes.
    pub fn new(ratings: &Ratings, starts: &[u32], codes: &Codes) -> Self {
        let mut flat: Vec<u32> = ratings.rows.iter().map(|rating| codes.of[rating.value as usize]).collect();
        for unit in starts.windows(2) {
            flat[unit[0] as usize..unit[1] as usize].sort_unstable();
        }
        let mut singles = vec![0; codes.len()];
        let mut alike: HashMap<&[u32], u64> = HashMap::new();
        for unit in starts.windows(2) {
            match &flat[unit[0] as usize..unit[1] as usize] {
                [one] => singles[*one as usize] += 1,
                several => *alike.entry(several).or_default() += 1,
            }
        }
        let mut alike: Vec<(&[u32], u64)> = alike.into_iter().collect();
        alike.sort_unstable();
        let mut profile =
            Self { classes: Vec::with_capacity(alike.len()), cells: Vec::new(), singles, units: 0, values: 0 };
        for (values, units) in alike {
            let from = profile.cells.len() as u32;
            profile.cells.extend(values.chunk_by(|a, b| a == b).map(cell));
            let (answers, cells) = (values.len() as u32, (from, profile.cells.len() as u32));
            profile.classes.push(Class { units, answers, cells });
            profile.units += units;
            profile.values += units * u64::from(answers);
        }
        profile
    }

    /// The same units, given the new number of each value.
    pub fn renumbered(&self, new: &[u32]) -> Self {
        let mut singles = vec![0; self.singles.len()];
        for (units, number) in self.singles.iter().zip(new) {
            singles[*number as usize] = *units;
        }
        let mut cells = self.cells.clone();
        for cell in &mut cells {
            cell.code = new[cell.code as usize];
        }
        let of = |class: &Class| class.cells.0 as usize..class.cells.1 as usize;
        self.classes.iter().for_each(|class| cells[of(class)].sort_unstable());
        let mut classes = self.classes.clone();
        classes.sort_unstable_by(|a, b| cells[of(a)].cmp(&cells[of(b)]));
        Self { classes, cells, singles, units: self.units, values: self.values }
    }

    /// How many cells all classes have.
    pub fn size(&self) -> usize {
        self.cells.len()
    }

    /// The values of a class, by code.
    pub fn cells(&self, class: &Class) -> &[Cell] {
        &self.cells[class.cells.0 as usize..class.cells.1 as usize]
    }

    /// Units of each class.
    pub fn drawn_once(&self) -> Vec<u64> {
        self.classes.iter().map(|class| class.units).collect()
    }
}

fn cell(same: &[u32]) -> Cell {
    Cell { code: same[0], count: same.len() as u32 }
}
