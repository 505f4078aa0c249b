//! `labelry agreement`.

use serde_json::{Value, json};

use super::{Common, Failure, say};
use crate::jobs;
use crate::model::{Dataset, LabelAgreement, Question};
use crate::store::Store;
use crate::text::{fit, one_line};

/// Krippendorff's alpha of each label of a dataset's question, submitted answers only
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The dataset
    dataset: Option<String>,
    /// The question, where there are several
    #[arg(long)]
    question: Option<String>,
    /// One row per label
    #[arg(long)]
    by_label: bool,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let mut store = common.store()?;
    let dataset = jobs::dataset(&mut store, args.dataset.as_deref())?;
    let question = question(&dataset, args.question.as_deref())?;
    let found = jobs::agreement::by_label(&mut store, question)?;
    let figures = found.labels;
    let users = store.users()?.into_iter();
    let annotators: Vec<String> = users.filter(|user| found.raters.contains(&user.id)).map(|user| user.name).collect();
    if args.json {
        return say(object(&dataset, question, &annotators, &figures));
    }
    say(format!(
        "{} · {} · Krippendorff's alpha, nominal · submitted only; skips excluded",
        one_line(&dataset.path()),
        one_line(&question.name)
    ))?;
    say(format!("{:<28}{:>8}{:>9}{:>9}{:>11}", "label", "alpha", "units", "values", "positives"))?;
    for (label, found) in question.labels.iter().zip(&figures) {
        let name = fit(&one_line(&label.value), 27);
        let pad = 28usize.saturating_sub(unicode_width::UnicodeWidthStr::width(name.as_str()));
        let alpha = found.alpha.map_or_else(|_| String::from("n/a"), |alpha| format!("{alpha:.3}"));
        let why = found.alpha.err().map_or_else(String::new, |why| format!("  {}", why.reason()));
        say(format!(
            "{name}{}{alpha:>8}{:>9}{:>9}{:>11}{why}",
            " ".repeat(pad),
            found.units,
            found.values,
            found.positives
        ))?;
    }
    Ok(())
}

pub(super) fn question<'d>(dataset: &'d Dataset, name: Option<&str>) -> Result<&'d Question, Failure> {
    let names: Vec<_> = dataset.questions.iter().map(|question| question.name.as_str()).collect();
    let found = match name {
        Some(name) => dataset.questions.iter().find(|question| question.name == name),
        None => dataset.questions.iter().find(|question| question.kind == crate::model::QuestionKind::MultiLabel),
    };
    found.ok_or_else(|| {
        Failure::failed(format!("'{}' has no such question", dataset.path()))
            .or_hint(format!("there is: {}", names.join(", ")))
    })
}

fn object(dataset: &Dataset, question: &Question, annotators: &[String], figures: &[LabelAgreement]) -> Value {
    let label = |(label, found): (&crate::model::Label, &LabelAgreement)| {
        json!({
            "label": label.value,
            "alpha": found.alpha.ok(),
            "low": null,
            "high": null,
            "units": found.units,
            "values": found.values,
            "positives": found.positives,
            "undefined": found.alpha.err().map(crate::model::Undefined::reason),
        })
    };
    let labels: Vec<Value> = question.labels.iter().zip(figures).map(label).collect();
    json!({
        "dataset": dataset.path(),
        "question": question.name,
        "policy": {"count": ["submitted"], "missing": null, "resamples": 0, "seed": null},
        "annotators": annotators,
        "units": figures.iter().map(|found| found.units).max().unwrap_or(0),
        "values": figures.iter().map(|found| found.values).max().unwrap_or(0),
        "labels": labels,
    })
}
