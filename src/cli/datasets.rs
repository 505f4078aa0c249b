//! `labelry datasets`.

use clap::Subcommand;
use serde_json::json;

use super::{Common, Failure, Which, say};
use crate::jobs;
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
    /// Show one dataset
    Show {
        #[command(flatten)]
        which: Which,
    },
}

pub(super) fn run(args: Datasets, common: &Common) -> Result<(), Failure> {
    let mut store = common.store()?;
    match args {
        Datasets::List { json } => {
            let viewer = common.viewer(&mut store)?;
            for dataset in jobs::datasets(&mut store, viewer.as_ref())? {
                let records = store.counts(dataset.id, crate::model::UserId(0))?.records;
                if json {
                    say(json!({"workspace": dataset.workspace, "name": dataset.name, "records": records}))?;
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
