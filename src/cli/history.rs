//! `labelry history`.

use clap::Subcommand;
use serde_json::json;

use super::agreement::args::since;
use super::{Common, Failure, say};
use crate::jobs::history::{self, HistoryLine};
use crate::jobs::{self, JobContext};
use crate::model::{Permission, Timestamp};
use crate::runtime;
use crate::store::{Events, Store};
use crate::text::{fit, one_line};

/// Who changed what and when, newest first; and whole steps taken back
///
/// Each line is an event with its number. 'labelry history undo NUMBER' takes back the step it belongs to: an answer, a
/// bulk edit, an import, a merge, moved responses, a change of labels. It refuses where something of it was changed
/// since. An undo is a step too, so that undoing it does it again.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Only of this dataset
    #[arg(long)]
    dataset: Option<String>,
    /// Only on this record: an id or a number
    #[arg(long, value_name = "ID")]
    record: Option<String>,
    /// Only by this person
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Only from this time on: 2026-01-31 or 2026-01-31T10:00:00Z
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<Timestamp>,
    /// At most so many lines
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Take back the step that an event belongs to
    Undo {
        /// The event's number
        event: i64,
    },
}

pub(super) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let mut store = common.store()?;
    if let Some(Verb::Undo { event }) = &args.verb {
        let by = common.asks(&mut store, Permission::Annotate, None)?;
        let mut given = JobContext { at: runtime::now(), uid: &mut runtime::uid };
        let (told, count) = history::undo(&mut store, *event, &by, &mut given)?;
        let what = if count == 1 { String::from("1 change") } else { format!("{count} changes") };
        return say(format!("undone: {} of {} ({what})", one_line(told.kind.word()), when(told.at)));
    }
    let dataset = match (&args.dataset, &args.record) {
        (None, None) => None,
        (name, _) => Some(common.dataset(&mut store, name.as_deref())?),
    };
    let record = match (&args.record, &dataset) {
        (Some(name), Some(dataset)) => Some(jobs::record(&mut store, dataset, name)?),
        _ => None,
    };
    let user = match &args.by {
        None => None,
        Some(name) => {
            let users = store.users()?;
            let found = users.iter().find(|user| user.name == *name);
            Some(found.map(|user| user.id).ok_or_else(|| super::identity::unknown(name, &users))?)
        }
    };
    let viewer = common.viewer(&mut store)?;
    let ask = Events {
        before: None,
        dataset: dataset.map(|dataset| dataset.id),
        record,
        user,
        since: args.since,
        limit: args.limit,
    };
    for line in history::lines(&mut store, viewer.as_ref(), &ask)? {
        if args.json { super::say_json(&object(&line))? } else { say(row(&line))? }
    }
    Ok(())
}

fn when(at: Option<Timestamp>) -> String {
    at.map_or_else(|| String::from("an unknown time"), |at| runtime::date_time(at.0))
}

/// `  1234  2026-11-25 10:15:02  ana  submit  reviews r-0412  no response → submitted billing`.
fn row(line: &HistoryLine) -> String {
    let told = &line.event;
    let place = match (line.together, line.record.as_str()) {
        (1, record) => format!("{} {record}", line.dataset).trim().to_owned(),
        (count, _) => format!("{} {count} records", line.dataset),
    };
    let what = match (line.together, line.before.as_str(), line.after.as_str()) {
        (2.., ..) => String::new(),
        (_, "", after) => after.to_owned(),
        (_, before, after) => format!("{before} → {after}"),
    };
    let text = format!(
        "{:>7}  {}  {:<12} {:<10} {:<20} {}",
        told.seq,
        when(told.at),
        fit(&one_line(&line.user), 12),
        one_line(told.kind.word()),
        fit(&one_line(&place), 40),
        one_line(&what)
    );
    text.trim_end().to_owned()
}

fn object(line: &HistoryLine) -> serde_json::Value {
    let told = &line.event;
    let parse =
        |text: &Option<String>| text.as_deref().and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    json!({
        "event": told.seq,
        "uid": told.uid.0,
        "step": told.changeset.0,
        "at": told.at.map(Timestamp::to_rfc3339),
        "user": line.user,
        "kind": told.kind.word(),
        "dataset": line.dataset,
        "record": line.record,
        "records": line.together,
        "before": if line.before.is_empty() { parse(&told.before) } else { Some(json!(line.before)) },
        "after": if line.after.is_empty() { parse(&told.after) } else { Some(json!(line.after)) },
    })
}

/// Says how the newest step is taken back.
pub(super) fn undone(store: &mut dyn Store, dry_run: bool) -> Result<(), Failure> {
    if dry_run {
        return Ok(());
    }
    let newest = store.events(&crate::store::Events { limit: 1, ..crate::store::Events::default() })?;
    newest.first().map_or(Ok(()), |event| say(format!("  undo with: labelry history undo {}", event.seq)))
}
