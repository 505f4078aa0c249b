//! `--methods`: a paragraph to paste, with all that somebody needs to get the same figures.

use super::AgreementOutput;
use super::table::name;
use crate::jobs::ratings::Missing;
use crate::model::{Interval, Measure, PairAgreement, RaterAgreement, Undefined};
use crate::text::{decimals, one_line};

pub(super) fn paragraph(report: &AgreementOutput) -> String {
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

fn what(report: &AgreementOutput) -> String {
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

fn counted(report: &AgreementOutput) -> String {
    let missing = match report.policy.policy.missing {
        Missing::Missing => "an answer that was not given is missing, not \"no\"".to_owned(),
        Missing::No => format!("{} responses without an answer count as \"no\" to every label", report.filled),
        Missing::NoMatrix => format!(
            "{} answers that were not given to a record that somebody answered count as \"no\" to every label",
            report.filled
        ),
    };
    // The same word as everywhere in a paper: a skip is a discarded answer.
    let line = report.policy.line().replacen("skips excluded", "discarded answers excluded", 1);
    format!("Which answers count: {}; {missing}.", one_line(&line))
}

fn measures(report: &AgreementOutput) -> Vec<String> {
    let mut parts = Vec::new();
    if !report.findings.labels.is_empty() {
        parts.push(String::from(
            "For each label, taken as a yes/no question, we report Krippendorff's alpha for nominal data (Krippendorff \
             2011): alpha = 1 - Do/De with Do = (1/n) sum over records of 2 p (m - p)/(m - 1) and De = 2 N1 N0/(n (n - 1)), \
             where m annotators answered a record, p of them gave the label, and N1 and N0 of n answers are yes and no.",
        ));
        let labels = report.labels.iter().zip(&report.findings.labels).map(|(name, found)| {
            let counts = format!("{} records, ticks {}", found.units, found.positives);
            format!("'{}' {}", one_line(name), valued(found.alpha, found.interval, found.few_words(), Some(&counts)))
        });
        parts.push(format!("By label: {}.", labels.collect::<Vec<_>>().join("; ")));
    }
    let overall: Vec<String> = report
        .overall()
        .map(|(measure, figure)| {
            format!(
                "{}{} {}",
                name(*measure),
                about(report, *measure),
                valued(figure.value, figure.interval, figure.few_words(), None)
            )
        })
        .collect();
    if !overall.is_empty() {
        parts.push(format!("Over whole answers: {}.", overall.join("; ")));
    }
    parts.extend(pairs(report));
    parts.extend(people(report));
    parts
}

fn about(report: &AgreementOutput, measure: Measure) -> &'static str {
    match measure {
        Measure::Masi => {
            " (distance of sets: Passonneau 2006, weights 1, 2/3, 1/3 and 0; two empty sets are equal, an empty set \
             and another are 1 apart)"
        }
        Measure::Jaccard => {
            " (distance of sets: 1 - |A and B|/|A or B|; two empty sets are equal, an empty set and another are 1 apart)"
        }
        Measure::Percent => " (mean over records of the share of equal pairs)",
        Measure::FleissKappa => {
            " (Fleiss 1971, for unequal numbers of answers as generalised by Gwet 2014; answers that stand alone enter \
             its agreement by chance)"
        }
        Measure::GwetAc1 if report.declared => {
            " (Gwet 2014, with the categories that were declared; answers that stand alone enter its agreement by chance)"
        }
        Measure::GwetAc1 => {
            " (Gwet 2014, with the categories that occur; answers that stand alone enter its agreement by chance)"
        }
        _ => "",
    }
}

/// `0.440 (0.310 to 0.560; 412 records, 97 ticks)`.
fn valued(
    value: Result<f64, Undefined>,
    interval: Option<Interval>,
    few: Option<&str>,
    counts: Option<&str>,
) -> String {
    let figure = match value {
        Ok(value) => decimals(value, 3),
        Err(why) => format!("n/a, since {}", why.reason()),
    };
    let bounds = interval.filter(|_| value.is_ok()).and_then(|interval| interval.bounds);
    let bounds = bounds.map(|(low, high)| format!("{} to {}", decimals(low, 3), decimals(high, 3)));
    let few = few.map(|words| format!("{words}: no interval"));
    let more: Vec<String> = bounds.into_iter().chain(few).chain(counts.map(str::to_owned)).collect();
    if more.is_empty() { figure } else { format!("{figure} ({})", more.join("; ")) }
}

fn rater(report: &AgreementOutput, number: u32) -> String {
    one_line(report.raters.get(number as usize).map_or("", String::as_str))
}

fn pairs(report: &AgreementOutput) -> Option<String> {
    let pair = |pair: &PairAgreement| {
        let counts = format!("{} records", pair.units);
        let kappa =
            valued(pair.cohen_kappa.value, pair.cohen_kappa.interval, pair.cohen_kappa.few_words(), Some(&counts));
        format!("{} and {} {kappa}", rater(report, pair.a), rater(report, pair.b))
    };
    let all: Vec<String> = report.findings.pairs.iter().map(pair).collect();
    (report.wanted.pairs && !all.is_empty()).then(|| {
        format!("Cohen's kappa (Cohen 1960) of each pair, the whole answer as one nominal value: {}.", all.join("; "))
    })
}

fn people(report: &AgreementOutput) -> Option<String> {
    let metric = if report.labels.is_empty() { "ordinal" } else { "of the whole answer as one nominal value" };
    let person = |person: &RaterAgreement| {
        format!("{} {}", rater(report, person.rater), valued(person.without.value, None, None, None))
    };
    let all: Vec<String> = report.findings.people.iter().map(person).collect();
    (report.wanted.people && !all.is_empty())
        .then(|| format!("Alpha without each annotator, {metric}: {}.", all.join("; ")))
}

fn bootstrap(report: &AgreementOutput) -> String {
    let few: Vec<String> = report.few().map(|why| format!(" Few: {why}.")).collect();
    let few = few.concat();
    match report.resampling.resamples {
        0 => String::from("No intervals were computed."),
        resamples => format!(
            "Intervals are 95 % percentile intervals of {resamples} bootstrap resamples of the records (seed {}).{few}",
            report.resampling.seed
        ),
    }
}
