//! The figures as tables: the same rows for the terminal and for pasting; in the terminal with interval bars.

use super::super::{Failure, say};
use super::AgreementOutput;
use crate::jobs::agreement::units_for;
use crate::model::{Figure, Interval, LabelAgreement, Measure, RaterAgreement, Undefined};
use crate::text::{Cells, decimals, fit, one_line};

/// Columns of a bar.
const BAR: usize = 17;
/// The widest a name is shown.
const NAME: usize = 32;

/// A table: the first column is text, all others are right-aligned, what follows the last one is remarks.
pub(super) struct FigureTable {
    pub(super) head: Vec<&'static str>,
    pub(super) rows: Vec<TableRow>,
}

/// A row, and its bar where there is one.
pub(super) struct TableRow {
    pub(super) cells: Vec<String>,
    bar: Option<String>,
    pub(super) remark: String,
}

/// Everything that is shown, by part.
pub(super) fn tables(report: &AgreementOutput) -> Vec<FigureTable> {
    let wanted = report.wanted;
    let parts = [
        (wanted.overall, overall as fn(&AgreementOutput) -> FigureTable),
        (wanted.labels, labels),
        (wanted.pairs, pairs),
        (wanted.people, people),
    ];
    parts.into_iter().filter(|(shown, _)| *shown).map(|(_, table)| table(report)).collect()
}

/// What stands above the tables.
pub(super) fn heading(report: &AgreementOutput) -> Vec<String> {
    let mut title = vec![one_line(&report.title)];
    title.extend((!report.question.is_empty()).then(|| one_line(&report.question)));
    title.extend(report.label.as_ref().map(|label| format!("label '{}' alone", one_line(label))));
    title.push(one_line(&report.policy.line()));
    let (units, values) = (report.findings.units, report.findings.values);
    let mut lines = vec![
        title.join(" · "),
        format!(
            "{} · {} with two answers or more · {values} answers in them",
            raters(&report.raters),
            if units == 1 { String::from("1 record") } else { format!("{units} records") }
        ),
    ];
    if report.filled > 0 {
        lines.push(format!("counted as \"no\": {} that are missing", report.filled));
    }
    if !report.policy.left_out.is_empty() {
        lines.push(format!("not counted: {}", report.policy.left_out));
    }
    lines.extend(report.findings.narrowed.words());
    if report.resampling.resamples > 0 {
        let (resamples, seed) = (report.resampling.resamples, report.resampling.seed);
        lines.push(format!("95 % bootstrap interval over records: {resamples} resamples, seed {seed}"));
        lines.extend(report.few().map(|why| format!("few: {why}")));
    }
    lines
}

/// `3 annotators: ana, bob, eve`.
fn raters(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(8).map(|name| fit(&one_line(name), NAME)).collect();
    let more = names.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let word = if names.len() == 1 { "annotator" } else { "annotators" };
    let list = if shown.is_empty() { String::new() } else { format!(": {}", shown.join(", ")) };
    format!("{} {word}{list}{more}", names.len())
}

/// A measure in words.
pub(super) fn name(measure: Measure) -> &'static str {
    match measure {
        Measure::Nominal => "alpha, nominal",
        Measure::Masi => "alpha, MASI",
        Measure::Jaccard => "alpha, Jaccard",
        Measure::Ordinal => "alpha, ordinal",
        Measure::Interval => "alpha, interval",
        Measure::Ratio => "alpha, ratio",
        Measure::Percent => "percent agreement",
        Measure::FleissKappa => "Fleiss' kappa",
        Measure::GwetAc1 => "Gwet's AC1",
    }
}

fn number(value: f64) -> String {
    decimals(value, 3)
}

fn value(value: Result<f64, Undefined>) -> String {
    value.map_or_else(|_| String::from("n/a"), number)
}

/// `few`: what stands there instead, where there is nothing to tell an interval by.
fn bounds(interval: Option<Interval>, few: Option<&str>) -> String {
    let bounds = interval.and_then(|interval| interval.bounds);
    bounds.map_or_else(|| few.unwrap_or_default().to_owned(), |(low, high)| format!("{}–{}", number(low), number(high)))
}

