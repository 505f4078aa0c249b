//! `labelry [FILE]`: the interface.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use etcetera::BaseStrategy;

use super::{Common, Failure};
use crate::jobs;
use crate::model::{Dataset, DatasetId, Permission, Queue, User, UserId, may};
use crate::runtime::{self, SessionSetup, run_session};
use crate::session::{FileGone, SessionSummary, number};
use crate::store::Store;
use crate::store::sqlite::{Anchor, SqliteStore};
use crate::text::one_line;
use crate::view::Theme;

/// What to open.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The labelry file to label in
    pub(super) file: Option<PathBuf>,
    /// The dataset, where there are several
    #[arg(long, value_name = "NAME")]
    dataset: Option<String>,
    /// Which records come up: pending, random, drafts, changed, submitted, discarded, flagged, all, offered:-LABEL
    /// (answered before that label was there), or /WORDS (a search)
    #[arg(long, value_name = "QUEUE")]
    queue: Option<String>,
    /// The record to start at: an id or a number
    #[arg(long, value_name = "ID")]
    record: Option<String>,
}

pub(super) fn queue(word: &str, dataset: &Dataset) -> Result<Queue, Failure> {
    if let Some(words) = word.strip_prefix('/') {
        bounded(words)?;
        return Ok(Queue::Search(words.to_owned()));
    }
    if let Some(value) = word.strip_prefix("offered:-") {
        return Queue::not_offered(dataset, value)
            .ok_or_else(|| Failure::failed(format!("'{}' has no label '{value}'", dataset.path())));
    }
    Queue::parse(word).ok_or_else(|| {
        let words: Vec<String> = Queue::PLAIN.iter().map(|queue| queue.word().to_owned()).collect();
        Failure::failed(format!("there is no queue '{word}'"))
            .or_hint(format!("there is: {}, offered:-LABEL, /WORDS", words.join(", ")))
    })
}

/// Whether a search is as long as a search may be.
fn bounded(words: &str) -> Result<(), Failure> {
    let long = |why: String| Failure::failed(why).or_hint("search for fewer words").with_code(2);
    crate::model::Search::asked(words).map(|_| ()).map_err(long)
}

/// A queue by its word, or else words to search for.
pub(super) fn asked(
    word: &str,
    dataset: &Dataset,
    store: &mut dyn Store,
    common: &Common,
) -> Result<(Queue, UserId), Failure> {
    let queue = match queue(word, dataset) {
        Err(_) if !word.starts_with("offered:") => Queue::Search(word.to_owned()),
        queue => queue?,
    };
    if let Queue::Search(words) = &queue {
        bounded(words)?;
    }
    if matches!(&queue, Queue::Search(words) if crate::model::Search::parse(words).terms.is_empty()) {
        return Err(Failure::failed("there are no words to search for").with_code(2));
    }
    let alone = matches!(queue, Queue::Search(_) | Queue::All);
    if alone {
        return Ok((queue, UserId(0)));
    }
    let Some(user) = common.viewer(store)? else {
        let what = format!("the queue '{}' is somebody's, and who you are is not known in this file", queue.word());
        return Err(Failure::failed(what).or_hint("say it with --user NAME, or LABELRY_USER"));
    };
    Ok((queue, user.id))
}

pub(super) fn run(args: Args, common: &Common) -> Result<(), Failure> {
    let file = args.file.unwrap_or_else(|| common.file());
    if !file.exists() {
        return Err(Failure::failed(format!("there is no labelry file '{}'", file.display()))
            .or_hint("try it with 'labelry demo', or make one with 'labelry import records.jsonl'"));
    }
    let mut store = SqliteStore::open(&file)?;
    let no_color = no_color();
    let mut users = store.users()?;
    let name = args.dataset.as_deref();
    let Some(dataset) = dataset(&mut store, name, common, &mut users, no_color)? else { return Ok(()) };
    let queue = args.queue.map_or(Ok(Queue::Pending), |word| queue(&word, &dataset))?;
    if let Some(name) = &args.record {
        jobs::record(&mut store, &dataset, name)?;
    }
    runtime::has_terminal()?;
    let Some(user) = common.annotator(&mut store, &users, &dataset, no_color)? else { return Ok(()) };
    label(store, &file, user, dataset, queue, args.record)
}

/// The named dataset, the only one, or the one chosen of several; none when the person leaves.
fn dataset(
    store: &mut dyn Store,
    name: Option<&str>,
    common: &Common,
    users: &mut Vec<User>,
    no_color: bool,
) -> Result<Option<Dataset>, Failure> {
    let viewer = common.viewer_among(users)?;
    let mut all = jobs::datasets(store, viewer.as_ref())?;
    if name.is_some() || all.len() < 2 || runtime::has_terminal().is_err() {
        return Ok(Some(jobs::dataset_among(all, name, viewer.as_ref())?));
    }
    let mut rows = Vec::with_capacity(all.len());
    for dataset in &all {
        let records = store.counts(dataset.id, UserId(0))?.records;
        rows.push(format!("{:<40} {:>11} records", dataset.path(), number(records)));
    }
    let chosen = runtime::choose(vec![String::from("Which dataset?")], rows, no_color)?;
    // Somebody may have changed who may what while the question stood there.
    *users = store.users()?;
    Ok(chosen.map(|row| all.swap_remove(row)))
}

