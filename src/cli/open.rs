//! `labelry [FILE]`: the interface.

use std::path::{Path, PathBuf};

use super::{Common, Failure};
use crate::jobs;
use crate::model::Action;
use crate::runtime::{Sitting, sit};
use crate::store::sqlite::SqliteStore;

/// What to open.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The labelry file to label in
    file: Option<PathBuf>,
    /// The dataset, where there are several
    #[arg(long, value_name = "NAME")]
    dataset: Option<String>,
    /// The record to start at: an id or a number
    #[arg(long, value_name = "ID")]
    record: Option<String>,
}

pub(super) fn run(args: Args, common: &Common) -> Result<(), Failure> {
    let file = args.file.unwrap_or_else(|| common.file());
    if !file.exists() {
        return Err(Failure::failed(format!("there is no labelry file '{}'", file.display()))
            .or_hint("try it with 'labelry demo', or make one with 'labelry import records.jsonl'"));
    }
    label(&file, common, args.dataset.as_deref(), args.record)
}

/// Opens the interface on a file.
pub(super) fn label(
    file: &Path,
    common: &Common,
    dataset: Option<&str>,
    record: Option<String>,
) -> Result<(), Failure> {
    let mut store = SqliteStore::open(file)?;
    let user = common.user(&mut store, Action::Annotate)?;
    let dataset = jobs::dataset(&mut store, dataset)?;
    let question = super::agreement::question(&dataset, None)?.id;
    let question = dataset.questions.iter().position(|other| other.id == question).unwrap_or(0);
    drop(store);
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let submitted = sit(Sitting { file, user, dataset, question, record, no_color })?;
    super::say(format!("{submitted} submitted in this sitting; all is in {}", file.display()))
}