fn remark(value: Result<f64, Undefined>, interval: Option<Interval>) -> String {
    let undefined = interval.map_or(0, |interval| interval.undefined);
    match value.err() {
        Some(why) => why.reason().to_owned(),
        None if undefined > 0 => format!("n/a in {undefined} resamples"),
        None => String::new(),
    }
}

/// How wide an interval may be on each side before it is said how many records would narrow it.
const NARROW: f64 = 0.1;

/// Records from which on that can be told roughly.
const ENOUGH: u64 = 50;

fn wanting(found: &LabelAgreement) -> String {
    let needed =
        found.interval.filter(|interval| !interval.few).and_then(|interval| units_for(NARROW, &interval, found.units));
    match needed.filter(|needed| *needed > found.units && found.units >= ENOUGH) {
        Some(needed) => format!("about {} more records for ±.10", needed - found.units),
        None => String::new(),
    }
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| String::from("n/a"), |share| decimals(share * 100.0, 1))
}

/// `|    ───●──      |` from 0 to 1; what lies below 0 is at the left edge.
fn bar(value: Result<f64, Undefined>, interval: Option<Interval>) -> String {
    let Ok(value) = value else { return " ".repeat(BAR + 2) };
    let at = |value: f64| (value.clamp(0.0, 1.0) * (BAR - 1) as f64).round() as usize;
    let mut cells = [' '; BAR];
    if let Some((low, high)) = interval.and_then(|interval| interval.bounds) {
        cells[at(low)..=at(high)].fill('─');
    }
    cells[at(value)] = if value < 0.0 { '◂' } else { '●' };
    format!("|{}|", cells.iter().collect::<String>())
}

/// The interval's column, where there are intervals.
fn between(report: &AgreementOutput, interval: Option<Interval>, few: Option<&str>) -> Option<String> {
    (report.resampling.resamples > 0).then(|| bounds(interval, few))
}

fn head(report: &AgreementOutput, before: &[&'static str], after: &[&'static str]) -> Vec<&'static str> {
    let interval = (report.resampling.resamples > 0).then_some("low–high");
    before.iter().copied().chain(interval).chain(after.iter().copied()).collect()
}

fn overall(report: &AgreementOutput) -> FigureTable {
    let row = |(measure, figure): &(Measure, Figure)| TableRow {
        cells: [name(*measure).to_owned(), value(figure.value)]
            .into_iter()
            .chain(between(report, figure.interval, figure.few_words()))
            .collect(),
        bar: Some(bar(figure.value, figure.interval)),
        remark: remark(figure.value, figure.interval),
    };
    let first = if report.label.is_some() { "the label" } else { "overall" };
    FigureTable { head: head(report, &[first, "value"], &[]), rows: report.overall().map(row).collect() }
}

fn labels(report: &AgreementOutput) -> FigureTable {
    let row = |(label, found): (&String, &LabelAgreement)| {
        let counts = [found.units, found.values, found.positives].map(|count| count.to_string());
        TableRow {
            cells: [one_line(label), value(found.alpha)]
                .into_iter()
                .chain(between(report, found.interval, found.few_words()))
                .chain(counts)
                .chain([percent(found.percent)])
                .collect(),
            bar: Some(bar(found.alpha, found.interval)),
            remark: [remark(found.alpha, found.interval), wanting(found)]
                .into_iter()
                .filter(|words| !words.is_empty())
                .collect::<Vec<_>>()
                .join("; "),
        }
    };
    FigureTable {
        head: head(report, &["label", "alpha"], &["units", "values", "positives", "% equal"]),
        rows: report.labels.iter().zip(&report.findings.labels).map(row).collect(),
    }
}

