//! `labelry controls`.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use super::{Common, Failure, say, say_json};
use crate::jobs::{self, JobContext, controls};
use crate::model::Permission;
use crate::runtime;
use crate::store::Store;
use crate::text::one_line;

/// Control records: known answers, untold among everybody's records.
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
    let by = common.asks(&mut store, Permission::Assign, Some(&dataset))?;
    let mut given = JobContext { at: runtime::now(), uid: &mut runtime::uid };
    let name = one_line(&dataset.path());
    match args {
        Controls::Add { file, .. } => {
            common.may_read(&file)?;
            let count = controls::add(&mut store, &dataset, &file, (&by, &mut given))?;
            let (records, them) = if count == 1 { ("record", "it comes") } else { ("records", "they come") };
            say(format!("{name} has {count} control {records}: {them} up for everybody, each in its own place, untold"))
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
