//! The figures as one JSON object, with the names that others parse.

use serde_json::{Map, Value, json};

use super::AgreementOutput;
use crate::model::{Figure, LabelAgreement, Measure, PairAgreement, RaterAgreement, Undefined, few_reason};

pub(super) fn object(report: &AgreementOutput) -> Value {
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    put("dataset", json!(report.dataset));
    if report.dataset.is_none() {
        put("files", json!(report.files));
    }
    put("question", json!(report.question));
    if let Some(label) = &report.label {
        put("label", json!(label));
    }
    put("policy", report.policy.object(report.resampling));
    put("annotators", json!(report.raters));
    put("units", json!(report.findings.units));
    put("values", json!(report.findings.values));
    if report.filled > 0 {
        put("filled", json!(report.filled));
    }
    let cut = report.findings.narrowed;
    if cut.units > 0 {
        put("cut", json!({"records": cut.units, "answers": cut.answers}));
    }
    let notes: Vec<String> = report.notes.iter().cloned().chain(cut.words()).collect();
    if !notes.is_empty() {
        put("notes", json!(notes));
    }
    let wanted = report.wanted;
    if wanted.overall {
        let measures = report.overall().map(|(measure, found)| (name(*measure).to_owned(), figure(found)));
        put("overall", Value::Object(measures.collect()));
    }
    if wanted.labels {
        let labels = report.labels.iter().zip(&report.findings.labels);
        put("labels", labels.map(|(name, found)| label(name, found)).collect());
    }
    if wanted.pairs {
        put("pairs", report.findings.pairs.iter().map(|found| pair(report, found)).collect());
    }
    if wanted.people {
        put("people", report.findings.people.iter().map(|found| person(report, found)).collect());
    }
    Value::Object(object)
}

fn name(measure: Measure) -> &'static str {
    match measure {
        Measure::Nominal => "nominal",
        Measure::Masi => "masi",
        Measure::Jaccard => "jaccard",
        Measure::Ordinal => "ordinal",
        Measure::Interval => "interval",
        Measure::Ratio => "ratio",
        Measure::Percent => "percent",
        Measure::FleissKappa => "fleiss_kappa",
        Measure::GwetAc1 => "gwet_ac1",
    }
}

fn figure(found: &Figure) -> Value {
    let bounds = found.interval.and_then(|interval| interval.bounds);
    let mut object = json!({
        "value": found.value.ok(),
        "low": bounds.map(|(low, _)| low),
        "high": bounds.map(|(_, high)| high),
        "undefined_resamples": found.interval.map(|interval| interval.undefined),
        "undefined": found.value.err().map(Undefined::reason),
    });
    no_interval(&mut object, found.few_words().map(|words| (words, few_reason(false))));
    object
}

/// Why low and high are null though there is a value.
fn no_interval(object: &mut Value, few: Option<(&str, String)>) {
    if let (Some((words, why)), Some(object)) = (few, object.as_object_mut()) {
        object.insert("no_interval".to_owned(), json!(format!("{words}: {why}")));
    }
}

/// A figure whose metric its name does not tell.
fn by(mut figure: Value, metric: &str) -> Value {
    if let Some(object) = figure.as_object_mut() {
        object.insert("metric".to_owned(), json!(metric));
    }
    figure
}

fn label(name: &str, found: &LabelAgreement) -> Value {
    let mut object = json!({
        "label": name,
        "alpha": found.alpha.ok(),
        "low": found.bounds().map(|(low, _)| low),
        "high": found.bounds().map(|(_, high)| high),
        "undefined_resamples": found.interval.map(|interval| interval.undefined),
        "units": found.units,
        "values": found.values,
        "positives": found.positives,
        "percent": found.percent,
        "undefined": found.alpha.err().map(Undefined::reason),
    });
    no_interval(&mut object, found.few_words().map(|words| (words, few_reason(true))));
    object
}

fn rater(report: &AgreementOutput, number: u32) -> &str {
    report.raters.get(number as usize).map_or("", String::as_str)
}

fn pair(report: &AgreementOutput, found: &PairAgreement) -> Value {
    json!({
        "a": rater(report, found.a),
        "b": rater(report, found.b),
        "units": found.units,
        "cohen_kappa": by(figure(&found.cohen_kappa), "nominal"),
        "percent": figure(&found.percent),
    })
}

fn person(report: &AgreementOutput, found: &RaterAgreement) -> Value {
    let prevalence = report.labels.iter().cloned().zip(found.prevalence.iter().map(|share| json!(share)));
    json!({
        "annotator": rater(report, found.rater),
        "values": found.values,
        "units": found.units,
        "alpha_without": by(figure(&found.without), if report.labels.is_empty() { "ordinal" } else { "nominal" }),
        "with_others": figure(&found.with_others),
        "prevalence": Value::Object(prevalence.collect()),
        "itself": found.itself.map(|(units, percent)| json!({"units": units, "percent": percent})),
    })
}
