//! A durable submit, against a plain fdatasync of 4 KiB on the same disk; alone and by many processes at once.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use labelry::jobs::agreement::figures;
use labelry::model::{
    Answer, DatasetId, Entry, EventKind, QuestionId, RecordId, Resampling, Response, Role, Status, UserId,
};
use labelry::runtime::{now, uid};
use labelry::store::sqlite::SqliteStore;
use labelry::store::{Find, Save, Store};

use crate::made::{Random, file, forget};
use crate::table::{Table, at, short};
use crate::{Asked, Result};

/// First argument of a process that only submits.
pub(crate) const CHILD: &str = "--submits";

/// What one person needs to submit.
pub(crate) struct Seat {
    store: SqliteStore,
    dataset: DatasetId,
    question: QuestionId,
    user: UserId,
}

impl Seat {
    pub(crate) fn take(path: &Path, name: &str) -> Result<Self> {
        let mut store = SqliteStore::open(path)?;
        let found = store.datasets()?.remove(0);
        let user = match store.users()?.into_iter().find(|user| user.name == name) {
            Some(user) => user,
            None => store.create_user(&uid(), name, Role::Annotator, now())?,
        };
        Ok(Self { store, dataset: found.id, question: found.questions[0].id, user: user.id })
    }

    fn record(&mut self, position: i64) -> Result<RecordId> {
        Ok(self.store.find(self.dataset, &Find::Position(position))?.ok_or("no such record")?)
    }

    /// Submits an answer to a record nobody of this name has answered; gives the time of `Store::save` alone.
    pub(crate) fn submit(&mut self, position: i64) -> Result<Duration> {
        let record = self.record(position)?;
        let response = Response {
            uid: uid().0,
            status: Status::Submitted,
            answers: [(self.question, Answer::Labels(vec![1, (position % 30) as u32]))].into(),
            reason: None,
            active_ms: Some(2_000),
            at: Some(now().0),
            label_sets: [(self.question, 1)].into(),
            guidelines_version: 0,
            saw_agents: Vec::new(),
            saw_others: false,
        };
        let save = Save {
            stood: labelry::model::Adjudications::new(),
            event: uid(),
            changeset: uid(),
            session: uid(),
            kind: EventKind::Submit,
            dataset: self.dataset,
            user: self.user,
            record,
            after: Entry { response: Some(response), ..Entry::default() },
            at: now(),
        };
        let started = Instant::now();
        self.store.save(&save)?;
        Ok(started.elapsed())
    }
}

/// A 4 KiB append and an fdatasync.
fn sync(plain: &mut File) -> Result<Duration> {
    let started = Instant::now();
    plain.write_all(&[7; 4096])?;
    plain.sync_data()?;
    Ok(started.elapsed())
}

pub(crate) fn measure(asked: &Asked, table: &mut Table) -> Result<()> {
    let count = (asked.runs * 20).max(100);
    live(asked, table)?;
    let made = file(asked, 20_000, false)?;
    let path = asked.folder.join("submits.db");
    forget(&path);
    std::fs::rename(made, &path)?;
    let plain = asked.folder.join("plain.bin");
    let mut appended = OpenOptions::new().create(true).append(true).open(&plain)?;
    let mut seat = Seat::take(&path, "alone")?;
    let (mut ours, mut syncs) = (Vec::new(), Vec::new());
    for position in 1..=count as i64 {
        ours.push(seat.submit(position)?);
        syncs.push(sync(&mut appended)?);
    }
    let anchor = seat.store.anchor();
    let looks = (0..1_000).map(|_| {
        let started = Instant::now();
        std::hint::black_box(anchor.why_gone());
        started.elapsed()
    });
    table.times("submit: one look at the path", looks.collect(), None);
    drop(seat);
    tail(table, "submit: alone, p99", &mut ours.clone(), &mut syncs.clone());
    table.times("submit: Store::save, alone", ours, Some(("fdatasync", syncs)));
    for processes in &asked.processes {
        many(asked, table, &path, *processes, &mut appended)?;
    }
    drop(appended);
    std::fs::remove_file(plain)?;
    forget(&path);
    Ok(())
}

