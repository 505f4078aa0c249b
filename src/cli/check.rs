//! `labelry check`.

use super::meter::Meter;
use super::{Common, Failure, say};
use crate::jobs::{self, JobError};
use crate::store::Store;
use crate::store::sqlite::{CheckError, SqliteStore};
use crate::text::one_line;

/// Look at everything in the file: integrity, references, vectors, answers, counters, text index, history
///
/// Nothing is changed, unless --repair-index says so. Exit code 3 when something is wrong.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Make indices, the text index, counters and sums of agreement anew from the rows
    #[arg(long)]
    repair_index: bool,
}

pub(super) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let meter = Meter::new();
    let mut store = if args.repair_index { SqliteStore::open(&common.file())? } else { common.store()? };
    if args.repair_index {
        let by = common.asks(&mut store, crate::model::Permission::WholeFile, None)?;
        store.begin()?;
        let done = jobs::may_ask(&mut store, &by, crate::model::Permission::WholeFile, None);
        let done = done.and_then(|_| Ok(store.repair_index()?)).and_then(|()| Ok(store.commit()?));
        if done.is_err() {
            store.rollback()?;
        }
        done?;
        say("indices, text index, counters and sums were made anew")?;
    }
    let found = if store.is_read_only() {
        let folder = tempfile::tempdir()?;
        store
            .copied(&folder.path().join("check.db"))
            .map_or_else(|why| Err(why.into()), |copy| store.check_frozen(&copy, &meter))
    } else {
        store.check(&meter)
    };
    let found = found.map_err(|error| {
        meter.failure(match error {
            CheckError::Store(error) => JobError::Store(error),
            CheckError::Cancelled(cancelled) => JobError::Cancelled(cancelled),
        })
    })?;
    meter.done();
    if found.is_empty() {
        return say(
            "ok: integrity, references, vectors, answers, counters, text index, and the history leads to the present state",
        );
    }
    for finding in &found {
        say(format!("{}\n  do: {}", one_line(&finding.what), finding.way_out))?;
    }
    Err(Failure::failed(format!("{} found", super::plural(found.len() as u64, "fault"))).with_code(3))
}
