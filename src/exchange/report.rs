//! A report on agreement as one self-contained HTML page: no script, nothing from a network.

use std::io::Write;

use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;

use super::plot;
use crate::model::{AgreementReport, Figure, InsteadAnswer, Interval, Measure, few_reason};
use crate::text::{decimals, sanitize};

const PAGE: &str = include_str!("../../assets/report/agreement.html");

/// How much of a record's text is shown, in characters.
const TEXT: usize = 1_200;

/// The heat map is left out where its cells could not be read any more.
const MOST_RATERS: usize = 25;

/// What a report is made of beside the figures.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Of what.
    pub title: String,
    /// Titles of the labels, in order.
    pub labels: Vec<String>,
    /// What counts, in words.
    pub policy: String,
    /// How the intervals were made, in words.
    pub intervals: String,
    /// With what it was made.
    pub made: String,
    /// The most divided records.
    pub divided: Vec<DividedRecord>,
}

/// A record that annotators disagree on.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DividedRecord {
    /// Its id.
    pub name: String,
    /// Its text, where it is known.
    pub text: String,
    /// Everybody's answers.
    pub answers: Vec<GivenAnswer>,
}

/// One answer in words.
#[derive(Debug, Clone, Default, Serialize)]
pub struct GivenAnswer {
    /// Whose.
    pub who: String,
    /// What.
    pub what: String,
}

/// A row of one of the tables, its cells as text; those that a table does not have are empty.
#[derive(Debug, Clone, Default, Serialize)]
struct Row {
    name: String,
    value: String,
    interval: String,
    units: String,
    values: String,
    positives: String,
    share: String,
    percent: String,
    why: String,
    instead: String,
    with_others: String,
    without: String,
    itself: String,
}

#[derive(Serialize)]
struct Page<'r> {
    title: String,
    policy: &'r str,
    intervals: &'r str,
    made: &'r str,
    units: u64,
    values: u64,
    raters: usize,
    /// Why some figures have no interval.
    few: Vec<String>,
    /// Whether answers are numbers, which have several metrics.
    numbers: bool,
    overall: Vec<Row>,
    labels: Vec<Row>,
    plot: String,
    pairs: Vec<Row>,
    heat: String,
    people: Vec<Row>,
    divided: Vec<DividedRecord>,
}

/// Writes the page. All text is escaped, and what is invisible or steers text is shown as a mark.
///
/// # Errors
/// When it cannot be written.
pub fn write_report(report: &Report, survey: &AgreementReport, mut out: impl Write) -> std::io::Result<()> {
    let found = &survey.findings;
    let name = |rater: u32| survey.raters.get(rater as usize).map_or_else(String::new, |name| sanitize(name));
    let pairs = found.pairs.iter().map(|pair| Row {
        name: format!("{} – {}", name(pair.a), name(pair.b)),
        units: pair.units.to_string(),
        percent: percent(&pair.percent),
        ..row(&pair.cohen_kappa.value, pair.cohen_kappa.interval, pair.cohen_kappa.few_words())
    });
    let people = found.people.iter().map(|person| Row {
        name: name(person.rater),
        values: person.values.to_string(),
        units: person.units.to_string(),
        with_others: percent(&person.with_others),
        without: figure(&person.without.value),
        itself: person.itself.map_or_else(String::new, |(units, same)| format!("{} of {units}", share(same))),
        ..Row::default()
    });
    let overall = found.overall.iter();
    let overall = overall.map(|(measure, figure)| Row {
        name: measure_words(*measure).into(),
        ..row(&figure.value, figure.interval, figure.few_words())
    });
    let labels = labels(report, survey);
    let raters: Vec<String> = (0..survey.raters.len() as u32).map(name).collect();
    let page = Page {
        title: sanitize(&report.title),
        policy: &report.policy,
        intervals: &report.intervals,
        made: &report.made,
        units: found.units,
        values: found.values,
        raters: survey.raters.len(),
        few: few(survey),
        numbers: report.labels.is_empty(),
        overall: overall.collect(),
        plot: plot::intervals(&found.labels, &label_names(report, found.labels.len())),
        labels,
        pairs: pairs.collect(),
        heat: if raters.len() <= MOST_RATERS { plot::heat_map(&raters, &found.pairs) } else { String::new() },
        people: people.collect(),
        divided: report.divided.iter().map(cut).collect(),
    };
    let mut environment = Environment::new();
    // The extension says what is escaped, and how.
    let rendered = environment
        .add_template("agreement.html", PAGE)
        .and_then(|()| environment.get_template("agreement.html")?.render(Serde(&page)));
    out.write_all(rendered.map_err(std::io::Error::other)?.as_bytes())
}

