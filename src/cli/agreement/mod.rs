//! `labelry agreement`.

use serde_json::{Value, json};

use super::{Common, Failure, Which, say};
use crate::jobs;
use crate::model::{Dataset, LabelAgreement, Question, Resampling};
use crate::store::Store;
use crate::text::{fit, one_line};

/// Krippendorff's alpha of each label of a dataset's question with its 95 % interval, submitted answers only
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// The question, where there are several
    #[arg(long)]
    question: Option<String>,
    /// One row per label
    #[arg(long)]
    by_label: bool,
    /// Resamples of the 95 % bootstrap interval over records; 0 leaves it out
    #[arg(long, value_name = "N", default_value_t = Resampling::default().resamples)]
    resamples: u32,
    /// Seed of the resamples
    #[arg(long, value_name = "N", default_value_t = Resampling::default().seed)]
    seed: u64,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let mut store = common.store()?;
    let dataset = jobs::dataset(&mut store, args.which.name())?;
    let question = question(&dataset, args.question.as_deref())?;
    let resampling = Resampling { resamples: args.resamples, seed: args.seed };
    let found = jobs::agreement::by_label(&mut store, question, resampling)?;
    let users = store.users()?.into_iter();
    let annotators: Vec<String> = users.filter(|user| found.raters.contains(&user.id)).map(|user| user.name).collect();
    if args.json {
        return say(object(&dataset, question, &annotators, &found.labels, resampling));
    }
    table(&dataset, question, &found.labels, resampling)
}

fn table(
    dataset: &Dataset,
    question: &Question,
    figures: &[LabelAgreement],
    resampling: Resampling,
) -> Result<(), Failure> {
    say(format!(
        "{} · {} · Krippendorff's alpha, nominal · submitted only; skips excluded",
        one_line(&dataset.path()),
        one_line(&question.name)
    ))?;
    let Resampling { resamples, seed } = resampling;
    let interval = if resamples == 0 {
        String::new()
    } else {
        say(format!("95 % bootstrap interval over records: {resamples} resamples, seed {seed}"))?;
        format!("{:>16}", "low–high")
    };
    say(format!("{:<28}{:>8}{interval}{:>9}{:>9}{:>11}", "label", "alpha", "units", "values", "positives"))?;
    for (label, found) in question.labels.iter().zip(figures) {
        say(row(&label.value, found, resampling))?;
    }
    Ok(())
}

fn row(label: &str, found: &LabelAgreement, resampling: Resampling) -> String {
    let name = fit(&one_line(label), 27);
    let pad = 28usize.saturating_sub(unicode_width::UnicodeWidthStr::width(name.as_str()));
    let alpha = found.alpha.map_or_else(|_| String::from("n/a"), |alpha| format!("{alpha:.3}"));
    let bounds = found.bounds().map_or_else(String::new, |(low, high)| format!("{low:.3}–{high:.3}"));
    let interval = if resampling.resamples == 0 { String::new() } else { format!("{bounds:>16}") };
    let undefined = found.interval.map_or(0, |interval| interval.undefined);
    let why = match found.alpha.err() {
        Some(why) => format!("  {}", why.reason()),
        None if undefined > 0 => format!("  n/a in {undefined} resamples"),
        None => String::new(),
    };
    let LabelAgreement { units, values, positives, .. } = found;
    format!("{name}{}{alpha:>8}{interval}{units:>9}{values:>9}{positives:>11}{why}", " ".repeat(pad))
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

fn object(
    dataset: &Dataset,
    question: &Question,
    annotators: &[String],
    figures: &[LabelAgreement],
    resampling: Resampling,
) -> Value {
    let label = |(label, found): (&crate::model::Label, &LabelAgreement)| {
        json!({
            "label": label.value,
            "alpha": found.alpha.ok(),
            "low": found.bounds().map(|(low, _)| low),
            "high": found.bounds().map(|(_, high)| high),
            "undefined_resamples": found.interval.map(|interval| interval.undefined),
            "units": found.units,
            "values": found.values,
            "positives": found.positives,
            "undefined": found.alpha.err().map(crate::model::Undefined::reason),
        })
    };
    let labels: Vec<Value> = question.labels.iter().zip(figures).map(label).collect();
    let seed = (resampling.resamples > 0).then_some(resampling.seed);
    let policy = json!({"count": ["submitted"], "missing": null, "resamples": resampling.resamples, "seed": seed});
    json!({
        "dataset": dataset.path(),
        "question": question.name,
        "policy": policy,
        "annotators": annotators,
        "units": figures.iter().map(|found| found.units).max().unwrap_or(0),
        "values": figures.iter().map(|found| found.values).max().unwrap_or(0),
        "labels": labels,
    })
}
