//! `labelry pack`.

use std::path::PathBuf;

use super::meter::Meter;
use super::{Common, Failure, Which, output, say};
use crate::jobs::JobContext;
use crate::jobs::pack::{self, Pack};
use crate::model::Permission;
use crate::store::Store;
use crate::store::sqlite::SqliteStore;
use crate::text::one_line;

/// Hand out one annotator's part: a file with their records, the labels and guidelines, and nobody else's answers
///
/// They label in it with 'labelry FILE', under their own name whatever their login is, and send it back whole;
/// 'labelry merge FILE' brings their work home.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// Whose part
    #[arg(long = "for", value_name = "NAME")]
    whom: String,
    /// The file to make
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace a file that is there; a labelry file never is
    #[arg(long)]
    force: bool,
    /// Of what is still to do at most so many records
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Of what is still to do only these records: a queue or words to search for
    #[arg(long, value_name = "QUERY")]
    query: Option<String>,
}

pub(super) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let meter = Meter::new();
    let mut store = common.store()?;
    let dataset = common.dataset(&mut store, args.which.name())?;
    let by = common.asks(&mut store, Permission::Manage, Some(&dataset))?;
    let users = store.users()?;
    let Some(user) = users.iter().find(|user| user.name == args.whom) else {
        return Err(super::identity::unknown(&args.whom, &users));
    };
    let outputs = common.outputs().replacing(args.force);
    let unwritten = |why: std::io::Error| output::failure(&args.out, &why);
    outputs.may_write_file(&args.out).map_err(unwritten)?;
    let only = match &args.query {
        None => None,
        Some(query) => Some(super::responses::records(&mut store, &dataset, query, common)?),
    };
    // Made under another name in the same folder, and renamed once it is whole.
    let short = args.out.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let part = args.out.with_file_name(format!("{short}.{}.part", crate::runtime::uid().0));
    let gone = || {
        for end in ["", "-wal", "-shm"] {
            let _absent = std::fs::remove_file(format!("{}{end}", part.display()));
        }
    };
    let wanted = Pack { limit: args.limit, only };
    let made = (|| {
        let mut new = SqliteStore::open_or_create(&part)?;
        meter.makes(&new);
        let mut given = JobContext { at: crate::runtime::now(), uid: &mut crate::runtime::uid };
        let done = pack::pack(&mut store, &mut new, (&dataset, user), &wanted, (&by, &mut given), &meter);
        let report = done.map_err(|error| meter.failure(error))?;
        new.fold()?;
        Ok::<_, Failure>(report)
    })();
    meter.done();
    let report = made.inspect_err(|_| gone())?;
    let kept = outputs.put(&part, &args.out);
    gone();
    output::say_replaced(&[kept.map_err(unwritten)?])?;
    let held = report.responses().added;
    let held = if held > 0 { format!(", {} of theirs", super::plural(held, "response")) } else { String::new() };
    say(format!(
        "{}: {} for {}{held}",
        super::shown(&args.out),
        super::plural(report.records.added, "record"),
        one_line(&user.name)
    ))?;
    say(format!(
        "they label with: labelry {}\nthen merge it with: labelry merge {}",
        one_line(&short),
        super::shown(&args.out)
    ))
}