fn few(survey: &AgreementReport) -> Vec<String> {
    let found = &survey.findings;
    let labels = found.labels.iter().any(|label| label.few_words().is_some());
    let overall = found.overall.iter().any(|(_, figure)| figure.few_words().is_some());
    let pairs = found.pairs.iter().any(|pair| pair.cohen_kappa.few_words().is_some());
    labels.then(|| few_reason(true)).into_iter().chain((overall || pairs).then(|| few_reason(false))).collect()
}

fn label_names(report: &Report, labels: usize) -> Vec<String> {
    (0..labels)
        .map(|label| report.labels.get(label).map_or_else(|| label.to_string(), |title| sanitize(title)))
        .collect()
}

/// Lowest alpha first, undefined last.
fn labels(report: &Report, survey: &AgreementReport) -> Vec<Row> {
    let names = label_names(report, survey.findings.labels.len());
    let mut all: Vec<(f64, Row)> = Vec::new();
    for (at, found) in survey.findings.labels.iter().enumerate() {
        let title = |label: u32| names.get(label as usize).cloned().unwrap_or_default();
        let given = survey.confusions.get(at).map_or(&[][..], Vec::as_slice);
        // The four labels given most, and always whether nothing else or nothing was.
        let labels = given.iter().filter(|given| matches!(given.gave, InsteadAnswer::Label(_)));
        let least = labels.map(|given| given.pairs).nth(3).unwrap_or(0);
        let shown = given.iter().filter(|given| !matches!(given.gave, InsteadAnswer::Label(_)) || given.pairs >= least);
        let given = shown.map(|given| given.words(title));
        let row = Row {
            name: names[at].clone(),
            units: found.units.to_string(),
            positives: found.positives.to_string(),
            share: found.prevalence().map_or_else(String::new, share),
            percent: found.percent.map_or_else(String::new, share),
            instead: given.collect::<Vec<_>>().join(", "),
            ..row(&found.alpha, found.interval, found.few_words())
        };
        all.push((found.alpha.unwrap_or(f64::INFINITY), row));
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.into_iter().map(|(_, row)| row).collect()
}

fn cut(record: &DividedRecord) -> DividedRecord {
    let text = sanitize(&record.text);
    let first: String = text.chars().take(TEXT).collect();
    let whole = first.len() == text.len();
    DividedRecord {
        name: sanitize(&record.name),
        text: if whole { first } else { format!("{first} …") },
        answers: record
            .answers
            .iter()
            .map(|answer| GivenAnswer { who: sanitize(&answer.who), what: sanitize(&answer.what) })
            .collect(),
    }
}

fn row(value: &Result<f64, crate::model::Undefined>, interval: Option<Interval>, few: Option<&str>) -> Row {
    let bounds = interval.and_then(|interval| interval.bounds);
    Row {
        value: figure(value),
        interval: bounds.map_or_else(
            || few.unwrap_or_default().to_owned(),
            |(low, high)| format!("{} to {}", decimals(low, 3), decimals(high, 3)),
        ),
        why: value.err().map_or_else(String::new, |why| why.reason().to_owned()),
        ..Row::default()
    }
}

fn figure(value: &Result<f64, crate::model::Undefined>) -> String {
    value.map_or_else(|_| String::from("n/a"), |value| decimals(value, 3))
}

fn percent(figure: &Figure) -> String {
    figure.value.map_or_else(|_| String::from("n/a"), share)
}

fn share(share: f64) -> String {
    format!("{} %", decimals(100.0 * share, 1))
}

/// A measure as a report names it.
fn measure_words(measure: Measure) -> &'static str {
    match measure {
        Measure::Nominal => "Krippendorff's α, nominal (the whole answer)",
        Measure::Masi => "Krippendorff's α, MASI distance",
        Measure::Jaccard => "Krippendorff's α, Jaccard distance",
        Measure::Ordinal => "Krippendorff's α, ordinal",
        Measure::Interval => "Krippendorff's α, interval",
        Measure::Ratio => "Krippendorff's α, ratio",
        Measure::Percent => "percent agreement (mean over records of the share of equal pairs)",
        Measure::FleissKappa => "Fleiss' κ (for unequal numbers of answers as generalised by Gwet)",
        Measure::GwetAc1 => "Gwet's AC1",
    }
}