fn pairs(report: &AgreementOutput) -> FigureTable {
    let name = |rater: u32| one_line(report.raters.get(rater as usize).map_or("", String::as_str));
    let row = |pair: &crate::model::PairAgreement| TableRow {
        cells: [format!("{} × {}", name(pair.a), name(pair.b)), value(pair.cohen_kappa.value)]
            .into_iter()
            .chain(between(report, pair.cohen_kappa.interval, pair.cohen_kappa.few_words()))
            .chain([pair.units.to_string(), percent(pair.percent.value.ok())])
            .collect(),
        bar: Some(bar(pair.cohen_kappa.value, pair.cohen_kappa.interval)),
        remark: remark(pair.cohen_kappa.value, pair.cohen_kappa.interval),
    };
    // Numbers have several metrics.
    let kappa = if report.labels.is_empty() { "Cohen's kappa, nominal" } else { "Cohen's kappa" };
    FigureTable {
        head: head(report, &["pair", kappa], &["units", "% equal"]),
        rows: report.findings.pairs.iter().map(row).collect(),
    }
}

fn people(report: &AgreementOutput) -> FigureTable {
    let row = |person: &RaterAgreement| {
        let itself = person
            .itself
            .map_or_else(|| String::from("–"), |(units, share)| format!("{:.1} of {units}", share * 100.0));
        TableRow {
            cells: vec![
                one_line(report.raters.get(person.rater as usize).map_or("", String::as_str)),
                person.values.to_string(),
                person.units.to_string(),
                percent(person.with_others.value.ok()),
                value(person.without.value),
                itself,
            ],
            bar: None,
            remark: over_used(report, person),
        }
    };
    let without = if report.labels.is_empty() { "ordinal alpha without" } else { "alpha without" };
    FigureTable {
        head: vec!["annotator", "answers", "shared", "% as others", without, "% as before"],
        rows: report.findings.people.iter().map(row).collect(),
    }
}

/// The label that a person gives most above its share among all.
fn over_used(report: &AgreementOutput, person: &RaterAgreement) -> String {
    let all = report.labels.iter().zip(&report.findings.labels).zip(&person.prevalence);
    let far = all.filter_map(|((label, found), own)| Some((label, (*own)?, found.prevalence()?)));
    let most = far.max_by(|(_, a, x), (_, b, y)| (a - x).abs().total_cmp(&(b - y).abs()));
    most.filter(|(_, own, all)| (own - all).abs() >= 0.05).map_or_else(String::new, |(label, own, all)| {
        format!("'{}' in {:.0} % of theirs, {:.0} % of all", one_line(label), own * 100.0, all * 100.0)
    })
}

pub(super) fn print(report: &AgreementOutput) -> Result<(), Failure> {
    heading(report).into_iter().try_for_each(say)?;
    for table in tables(report) {
        say("")?;
        print_table(&table)?;
    }
    Ok(())
}

fn print_table(table: &FigureTable) -> Result<(), Failure> {
    let cell = |row: &TableRow, column: usize| row.cells.get(column).map_or(0, |cell| cell.cells());
    let width = |column: usize| {
        let widest = table.rows.iter().map(|row| cell(row, column)).max().unwrap_or(0);
        let most = if column == 0 { NAME } else { usize::MAX };
        widest.min(most).max(table.head[column].cells())
    };
    let widths: Vec<usize> = (0..table.head.len()).map(width).collect();
    let line = |cells: &[String]| {
        let mut out = crate::text::pad(&cells[0], widths[0]);
        for (cell, width) in cells.iter().zip(&widths).skip(1) {
            out.push_str(&" ".repeat(2 + width.saturating_sub(cell.cells())));
            out.push_str(cell);
        }
        out
    };
    let barred = table.rows.iter().any(|row| row.bar.is_some());
    let head: Vec<String> = table.head.iter().map(|name| (*name).to_owned()).collect();
    let scale = if barred { format!("  0{}1", " ".repeat(BAR)) } else { String::new() };
    say(format!("{}{scale}", line(&head)))?;
    for row in &table.rows {
        let bar = row.bar.as_ref().map_or_else(String::new, |bar| format!("  {bar}"));
        say(format!("{}{bar}  {}", line(&row.cells), row.remark).trim_end())?;
    }
    Ok(())
}
