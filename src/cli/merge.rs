//! `labelry merge`.

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::meter::Meter;
use super::{Common, Failure, Tried, backup, say};

use crate::exchange::{STDIN, is_sqlite};
use crate::jobs::import::{Import, import};
use crate::jobs::merge::{self, ChangeCounts, Clash, Clashes, Merge, MergeReport, MergeRule};
use crate::jobs::{Caller, JobContext, JobError};
use crate::model::{Dataset, DatasetId, EventKind, Permission, Sight};
use crate::progress::Silent;
use crate::store::Store;
use crate::store::sqlite::SqliteStore;
use crate::text::{names, one_line};

/// Put other people's files, or exports of any tool, into this one; merging twice changes nothing
///
/// Records are matched by id, answers by person and record. Where both files hold something that differs, the later one
/// stands (--on-conflict newest), in whatever order files are merged. A backup is made first, and each file is one step
/// that 'labelry history undo' takes back. Roles, names and settings of this file stay as they are.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Args {
    /// labelry files, or files that 'labelry import' reads
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// What stands where both differ: newest, keep (what is here), theirs, or ask. With all but newest the order of
    /// files matters
    #[arg(long, value_name = "WHICH", default_value = "newest", value_parser = ["newest", "keep", "theirs", "ask"])]
    on_conflict: String,
    /// This name is one person in both files, although the files made it apart; '*' for all names
    #[arg(long, value_name = "NAME")]
    same_user: Vec<String>,
    /// The person of that name there has this name here: ana=ana-b, or for one of several files ana.db:ana=ana-b
    #[arg(long, value_name = "[FILE:]NAME=OTHER", value_parser = mapped)]
    map_user: Vec<(Option<String>, String, String)>,
    /// Only this dataset of theirs
    #[arg(long, value_name = "THEIRS")]
    dataset: Option<String>,
    /// Into this dataset of ours; needs --dataset where they have several
    #[arg(long = "as", value_name = "OURS")]
    into: Option<String>,
    /// Take answers of more than a day from now, which stand over all that follow
    #[arg(long)]
    accept_future: bool,
    /// Take others' answers too from a file that was made for one person (a pack, told by its user whose login is '*')
    #[arg(long)]
    accept_others: bool,
    /// Say what would happen, with every conflict, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Make no backup first
    #[arg(long)]
    no_backup: bool,
    /// One JSON object a file
    #[arg(long)]
    json: bool,
}

fn mapped(text: &str) -> Result<(Option<String>, String, String), String> {
    let (name, other) = text.rsplit_once('=').ok_or("expected NAME=OTHER, as in ana=ana-b")?;
    let (file, name) = name.rsplit_once(':').map_or((None, name), |(file, name)| (Some(file.to_owned()), name));
    if name.is_empty() {
        return Err(String::from("expected NAME=OTHER, as in ana=ana-b"));
    }
    if let Some(why) = names::fault(other) {
        return Err(format!("nobody can be called '{}': {why}", one_line(other)));
    }
    Ok((file, name.to_owned(), other.to_owned()))
}

pub(super) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let meter = Meter::new();
    let file = common.file();
    can_ask(&args.on_conflict)?;
    for other in &args.files {
        if common.outputs().may_read(other).is_err() {
            let words = format!("'{}' is the file that is merged into", one_line(&other.display().to_string()));
            return Err(Failure::failed(words).or_hint("name the others' files; --db says which one is yours"));
        }
    }
    let named = |name: &String| args.files.iter().any(|file| is_called(file, name));
    if let Some(name) = args.map_user.iter().filter_map(|(file, ..)| file.as_ref()).find(|name| !named(name)) {
        return Err(Failure::failed(format!("--map-user names the file '{}', which is not merged", one_line(name)))
            .or_hint("name one of the files as on the command line, or leave FILE: out")
            .with_code(2));
    }
    let mut tried = if args.dry_run && file.exists() {
        common.tried(true)?
    } else {
        Tried { store: SqliteStore::open_or_create(&file)?, _folder: None }
    };
    meter.makes(&tried.store);
    let done = backed_up(args, &mut tried.store, &file, common, &meter);
    // A file that was made for this and came to hold nothing is none.
    tried.store.unmake()?;
    done
}

