//! Why each answer counts or does not: one row per unit and label, a column per annotator.

use std::io::Write;

use super::{Inclusion, Judgement, Judgements, Missing, NONE, Policy, UnitNames};
use crate::exchange::{Cell, Sheet};
use crate::jobs::JobError;
use crate::model::{RecordId, Values};

/// Writes the rows as CSV: `unit`, `label`, each annotator, `counted`, `why`. A counted answer is 1, 0 or the number;
/// beside any other stands why it does not count. Of one label when it is named; `name` tells the name of a record.
///
/// # Errors
/// When the file cannot be written, when `name` fails, and for a policy that cannot be applied.
pub fn explain(
    all: &Judgements,
    policy: &Policy,
    label: Option<u32>,
    name: &mut dyn FnMut(RecordId) -> Result<String, JobError>,
    out: impl Write,
) -> Result<(), JobError> {
    let counted = policy.apply(all)?.raters;
    let wanted = policy.wanted(&all.raters)?;
    let mut has = vec![false; all.raters.len()];
    all.all.iter().for_each(|judgement| has[judgement.rater as usize] = true);
    let raters: Vec<u32> = (0..all.raters.len() as u32).filter(|rater| has[*rater as usize]).collect();
    let mut sheet = Sheet::new(out);
    let names = raters.iter().map(|rater| Cell::Text(&all.raters[*rater as usize]));
    let first = [Cell::Text("unit"), Cell::Text("label")];
    sheet.row(first.into_iter().chain(names).chain([Cell::Text("counted"), Cell::Text("why")]))?;
    let why = Why { all, policy, wanted, counted };
    let labels: Vec<Option<u32>> = match (label, all.labels.len() as u32) {
        (Some(label), _) => vec![Some(label)],
        (None, 0) => vec![None],
        (None, labels) => (0..labels).map(Some).collect(),
    };
    for unit in all.all.chunk_by(|a, b| a.unit == b.unit) {
        let unit_name = match &all.units {
            UnitNames::Named(names) => names[unit[0].unit as usize].clone(),
            UnitNames::Records(records) => name(records[unit[0].unit as usize])?,
        };
        for label in &labels {
            why.row(&mut sheet, &unit_name, unit, *label, &raters)?;
        }
    }
    Ok(sheet.finish()?)
}

struct Why<'a> {
    all: &'a Judgements,
    policy: &'a Policy,
    wanted: Vec<bool>,
    counted: Vec<u32>,
}

impl Why<'_> {
    fn row<W: Write>(
        &self,
        sheet: &mut Sheet<W>,
        unit_name: &str,
        unit: &[Judgement],
        label: Option<u32>,
        raters: &[u32],
    ) -> Result<(), JobError> {
        let any = unit.iter().any(|judgement| self.inclusion(judgement) == Inclusion::Counts);
        let cell = |rater: &u32| match unit.iter().find(|judgement| judgement.rater == *rater) {
            Some(judgement) => self.answer_given(judgement, label),
            None if any && self.policy.missing == Missing::NoMatrix && self.counted.contains(rater) => {
                (String::from("0 (no response)"), true)
            }
            None => (String::new(), false),
        };
        let cells: Vec<(String, bool)> = raters.iter().map(cell).collect();
        let (counted, why) = match cells.iter().filter(|(_, counts)| *counts).count() {
            0 => ("no", "no answer counts"),
            1 => ("no", "only one answer counts"),
            _ if self.not_for_all(unit, label) => ("yes", "not in whole answers: not all were offered it"),
            _ => ("yes", ""),
        };
        let label = label.map_or(Cell::Empty, |label| Cell::Text(&self.all.labels[label as usize]));
        let given = cells.iter().map(|(text, _)| match text.parse::<f64>() {
            // A negative number is no formula.
            Ok(number) => Cell::Number(number),
            Err(_) => Cell::Text(text),
        });
        let first = [Cell::Text(unit_name), label];
        Ok(sheet.row(first.into_iter().chain(given).chain([Cell::Text(counted), Cell::Text(why)]))?)
    }

    /// Whether some of those whose answers count were offered a label, and others were not.
    fn not_for_all(&self, unit: &[Judgement], label: Option<u32>) -> bool {
        let Some(label) = label else { return false };
        let counted = || unit.iter().filter(|judgement| self.inclusion(judgement) == Inclusion::Counts);
        counted().any(|judgement| self.offered(judgement, label))
            && counted().any(|judgement| !self.offered(judgement, label))
    }

    fn inclusion(&self, judgement: &Judgement) -> Inclusion {
        self.policy.inclusion(judgement, self.wanted[judgement.rater as usize])
    }

    /// What somebody gave, and whether it counts.
    fn answer_given(&self, judgement: &Judgement, label: Option<u32>) -> (String, bool) {
        let value = self.value(judgement, label);
        let left_out =
            |why: &str| (value.as_ref().map_or_else(|| why.to_owned(), |value| format!("{value} ({why})")), false);
        match self.inclusion(judgement) {
            Inclusion::Counts => match (label, &value) {
                (Some(label), _) if !self.offered(judgement, label) => (String::from("not offered"), false),
                (_, Some(value)) => (value.clone(), true),
                (_, None) => (String::from("0 (no answer)"), true),
            },
            Inclusion::Again => left_out("a later pass"),
            Inclusion::Draft => left_out("draft"),
            Inclusion::Discarded => left_out("discarded"),
            Inclusion::NoAnswer => left_out("no answer"),
            Inclusion::Person => left_out("left out by --user"),
            Inclusion::Time => left_out("outside the time"),
            Inclusion::Assisted => left_out("suggestions or others' answers were seen"),
        }
    }

    fn offered(&self, judgement: &Judgement, label: u32) -> bool {
        self.all.offers.is_empty() || self.all.offers.has(judgement.offered, label)
    }

    fn value(&self, judgement: &Judgement, label: Option<u32>) -> Option<String> {
        if judgement.value == NONE {
            return None;
        }
        let yes = |yes: bool| Some(u8::from(yes).to_string());
        match (&self.all.values, label) {
            (Values::Numbers(numbers), _) => Some(numbers[judgement.value as usize].to_string()),
            (Values::Sets(_, sets), Some(label)) => yes(sets.has(judgement.value, label)),
            (Values::Labels(_), Some(label)) => yes(judgement.value == label),
            (_, None) => None,
        }
    }
}
