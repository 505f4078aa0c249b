//! `labelry responses`.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::meter::Meter;
use super::{Common, Failure, Which, merge as merging, say};

use crate::jobs::merge::{Ask, Clash, MergeRule};
use crate::jobs::response_transfer::{self, Mapping, Match, ResponseSelection, TransferOptions, TransferReport};
use crate::jobs::{self, Caller, JobContext};
use crate::model::{Dataset, Permission, Status};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;
use crate::text::one_line;

/// Responses from one dataset to another, or gone.
#[derive(Debug, Subcommand)]
pub enum Responses {
    /// Copy responses to the same records of another dataset
    Copy(TransferArgs),
    /// Move responses to the same records of another dataset; those that cannot go stay where they are
    Move(TransferArgs),
    /// Delete responses; notes and flags stay
    Delete {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        chosen: Picked,
        /// Only on these records: a queue or words to search for
        #[arg(long, value_name = "QUERY")]
        query: Option<String>,
        /// Say how many there are, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
}

/// Which responses.
#[derive(Debug, clap::Args)]
pub struct Picked {
    /// Only of this annotator
    #[arg(long, value_name = "NAME")]
    of: Option<String>,
    /// Only with this status: draft, submitted or discarded
    #[arg(long, value_parser = status)]
    status: Option<Status>,
}

/// From where to where, and how.
#[derive(Debug, clap::Args)]
pub struct TransferArgs {
    /// The dataset they are in: name or workspace/name
    #[arg(long, value_name = "DATASET")]
    from: String,
    /// The dataset they go to
    #[arg(long, value_name = "DATASET")]
    to: String,
    #[command(flatten)]
    chosen: Picked,
    /// How a record is found there: id (one without id by its content), content, or metadata.KEY
    #[arg(long = "match", value_name = "HOW", default_value = "id", value_parser = matched)]
    by: Match,
    /// What questions and labels are called there: a CSV file with the columns question, label, `to_question`, `to_label`
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// What stands where both differ: newest, keep (what is there), theirs (what comes), or ask
    #[arg(long, value_name = "WHICH", default_value = "newest", value_parser = ["newest", "keep", "theirs", "ask"])]
    on_conflict: String,
    /// Say what would happen, with every conflict, and change nothing
    #[arg(long)]
    dry_run: bool,
}

fn status(word: &str) -> Result<Status, String> {
    Status::parse(word).ok_or_else(|| String::from("expected draft, submitted or discarded"))
}

fn matched(word: &str) -> Result<Match, String> {
    Match::parse(word).ok_or_else(|| String::from("expected id, content or metadata.KEY"))
}

pub(super) fn run(args: Responses, common: &Common) -> Result<(), Failure> {
    let (Responses::Copy(TransferArgs { dry_run, .. })
    | Responses::Move(TransferArgs { dry_run, .. })
    | Responses::Delete { dry_run, .. }) = &args;
    if let Responses::Copy(TransferArgs { mapping: Some(path), .. })
    | Responses::Move(TransferArgs { mapping: Some(path), .. }) = &args
    {
        common.may_read(path)?;
    }
    let mut tried = common.tried(*dry_run)?;
    let store = &mut tried.store;
    let by = common.asks(store, Permission::Manage, None)?;
    match args {
        Responses::Copy(way) => copy(store, &way, false, &by),
        Responses::Move(way) => copy(store, &way, true, &by),
        Responses::Delete { which, chosen, query, dry_run } => {
            let dataset = managed(store, which.name(), &by)?;
            if chosen.of.is_none() && chosen.status.is_none() && query.is_none() {
                return Err(Failure::failed("these would be all responses of the dataset")
                    .or_hint("say which: --of NAME, --status S, --query Q (all: --query all)")
                    .with_code(2));
            }
            let mut chosen = picked(store, &chosen)?;
            if let Some(query) = query {
                chosen.records = Some(records(store, &dataset, &query, common)?);
            }
            let moving = TransferOptions { chosen, dry_run, ..TransferOptions::default() };
            let meter = Meter::new();
            let mut given = JobContext { at: crate::runtime::now(), uid: &mut crate::runtime::uid };
            let counts = response_transfer::delete(store, &dataset, &moving, (&by, &mut given), &meter)
                .map_err(|error| meter.failure(error))?;
            meter.done();
            let would = if dry_run { "would delete" } else { "deleted" };
            for (name, count) in &counts {
                say(format!("{would} {} of {}", super::plural(*count, "response"), one_line(name)))?;
            }
            if counts.is_empty() {
                return say("there are no such responses");
            }
            super::history::undone(store, dry_run)
        }
    }
}

/// The records of a queue or a search, ascending.
pub(super) fn records(
    store: &mut SqliteStore,
    dataset: &Dataset,
    query: &str,
    common: &Common,
) -> Result<Vec<crate::model::RecordId>, Failure> {
    let (queue, user) = super::open::asked(query, dataset, store, common)?;
    let mut records = store.queue_records(dataset.id, user, &queue, None, i64::MAX as usize)?;
    records.sort_unstable();
    Ok(records)
}

fn picked(store: &mut dyn Store, picked: &Picked) -> Result<ResponseSelection, Failure> {
    let user = match &picked.of {
        None => None,
        Some(name) => {
            let users = store.users()?;
            let found = users.iter().find(|user| user.name == *name);
            Some(found.map(|user| user.id).ok_or_else(|| super::identity::unknown(name, &users))?)
        }
    };
    Ok(ResponseSelection { user, status: picked.status, records: None })
}

/// A dataset that I manage.
fn managed(store: &mut SqliteStore, name: Option<&str>, by: &Caller) -> Result<Dataset, Failure> {
    let dataset = jobs::dataset(store, name, by.user())?;
    jobs::may_ask(store, by, Permission::Manage, Some(dataset.id))?;
    Ok(dataset)
}

fn copy(store: &mut SqliteStore, way: &TransferArgs, leave: bool, by: &Caller) -> Result<(), Failure> {
    merging::can_ask(&way.on_conflict)?;
    let meter = Meter::new();
    let from = managed(store, Some(&way.from), by)?;
    let to = managed(store, Some(&way.to), by)?;
    let moving = TransferOptions {
        chosen: picked(store, &way.chosen)?,
        by: way.by.clone(),
        mapping: way.mapping.as_deref().map_or_else(|| Ok(Mapping::default()), mapping)?,
        rule: MergeRule::parse(&way.on_conflict).unwrap_or_default(),
        leave,
        dry_run: way.dry_run,
    };
    let mut given = JobContext { at: crate::runtime::now(), uid: &mut crate::runtime::uid };
    let mut all = None;
    let mut asked = |clash: &Clash| all.map_or_else(|| merging::ask(clash, &mut all), Ok);
    let ask: Option<Ask<'_>> = if way.on_conflict == "ask" { Some(&mut asked) } else { None };
    let moved = response_transfer::run(store, (&from, &to), &moving, (by, &mut given), ask, &meter);
    meter.done();
    let moved = moved.map_err(|error| meter.failure(error))?;
    let verb = match (leave, way.dry_run) {
        (false, false) => "copied",
        (false, true) => "would copy",
        (true, false) => "moved",
        (true, true) => "would move",
    };
    say(format!("{verb} responses from {} to {}", one_line(&from.path()), one_line(&to.path())))?;
    say_moved(&moved)?;
    super::history::undone(store, way.dry_run || !moved.changed(leave))
}

fn say_moved(moved: &TransferReport) -> Result<(), Failure> {
    for (name, counted) in &moved.people {
        say(format!("  {}: {}", one_line(name), merging::counted(*counted)))?;
    }
    if moved.people.is_empty() {
        say("  nothing")?;
    }
    for (what, names) in [
        ("records with responses that are not there", &moved.unmatched),
        ("records that several there may be", &moved.unclear),
    ] {
        if !names.is_empty() {
            let first: Vec<String> = names.iter().take(5).map(|name| one_line(name)).collect();
            let more = if names.len() > 5 { ", …" } else { "" };
            say(format!("  {} {what}: {}{more}", names.len(), first.join(", ")))?;
        }
    }
    merging::clashes(&moved.clashes)
}

fn mapping(path: &Path) -> Result<Mapping, Failure> {
    let rows = crate::exchange::read_mapping(path).map_err(jobs::JobError::from)?;
    let mut mapping = Mapping::default();
    for row in rows {
        if let Some(to) = row.to_question {
            mapping.questions.insert(row.question.clone(), to);
        }
        if let (Some(label), Some(to)) = (row.label, row.to_label) {
            mapping.labels.insert((row.question, label), to);
        }
    }
    Ok(mapping)
}
