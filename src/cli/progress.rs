//! `labelry progress`.

use serde_json::{Value, json};

use super::{Common, Failure, Which, say, say_json};
use crate::jobs::{self, progress};
use crate::model::dataset_progress::{DatasetProgress, Worker};
use crate::model::{Dataset, User};
use crate::runtime;
use crate::session::{number, progress_lines};
use crate::store::sqlite::SqliteStore;
use crate::text::{fit, one_line};

/// How wide a line is.
const WIDTH: usize = 96;

/// How far people are: per annotator, per label and per day; of several datasets, what is complete in each
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// One JSON object a dataset
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let mut store = common.store()?;
    let viewer = common.viewer(&mut store)?;
    let datasets = match args.which.name() {
        Some(name) => vec![jobs::dataset(&mut store, Some(name), viewer.as_ref())?],
        None => jobs::datasets(&mut store, viewer.as_ref())?,
    };
    if datasets.is_empty() {
        // The same words as elsewhere.
        jobs::dataset(&mut store, None, viewer.as_ref())?;
    }
    if let ([dataset], false) = (datasets.as_slice(), args.json) {
        let found = progress::dataset_progress(&mut store, dataset, viewer.as_ref(), &runtime::date)?;
        say(one_line(&dataset.path()))?;
        return progress_lines(&found, WIDTH).iter().try_for_each(say);
    }
    if !args.json {
        return overview(&mut store, &datasets, viewer.as_ref());
    }
    for dataset in &datasets {
        let found = progress::dataset_progress(&mut store, dataset, viewer.as_ref(), &runtime::date)?;
        say_json(&object(dataset, &found))?;
    }
    Ok(())
}

fn object(dataset: &Dataset, found: &DatasetProgress) -> Value {
    let person = |worker: &Worker| {
        let mut person = json!({
            "name": worker.name,
            "submitted": worker.submitted,
            "draft": worker.draft,
            "discarded": worker.discarded,
            "pending": worker.pending,
            "seconds": worker.seconds,
        });
        if let Some(assigned) = worker.assigned {
            person["assigned"] = json!(assigned);
        }
        if let Some((answered, right, labels)) = worker.controls {
            person["controls"] = json!({"answered": answered, "right": right, "labels": labels});
        }
        person
    };
    let label = |(question, label, positives, answers): &(String, String, u64, u64)| json!({"question": question, "label": label, "positives": positives, "answers": answers});
    let days = found.days.iter().map(|(day, count)| json!({"day": day, "submitted": count}));
    json!({
        "dataset": dataset.path(),
        "records": found.records,
        "completed": found.completed,
        "annotators": found.people.iter().map(person).collect::<Vec<_>>(),
        "labels": found.labels.iter().map(label).collect::<Vec<_>>(),
        "days": days.collect::<Vec<_>>(),
    })
}

/// A row a dataset, by workspace.
fn overview(store: &mut SqliteStore, datasets: &[Dataset], viewer: Option<&User>) -> Result<(), Failure> {
    say(format!("{:<18}{:<24}{:>11}{:>11}{:>11}", "workspace", "dataset", "records", "complete", "pending"))?;
    for dataset in datasets {
        let found = progress::dataset_progress(store, dataset, viewer, &runtime::date)?;
        say(format!(
            "{:<18}{:<24}{:>11}{:>11}{:>11}",
            fit(&one_line(&dataset.workspace), 17),
            fit(&one_line(&dataset.name), 23),
            number(found.records as i64),
            number(found.completed as i64),
            number(found.records.saturating_sub(found.completed) as i64),
        ))?;
    }
    Ok(())
}
