//! `labelry datasets`.

use clap::Subcommand;
use serde_json::json;

use super::{Common, Failure, Which, say, say_json};
use crate::exchange;
use crate::jobs::{self, JobContext};
use crate::model::{Dataset, Hide, Permission, Setup};
use crate::runtime;
use crate::store::Store;
use crate::text::one_line;

/// Datasets of the file.
#[derive(Debug, Subcommand)]
pub enum Datasets {
    /// List datasets
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Change how a dataset is labelled
    Set {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        setup: SetupArgs,
    },
    /// Show one dataset
    Show {
        #[command(flatten)]
        which: Which,
    },
}

/// What of a dataset can be changed.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub struct SetupArgs {
    /// How many people must submit a record, or none: everybody gets every record
    #[arg(long, value_name = "N|none", value_parser = least)]
    min_submitted: Option<Least>,
    /// What is hidden till one's own submit: others, suggestions, both or none
    #[arg(long, value_parser = hide)]
    hide: Option<Hide>,
    /// Order of the queue: import, or shuffle:SEED
    #[arg(long, value_parser = order)]
    order: Option<String>,
    /// New guidelines, or a file of them after @
    #[arg(long, value_name = "TEXT|@FILE")]
    guidelines: Option<String>,
}

/// A number of people, or none.
#[derive(Debug, Clone, Copy)]
struct Least(Option<u32>);

fn least(word: &str) -> Result<Least, String> {
    match (word, word.parse()) {
        ("none", _) => Ok(Least(None)),
        (_, Ok(count)) if count > 0 => Ok(Least(Some(count))),
        _ => Err(String::from("expected a number from 1, or none")),
    }
}

fn hide(word: &str) -> Result<Hide, String> {
    Hide::parse(word).ok_or_else(|| String::from("expected others, suggestions, both or none"))
}

fn order(word: &str) -> Result<String, String> {
    let known = word == "import" || word.strip_prefix("shuffle:").is_some_and(|seed| seed.parse::<u64>().is_ok());
    if known { Ok(word.to_owned()) } else { Err(String::from("expected import, or shuffle:SEED with a number")) }
}

fn set(which: &Which, args: SetupArgs, common: &Common) -> Result<(), Failure> {
    let mut store = common.store()?;
    let dataset = common.dataset(&mut store, which.name())?;
    let by = common.asks(&mut store, Permission::Manage, Some(&dataset))?;
    let guidelines = args.guidelines.map(|text| match text.strip_prefix('@') {
        Some(file) => {
            let file = std::path::Path::new(file);
            common.may_read(file)?;
            exchange::read_words(file).map_err(|why| Failure::from(jobs::JobError::from(why)))
        }
        None => Ok(text),
    });
    let guidelines = guidelines.transpose()?.filter(|text| *text != dataset.guidelines);
    let setup = Setup {
        min_submitted: args.min_submitted.map(|least| least.0),
        hide: args.hide,
        order: args.order,
        guidelines,
    };
    let mut given = JobContext { at: runtime::now(), uid: &mut runtime::uid };
    jobs::set_up(&mut store, &by, &dataset, &setup, &mut given)?;
    let dataset = common.dataset(&mut store, Some(&dataset.path()))?;
    say(line(&dataset))
}

/// `mail · hide others · order import · min_submitted 3 · guidelines 2`.
fn line(dataset: &Dataset) -> String {
    let least = dataset.min_submitted.map_or_else(|| String::from("none"), |least| least.to_string());
    format!(
        "{} · hide {} · order {} · min_submitted {least} · guidelines {}",
        one_line(&dataset.path()),
        dataset.hide.word(),
        one_line(&dataset.order),
        dataset.guidelines_version
    )
}

pub(super) fn run(args: Datasets, common: &Common) -> Result<(), Failure> {
    if let Datasets::Set { which, setup } = args {
        return set(&which, setup, common);
    }
    let mut store = common.store()?;
    match args {
        Datasets::Set { .. } => Ok(()),
        Datasets::List { json } => {
            let viewer = common.viewer(&mut store)?;
            for dataset in jobs::datasets(&mut store, viewer.as_ref())? {
                let records = store.counts(dataset.id, crate::model::UserId(0))?.records;
                if json {
                    say_json(&json!({"workspace": dataset.workspace, "name": dataset.name, "records": records}))?;
                } else {
                    say(format!("{:<32}{records:>9} records", one_line(&dataset.path())))?;
                }
            }
            Ok(())
        }
        Datasets::Show { which } => {
            let dataset = common.dataset(&mut store, which.name())?;
            let counts = store.counts(dataset.id, crate::model::UserId(0))?;
            say(format!("{} · {} records · hide {}", one_line(&dataset.path()), counts.records, dataset.hide.word()))?;
            let fields: Vec<_> = dataset.fields.iter().map(|field| one_line(&field.name)).collect();
            say(format!("fields: {}", fields.join(", ")))?;
            for question in &dataset.questions {
                let labels: Vec<_> = question.labels.iter().map(|label| one_line(&label.value)).collect();
                let need = if question.required { "required" } else { "optional" };
                say(format!(
                    "question {} ({}, {need}): {}",
                    one_line(&question.name),
                    question.kind.word(),
                    labels.join(", ")
                ))?;
            }
            for space in &dataset.vectors {
                say(format!("vectors {}: {} dimensions", one_line(&space.name), space.dimensions))?;
            }
            Ok(())
        }
    }
}