/// Opens the demo as whoever is logged in: its file is one's own and nobody merges it, so nothing is asked.
pub(super) fn demo(
    mut store: SqliteStore,
    datasets: Vec<Dataset>,
    file: &Path,
    common: &Common,
) -> Result<(), Failure> {
    runtime::has_terminal()?;
    let users = store.users()?;
    let dataset = jobs::dataset_among(datasets, None, common.viewer_among(&users)?.as_ref())?;
    let user = common.session_user(&mut store, &users, &dataset)?;
    label(store, file, user, dataset, Queue::Pending, None)
}

/// How long one who leaves waits for what was still being looked up.
const LEAVES: Duration = Duration::from_secs(1);

fn label(
    store: SqliteStore,
    file: &Path,
    user: User,
    dataset: Dataset,
    queue: Queue,
    record: Option<String>,
) -> Result<(), Failure> {
    let settings = super::settings::load()?;
    if let Ok(base) = etcetera::choose_base_strategy() {
        runtime::log::start(&base.state_dir().unwrap_or_else(|| base.data_dir()).join("labelry").join("labelry.log"));
    }
    let theme = if no_color() { Theme::plain() } else { settings.theme };
    let (me, place, anchor) = (user.id, dataset.id, store.anchor());
    let (done, astray) = run_session(SessionSetup {
        store,
        file,
        user,
        dataset,
        queue,
        record,
        theme,
        keymap: settings.keymap,
        type_ahead_ms: settings.type_ahead_ms,
        mouse: settings.mouse,
    })?;
    // A copy of the file alone is whole then, to be mailed for one.
    if let Some(astray) = astray {
        return stranded(&done, &astray, file);
    }
    anchor.rest(LEAVES);
    let whole = match SqliteStore::open_again(&anchor).and_then(|store| store.fold()) {
        Ok(whole) => whole,
        Err(why) => {
            super::say(summary(&done))?;
            return Err(why.into());
        }
    };
    let kept = if whole {
        format!("all is in {}", super::shown(file))
    } else {
        format!(
            "all is saved; others are at work in {0}: copy it with 'labelry --db {0} backup COPY'",
            super::shown(file)
        )
    };
    super::say(format!("{}; {kept}", summary(&done)))?;
    still_welcome(&anchor, me, place)
}

/// The file went away under the session: what became of the work.
fn stranded(done: &SessionSummary, astray: &FileGone, file: &Path) -> Result<(), Failure> {
    let file = one_line(&file.display().to_string());
    super::say(summary(done))?;
    let words = if astray.there {
        format!("not all could be saved in '{file}': {}", one_line(&astray.why))
    } else {
        format!("'{file}' is not the file any more that you labelled in: {}", astray.why)
    };
    let (what, hint) = match (&astray.kept, &astray.failed) {
        (Some(kept), _) => (
            format!("{words}; your work on {} records is in '{}'", kept.records, one_line(&kept.path)),
            format!("take it home with: labelry --db {file} merge '{}'", one_line(&kept.path)),
        ),
        (None, Some(why)) => {
            (format!("{words}; your work could not be written elsewhere: {}", one_line(why)), String::new())
        }
        (None, None) => (format!("{words}; you left without your work of this session"), String::new()),
    };
    Err(if hint.is_empty() { Failure::failed(what) } else { Failure::failed(what).or_hint(hint) })
}

/// Whether the person may come again; who may not is told why the session ended.
fn still_welcome(anchor: &Arc<Anchor>, me: UserId, place: DatasetId) -> Result<(), Failure> {
    let mut store = SqliteStore::open_again(anchor)?;
    let me = store.users()?.into_iter().find(|user| user.id == me);
    let place = store.datasets()?.into_iter().find(|dataset| dataset.id == place);
    match (me, place) {
        (Some(me), Some(place)) if may(&me, Permission::Annotate, Some(&place)) => Ok(()),
        (Some(me), Some(_)) if me.disabled => Err(super::identity::disabled(&me)),
        _ => Err(Failure::failed("you may not label this dataset any more").or_hint("ask the file's owner")),
    }
}

/// `12 submitted, 1 discarded in this session, since 14:02 · 8.4 s a record`.
fn summary(done: &SessionSummary) -> String {
    let discarded = if done.discarded > 0 { format!(", {} discarded", done.discarded) } else { String::new() };
    let records = done.submitted + done.discarded;
    let pace = if records > 0 {
        format!(
            ", since {} · {:.1} s a record",
            runtime::clock(done.since),
            done.active_ms as f64 / 1e3 / f64::from(records)
        )
    } else {
        String::new()
    };
    format!("{} submitted{discarded} in this session{pace}", done.submitted)
}

fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}
