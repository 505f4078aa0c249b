//! `--csv`: the figures of the labels as a file.

use std::path::Path;

use super::super::{Failure, output};
use super::{AgreementOutput, table};
use crate::exchange::{Cell, Outputs, Sheet};
use crate::model::{Interval, Undefined};

const HEAD: [&str; 9] = ["question", "label", "alpha", "low", "high", "units", "values", "positives", "percent"];

pub(super) fn write(path: &Path, outputs: &Outputs, report: &AgreementOutput) -> Result<(), Failure> {
    output::write(path, outputs, |out| {
        let mut sheet = Sheet::new(out);
        sheet.row(HEAD.map(Cell::Text))?;
        for (label, found) in report.labels.iter().zip(&report.findings.labels) {
            let counts = [found.units, found.values, found.positives].map(Cell::Count);
            let alpha = alpha(found.alpha, found.interval);
            let first = [Cell::Text(&report.question), Cell::Text(label)];
            let percent = found.percent.map_or(Cell::Empty, Cell::Number);
            sheet.row(first.into_iter().chain(alpha).chain(counts).chain([percent]))?;
        }
        // Numbers have no labels: their alphas stand under the name of the measure.
        for (measure, found) in report.overall().filter(|_| report.labels.is_empty()) {
            let counts = [Cell::Count(report.findings.units), Cell::Count(report.findings.values)];
            let first = [Cell::Text(&report.question), Cell::Text(table::name(*measure))];
            let alpha = alpha(found.value, found.interval);
            sheet.row(first.into_iter().chain(alpha).chain(counts).chain([Cell::Empty, Cell::Empty]))?;
        }
        Ok(sheet.finish()?)
    })
}

fn alpha(value: Result<f64, Undefined>, interval: Option<Interval>) -> [Cell<'static>; 3] {
    let number = |number: Option<f64>| number.map_or(Cell::Empty, Cell::Number);
    let bounds = interval.and_then(|interval| interval.bounds);
    [number(value.ok()), number(bounds.map(|(low, _)| low)), number(bounds.map(|(_, high)| high))]
}
