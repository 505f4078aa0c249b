//! `labelry controls`.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use super::{Common, Failure, say, say_json};
use crate::jobs::{self, Given, controls};
use crate::model::{Action, Rate};
use crate::runtime;
use crate::store::{Plans, Store};
use crate::text::one_line;

/// Control records: known answers, mixed unseen into everybody's queue.
#[derive(Debug, Subcommand)]
pub enum Controls {
    /// Add known answers from a CSV with the columns `id` and `answer`, or one for each question
    ///
    /// Labels are separated by `;`, or stand in a JSON list; `[]` is none of these.
    Add {
        /// The CSV
        file: PathBuf,
        /// The dataset, where there are several
        #[arg(long)]
        dataset: Option<String>,
        /// Share of the records after which one comes up [default: 0.1]
        #[arg(long, value_name = "SHARE")]
        rate: Option<f64>,
        /// Of the places where they come up
        #[arg(long, value_name = "N", default_value_t = 42)]
        seed: u64,
    },
    /// List control records with their known answers
    List {
        /// The dataset, where there are several
        #[arg(long)]
        dataset: Option<String>,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Forget known answers; the records stay, and are records like any other
    Delete {
        /// Ids of records
        #[arg(required_unless_present = "all")]
        records: Vec<String>,
        /// All of them
        #[arg(long, conflicts_with = "records")]
        all: bool,
        /// The dataset, where there are several
        #[arg(long)]
        dataset: Option<String>,
    },
}

pub(super) fn run(args: Controls, common: &Common) -> Result<(), Failure> {
    let mut store = common.store()?;
    let (Controls::Add { dataset, .. } | Controls::List { dataset, .. } | Controls::Delete { dataset, .. }) = &args;
    let dataset = common.dataset(&mut store, dataset.as_deref())?;
    let by = common.asks(&mut store, Action::Assign, Some(&dataset))?;
    let mut given = Given { at: runtime::now(), uid: &mut runtime::uid };
    let name = one_line(&dataset.path());
    match args {
        Controls::Add { file, rate, seed, .. } => {
            if let Some(share) = rate.filter(|share| !(*share > 0.0 && *share <= 1.0)) {
                return Err(Failure::failed(format!("--rate is a share above 0 and up to 1, not {share}"))
                    .or_hint("as --rate 0.1: after every tenth record")
                    .with_code(2));
            }
            let rate = rate.map(|rate| Rate { rate, seed });
            let count = controls::add(&mut store, &dataset, &file, rate, (&by, &mut given))?;
            let rate = store.control_rate(dataset.id)?.map_or(0.0, |rate| rate.rate);
            say(format!(
                "{name} has {count} control record{}: one comes up after {:.0} % of the records, unseen, while there are some",
                if count == 1 { "" } else { "s" },
                rate * 100.0
            ))
        }
        Controls::List { json, .. } => {
            for control in controls::list(&mut store, &dataset, &by)? {
                let record = store.record(control.record)?.name();
                if json {
                    say_json(&json!({"id": record, "answers": control.answers}))?;
                } else {
                    let answers = serde_json::Value::Object(control.answers).to_string();
                    say(format!("{:<24}{}", one_line(&record), one_line(&answers)))?;
                }
            }
            Ok(())
        }
        Controls::Delete { records, .. } => {
            let mut ids = Vec::new();
            for record in &records {
                ids.push(jobs::record(&mut store, &dataset, record)?);
            }
            let count = controls::remove(&mut store, &dataset, &ids, (&by, &mut given))?;
            say(format!("{count} known answers of {name} are forgotten; the records stay"))
        }
    }
}