/// Alphas of all labels as the desk takes them: right after the commit of an answer, and once more.
fn live(asked: &Asked, table: &mut Table) -> Result<()> {
    let made = file(asked, asked.records, true)?;
    let path = asked.folder.join("live.db");
    forget(&path);
    std::fs::copy(made, &path)?;
    let mut seat = Seat::take(&path, "live")?;
    let question = seat.store.datasets()?.remove(0).questions.remove(0);
    let (mut after, mut again) = (Vec::new(), Vec::new());
    for position in 1..=(asked.runs * 10).max(100) as i64 {
        seat.submit(position)?;
        for times in [&mut after, &mut again] {
            let started = Instant::now();
            std::hint::black_box(figures(&mut seat.store, &question, Resampling::NONE)?);
            times.push(started.elapsed());
        }
    }
    drop(seat);
    forget(&path);
    table.times(&format!("live: {} × 3 × 30, alphas right after a commit", asked.records), after, None);
    table.times(&format!("live: {} × 3 × 30, once more", asked.records), again, None);
    Ok(())
}

fn tail(table: &mut Table, what: &str, ours: &mut [Duration], syncs: &mut [Duration]) {
    ours.sort();
    syncs.sort();
    let (p99, sync) = (at(ours, 99), at(syncs, 50));
    let ratio = p99.as_secs_f64() / sync.as_secs_f64();
    table.note(format!("{what}: {} = {ratio:.1} fdatasyncs of {} (p50)", short(p99), short(sync)));
}

/// Many processes submit at once, each with 50 ms of thought in between; before and after them the disk is asked
/// for its fdatasync, since asking meanwhile would be one more process.
fn many(asked: &Asked, table: &mut Table, path: &Path, processes: usize, plain: &mut File) -> Result<()> {
    let count = (asked.runs * 4).max(40);
    let mut quiet = || (0..50).map(|_| sync(plain)).collect::<Result<Vec<_>>>();
    let mut syncs = quiet()?;
    let names: Vec<String> = (0..processes).map(|number| format!("{processes}p{number}")).collect();
    for name in &names {
        Seat::take(path, name)?;
    }
    let file = path.to_string_lossy();
    let mut children = Vec::new();
    for name in &names {
        let arguments = [CHILD, &file, name, &count.to_string()];
        let mut child = Command::new(std::env::current_exe()?);
        children.push(child.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?);
    }
    // All start together, when their standard input ends.
    for child in &mut children {
        drop(child.stdin.take());
    }
    let (mut times, mut refused) = (Vec::new(), Vec::new());
    for child in &mut children {
        for line in BufReader::new(child.stdout.take().ok_or("no output")?).lines() {
            let line = line?;
            match line.parse() {
                Ok(nanos) => times.push(Duration::from_nanos(nanos)),
                Err(_) => refused.push(line),
            }
        }
        child.wait()?;
    }
    syncs.extend(quiet()?);
    let stored = stored(path, &names)?;
    let what = format!("submit: {processes} processes, 50 ms thought");
    tail(table, &format!("{what}, p99"), &mut times.clone(), &mut syncs);
    let lost = times.len() as i64 - stored;
    table.note(format!("{what}: {} acknowledged, {} refused, {lost} lost", times.len(), refused.len()));
    refused.iter().take(3).for_each(|why| table.note(format!("  refused: {why}")));
    table.times(&what, times, Some(("fdatasync, before and after", syncs)));
    Ok(())
}

/// How many submitted answers these people have in the file.
fn stored(path: &Path, names: &[String]) -> Result<i64> {
    let mut store = SqliteStore::open(path)?;
    let dataset = store.datasets()?.remove(0).id;
    let people: Vec<_> = store.users()?.into_iter().filter(|user| names.contains(&user.name)).collect();
    people.iter().map(|user| Ok(store.counts(dataset, user.id)?.submitted)).sum()
}

/// One process of many: waits for the start, submits, prints a time in nanoseconds or what went wrong.
pub(crate) fn child(arguments: &[String]) -> Result<()> {
    let [path, name, count] = arguments else { return Err("path, name and count are wanted".into()) };
    let mut seat = Seat::take(Path::new(path), name)?;
    let mut random = Random(name.bytes().fold(1, |seed, byte| seed * 31 + u64::from(byte)));
    std::io::stdin().read_to_end(&mut Vec::new())?;
    for position in 1..=count.parse()? {
        std::thread::sleep(Duration::from_micros(40_000 + random.below(20_000)));
        match seat.submit(position) {
            Ok(time) => println!("{}", time.as_nanos()),
            Err(why) => println!("{why}"),
        }
    }
    Ok(())
}
