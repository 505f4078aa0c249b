//! `--fail-under`: whether every label reaches a limit.

use super::super::Failure;
use super::AgreementOutput;
use super::table;
use crate::model::{Measure, Undefined};
use crate::text::{decimals, one_line};

/// Exit code of a check that does not hold.
const FAILED: u8 = 3;

pub(super) fn holds(report: &AgreementOutput, limit: f64, allow_undefined: bool) -> Result<(), Failure> {
    let all = tested(report);
    let mut failed = Vec::new();
    for (name, alpha) in &all {
        match alpha {
            Ok(alpha) if *alpha >= limit => {}
            Ok(alpha) => failed.push(format!("{name} {} ({} below)", decimals(*alpha, 3), decimals(limit - alpha, 3))),
            Err(_) if allow_undefined => {}
            Err(why) => failed.push(format!("{name} n/a ({})", why.reason())),
        }
    }
    if failed.is_empty() && !all.is_empty() {
        return Ok(());
    }
    let (what, count) = (if report.findings.labels.is_empty() { "measures" } else { "labels" }, all.len());
    let words = format!("{} of {count} {what} do not reach {limit}: {}", failed.len(), failed.join(", "));
    let na = failed.iter().any(|words| words.contains(" n/a ("));
    let failure = Failure::failed(words).with_code(FAILED);
    Err(if na { failure.or_hint("--allow-undefined lets n/a pass") } else { failure })
}

/// Every label; of numbers the alpha of the level that was named, else the ordinal one.
fn tested(report: &AgreementOutput) -> Vec<(String, Result<f64, Undefined>)> {
    if !report.findings.labels.is_empty() {
        let labels = report.labels.iter().zip(&report.findings.labels);
        return labels.map(|(label, found)| (one_line(label), found.alpha)).collect();
    }
    let level = report.level.map_or("ordinal", crate::jobs::ratings::Level::word);
    let measure = |measure: Measure| match measure {
        Measure::Nominal => "nominal",
        Measure::Ordinal => "ordinal",
        Measure::Interval => "interval",
        Measure::Ratio => "ratio",
        _ => "",
    };
    let found = report.overall().filter(|(of, _)| measure(*of) == level);
    found.map(|(of, figure)| (table::name(*of).to_owned(), figure.value)).collect()
}
