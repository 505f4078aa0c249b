//! `--methods`: a paragraph to paste, with all that somebody needs to get the same figures.

use super::Report;
use super::table::name;
use crate::jobs::ratings::Missing;
use crate::model::Measure;
use crate::text::one_line;

pub(super) fn paragraph(report: &Report) -> String {
    let mut parts = vec![what(report), counted(report)];
    parts.extend(report.findings.narrowed.words().map(|words| {
        format!("A label that somebody was not offered is missing in their answer, not \"no\": {words}.")
    }));
    parts.extend(measures(report));
    parts.push(bootstrap(report));
    parts.extend(
        report
            .notes
            .iter()
            .filter(|note| note.contains(" on several lines: "))
            .map(|note| format!("In the files {}.", one_line(note))),
    );
    parts.push(format!("Computed with labelry {}.", env!("CARGO_PKG_VERSION")));
    parts.join(" ")
}

fn what(report: &Report) -> String {
    let question = match &report.question {
        question if question.is_empty() => String::new(),
        question => format!(" on '{}'", one_line(question)),
    };
    let names: Vec<String> = report.raters.iter().map(|name| one_line(name)).collect();
    let who = if names.len() > 8 { String::new() } else { format!(" ({})", names.join(", ")) };
    format!(
        "Agreement{question} was computed over {} records that at least two of {} annotators{who} answered, {} answers in all.",
        report.findings.units,
        names.len(),
        report.findings.values
    )
}

fn counted(report: &Report) -> String {
    let missing = match report.policy.policy.missing {
        Missing::Missing => "an answer that was not given is missing, not \"no\"".to_owned(),
        Missing::No => format!("{} responses without an answer count as \"no\" to every label", report.filled),
        Missing::NoMatrix => format!(
            "{} answers that were not given to a record that somebody answered count as \"no\" to every label",
            report.filled
        ),
    };
    format!("Which answers count: {}; {missing}.", one_line(&report.policy.line()))
}

fn measures(report: &Report) -> Vec<String> {
    let mut parts = Vec::new();
    if !report.findings.labels.is_empty() {
        parts.push(String::from(
            "For each label, taken as a yes/no question, we report Krippendorff's alpha for nominal data (Krippendorff \
             2011): alpha = 1 - Do/De with Do = (1/n) sum over records of 2 p (m - p)/(m - 1) and De = 2 N1 N0/(n (n - 1)), \
             where m annotators answered a record, p of them gave the label, and N1 and N0 of n answers are yes and no.",
        ));
    }
    let about = |measure: Measure| match measure {
        Measure::Masi => " (distance of sets: Passonneau 2006, weights 1, 2/3, 1/3 and 0)",
        Measure::Jaccard => " (distance of sets: 1 - |A and B|/|A or B|)",
        Measure::Percent => " (mean over records of the share of equal pairs)",
        Measure::FleissKappa => " (Fleiss 1971)",
        Measure::GwetAc1 => " (Gwet 2014)",
        _ => "",
    };
    let overall: Vec<String> = report
        .overall()
        .map(|(measure, figure)| {
            let value = match figure.value {
                Ok(value) => format!("{value:.3}"),
                Err(why) => format!("n/a, since {}", why.reason()),
            };
            format!("{}{} {value}", name(*measure), about(*measure))
        })
        .collect();
    if !overall.is_empty() {
        parts.push(format!("Over whole answers: {}.", overall.join("; ")));
    }
    parts
}

fn bootstrap(report: &Report) -> String {
    match report.resampling.resamples {
        0 => String::from("No intervals were computed."),
        resamples => format!(
            "Intervals are 95 % percentile intervals of {resamples} bootstrap resamples of the records (seed {}).",
            report.resampling.seed
        ),
    }
}