/// Merges, with a copy of the file as it was beside it where there was something in it.
fn backed_up(args: &Args, store: &mut SqliteStore, file: &Path, common: &Common, meter: &Meter) -> Result<(), Failure> {
    let by = common.asks(store, Permission::WholeFile, None)?;
    let kept = !args.dry_run && !args.no_backup && !store.datasets()?.is_empty();
    let backup = if kept { Some(backup::before(store, file, "merge")?) } else { None };
    let before = store.changes_since(0)?;
    let done = all(args, store, &by, meter);
    if let Some(backup) = backup {
        let same = done.is_err() && store.changes_since(before).is_ok_and(|now| now == before);
        if same || matches!(done, Ok(false)) {
            std::fs::remove_file(&backup)?;
        } else if !args.json {
            say(format!("as it was before: {}", super::shown(&backup)))?;
        }
    }
    done.map(|_| ())
}

/// Whoever is known to the other file as somebody who may not see all of it cannot take it into a file of their own.
/// What was packed for somebody is theirs.
fn shown_to(theirs: &mut SqliteStore, by: &Caller, path: &Path) -> Result<(), Failure> {
    let me = theirs.users()?.into_iter().find(|user| user.name == by.name() && user.login.as_deref() != Some("*"));
    let Some(me) = me else { return Ok(()) };
    let hidden = theirs.datasets()?.into_iter().find(|dataset| Sight::of(Some(&me), dataset) != Sight::ALL);
    hidden.map_or(Ok(()), |dataset| {
        let what = format!(
            "'{}' is {} in '{}', where '{}' hides answers or suggestions",
            one_line(&me.name),
            me.role.word(),
            one_line(&path.display().to_string()),
            one_line(&dataset.path())
        );
        Err(Failure::failed(what).or_hint("ask its owner for a pack of your own: labelry pack --for NAME"))
    })
}

/// Merges one after the other; tells whether anything changed.
fn all(args: &Args, store: &mut SqliteStore, by: &Caller, meter: &Meter) -> Result<bool, Failure> {
    let several = args.files.len() > 1;
    let mut changed = false;
    for (at, other) in args.files.iter().enumerate() {
        let report = one(args, store, other, by, meter).map_err(|failure| {
            let done = format!("the {at} before it are merged; mend it, and merge all again: what is here is skipped");
            if several && at > 0 && !args.dry_run { failure.or_hint(done) } else { failure }
        })?;
        meter.done();
        if args.json {
            super::say_json(&report.json())?;
        } else {
            say_report(&report, args.dry_run)?;
        }
        changed |= report.changed && !args.dry_run;
        if report.changed && !args.dry_run && !args.json {
            super::history::undone(store, false)?;
        }
    }
    Ok(changed)
}

/// Whether a file is meant by this name: its path, or its name alone.
fn is_called(path: &Path, name: &str) -> bool {
    path.display().to_string() == name || path.file_name().is_some_and(|file| file.to_string_lossy() == name)
}

/// Whether a file is one of `SQLite`'s, ours or not.
fn is_database(path: &Path) -> bool {
    path.as_os_str() != STDIN && is_sqlite(path)
}

fn one(args: &Args, store: &mut SqliteStore, path: &Path, by: &Caller, meter: &Meter) -> Result<MergeReport, Failure> {
    let name = path.display().to_string();
    let mine = |file: &Option<String>| file.as_ref().is_none_or(|file| is_called(path, file));
    let mut wanted = Merge {
        rule: MergeRule::parse(&args.on_conflict).unwrap_or_default(),
        by: Some(by.clone()),
        same_user: args.same_user.clone(),
        map_user: args
            .map_user
            .iter()
            .filter(|(file, ..)| mine(file))
            .map(|(_, a, b)| (a.clone(), b.clone()))
            .collect(),
        name,
        accept_future: args.accept_future,
        accept_others: args.accept_others,
        kind: EventKind::Merge,
        dry_run: args.dry_run,
        ..Merge::default()
    };
    if is_database(path) {
        let mut theirs = SqliteStore::open_other(path)?;
        shown_to(&mut theirs, by, path)?;
        wanted.dataset = dataset(args, &mut theirs)?;
        consent(store, &mut theirs, &mut wanted, meter)?;
        return merged(store, &mut theirs, &wanted, args, meter);
    }
    // An export becomes a file of ours first, which nobody keeps.
    let folder = tempfile::tempdir()?;
    let mut theirs = SqliteStore::open_or_create(&folder.path().join("export.db"))?;
    let read = Import { files: vec![path.to_owned()], dataset: args.dataset.clone(), ..Import::default() };
    let mut given = JobContext { at: crate::runtime::now(), uid: &mut crate::runtime::uid };
    import(&mut theirs, &read, &mut given, &Silent).map_err(|error| {
        meter.failure(error).or_hint(
            "what the file needs to be told, 'labelry import' takes: import it into a file of its own, and merge that",
        )
    })?;
    wanted.dataset = dataset(args, &mut theirs)?;
    // An export knows people by name alone.
    wanted.same_user.push(String::from("*"));
    wanted.export = true;
    merged(store, &mut theirs, &wanted, args, meter)
}

/// Asks whether a file that was made for one person may bring others' answers, where there is somebody to ask; who
/// merges without a terminal says it with the flag.
fn consent(
    store: &mut SqliteStore,
    theirs: &mut SqliteStore,
    wanted: &mut Merge,
    meter: &Meter,
) -> Result<(), Failure> {
    let asked = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if wanted.accept_others || wanted.dry_run || !asked || merge::made_for(&theirs.users()?).is_empty() {
        return Ok(());
    }
    let tried = Merge { dry_run: true, ..wanted.clone() };
    let mut given = JobContext { at: crate::runtime::now(), uid: &mut crate::runtime::uid };
    let report = merge::merge(store, theirs, &tried, &mut given, None, meter).map_err(|error| meter.failure(error))?;
    meter.done();
    if report.others.is_empty() {
        return Ok(());
    }
    let mut err = std::io::stderr();
    let (file, people) = (one_line(&wanted.name), merge::counts(&report.others));
    writeln!(err, "'{file}' was made for one person, and holds new answers or marks of others: of {people}")?;
    write!(err, "Take them too? y/n: ")?;
    err.flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    wanted.accept_others = matches!(line.trim(), "y" | "Y" | "yes");
    Ok(())
}

/// Their dataset that is meant, and what it is here.
fn dataset(args: &Args, theirs: &mut SqliteStore) -> Result<Option<(DatasetId, Option<String>)>, Failure> {
    if args.dataset.is_none() && args.into.is_none() {
        return Ok(None);
    }
    let found: Dataset = crate::jobs::any_dataset(theirs, args.dataset.as_deref())?;
    Ok(Some((found.id, args.into.clone())))
}

fn merged(
    store: &mut SqliteStore,
    theirs: &mut SqliteStore,
    wanted: &Merge,
    args: &Args,
    meter: &Meter,
) -> Result<MergeReport, Failure> {
    let mut given = JobContext { at: crate::runtime::now(), uid: &mut crate::runtime::uid };
    let mut all = None;
    let mut asked = |clash: &Clash| match all {
        Some(rule) => Ok(rule),
        None => ask(clash, &mut all),
    };
    let ask: Option<merge::Ask<'_>> = if args.on_conflict == "ask" { Some(&mut asked) } else { None };
    let report = merge::merge(store, theirs, wanted, &mut given, ask, meter);
    if report.is_ok() {
        meter.keeps();
    }
    meter.done();
    report.map_err(|error| meter.failure(error))
}

/// Whether there is somebody to ask where that is wanted.
pub(super) fn can_ask(on_conflict: &str) -> Result<(), Failure> {
    if on_conflict != "ask" || std::io::stdin().is_terminal() {
        return Ok(());
    }
    Err(Failure::failed("--on-conflict ask needs a terminal to ask in")
        .or_hint("say newest, keep or theirs; --dry-run shows every conflict")
        .with_code(2))
}

/// Asks which of two stands; a capital answers for all that come.
pub(super) fn ask(clash: &Clash, all: &mut Option<MergeRule>) -> Result<MergeRule, JobError> {
    let lines = |text: &str| one_line(text);
    let mut err = std::io::stderr();
    writeln!(err, "{} · {}", lines(&clash.record), lines(&clash.user))?;
    writeln!(err, "  here:  {}\n  there: {}", lines(&clash.ours), lines(&clash.theirs))?;
    loop {
        write!(err, "h here, t there, n the later one; H, T, N for all that come; q stop: ")?;
        err.flush()?;
        let mut line = String::new();
        if std::io::stdin().lock().read_line(&mut line)? == 0 {
            return Err(JobError::Cancelled(crate::progress::Cancelled));
        }
        let rule = match line.trim() {
            "h" | "H" => MergeRule::Keep,
            "t" | "T" => MergeRule::Theirs,
            "n" | "N" => MergeRule::Newest,
            "q" => return Err(JobError::Cancelled(crate::progress::Cancelled)),
            _ => continue,
        };
        if line.trim().chars().all(char::is_uppercase) {
            *all = Some(rule);
        }
        return Ok(rule);
    }
}

/// `3 added, 1 replaced, 2 older ones left, 5 the same`.
pub(super) fn counted(counted: ChangeCounts) -> String {
    let parts = [
        (counted.added, "added"),
        (counted.replaced, "replaced"),
        (counted.kept, "that differ stay as they are here"),
        (counted.same, "here already"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if parts.is_empty() { String::from("nothing") } else { parts.join(", ") }
}

fn say_report(report: &MergeReport, dry_run: bool) -> Result<(), Failure> {
    let would = if dry_run { "would merge" } else { "merged" };
    let changed = if report.changed { "" } else { ": nothing that is not here already" };
    say(format!("{would} {}{changed}", one_line(&report.name)))?;
    say(format!("  records: {}", counted(report.records)))?;
    let none = ChangeCounts::default();
    for (name, (responses, notes)) in &report.people {
        let notes = if *notes == none { String::new() } else { format!(" · notes: {}", counted(*notes)) };
        say(format!("  {}: responses {}{notes}", one_line(name), counted(*responses)))?;
    }
    if !report.others.is_empty() {
        say(format!("  of others than whom the file was made for: {}", merge::counts(&report.others)))?;
    }
    for (what, of) in [("suggestions", report.suggestions), ("adjudications", report.adjudications)] {
        if of != none {
            say(format!("  {what}: {}", counted(of)))?;
        }
    }
    for (what, count) in [("vectors", report.vectors), ("events of the history", report.events)] {
        if count > 0 {
            say(format!("  {what}: {count} added"))?;
        }
    }
    for (what, names) in [("new datasets", &report.new_datasets), ("new annotators", &report.new_users)] {
        if !names.is_empty() {
            say(format!("  {what}: {}", one_line(&names.join(", "))))?;
        }
    }
    for (question, label, near) in &report.new_labels {
        let near: Vec<String> = near.iter().map(|label| one_line(label)).collect();
        let near = if near.is_empty() { String::new() } else { format!(" (near: {})", near.join(", ")) };
        say(format!("  new label of {}: {}{near}", one_line(question), one_line(label)))?;
    }
    for ((question, label), ticks) in &report.retired {
        let (question, label) = (one_line(question), one_line(label));
        say(format!(
            "  {ticks} ticks of {label}, which {question} offers here no more; if it was merged or deleted, do so again: \
             labelry labels merge {label} --into OTHER, or labelry labels delete {label}"
        ))?;
    }
    for (dataset, version) in &report.guidelines {
        say(format!("  guidelines {version} of {} have two texts; the later one stands", one_line(dataset)))?;
    }
    clashes(&report.clashes)
}

pub(super) fn clashes(clashes: &Clashes) -> Result<(), Failure> {
    let Clashes { first: shown, more, .. } = clashes;
    for clash in shown {
        let [here, there] = if clash.taken { ["", " (stands)"] } else { [" (stands)", ""] };
        say(format!(
            "  {} · {}: here {}{here} | there {}{there}",
            one_line(&clash.record),
            one_line(&clash.user),
            one_line(&clash.ours),
            one_line(&clash.theirs)
        ))?;
    }
    if *more > 0 {
        say(format!("  and {more} more that differ; --dry-run shows all"))?;
    }
    Ok(())
}
