//! Many processes that submit without a pause, beside one that does all of it alone, and beside as many that make the
//! same number of plain commits with `SQLite`'s own `busy_timeout`.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use labelry::model::EventKind;
use labelry::store::sqlite::SqliteStore;
use labelry::store::{Events, HistoryStore};
use rusqlite::{Connection, params};

use crate::made::{file, forget};
use crate::submit::Seat;
use crate::table::{Table, at, short};
use crate::{Asked, Result};

/// First argument of a process that only submits, and of one that makes plain commits.
pub(crate) const CHILD: &str = "--crowd";
/// Submits of each process.
const EACH: usize = 500;

pub(crate) fn measure(asked: &Asked, table: &mut Table) -> Result<()> {
    let made = file(asked, 20_000, false)?;
    let path = asked.folder.join("crowd.db");
    for processes in [1, *asked.processes.last().unwrap_or(&32)] {
        forget(&path);
        std::fs::copy(&made, &path)?;
        let names: Vec<String> = (0..processes).map(|number| format!("c{number}")).collect();
        for name in &names {
            Seat::take(&path, name)?;
        }
        let each = if processes == 1 { EACH * 8 } else { EACH };
        run(table, &format!("crowd: {processes} processes × {each}, ours"), "ours", &path, &names, each)?;
        let lost = processes as u64 * each as u64 - told(&path)?;
        table.note(format!("crowd: {processes} processes, not in the history: {lost}"));
        let plain = asked.folder.join("plain.db");
        forget(&plain);
        Connection::open(&plain)?.execute_batch(
            "PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b BLOB);
             CREATE INDEX i ON t (a)",
        )?;
        run(table, &format!("crowd: {processes} processes × {each}, busy_timeout"), "plain", &plain, &names, each)?;
        forget(&plain);
    }
    forget(&path);
    Ok(())
}

/// Submits that the history tells of.
fn told(path: &Path) -> Result<u64> {
    let mut store = SqliteStore::open(path)?;
    let all = store.events(&Events { limit: 1_000_000, ..Events::default() })?;
    Ok(all.iter().filter(|told| told.kind == EventKind::Submit).count() as u64)
}

fn run(table: &mut Table, what: &str, how: &str, path: &Path, names: &[String], each: usize) -> Result<()> {
    let mut children = Vec::new();
    for name in names {
        let mut child = Command::new(std::env::current_exe()?);
        child.args([CHILD, how, &path.to_string_lossy(), name, &each.to_string()]);
        children.push(child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?);
    }
    let started = Instant::now();
    // All start together, when their standard input ends.
    for child in &mut children {
        drop(child.stdin.take());
    }
    let outputs: Vec<_> = children.iter_mut().map(|child| child.stdout.take()).collect();
    let readers: Vec<_> = outputs
        .into_iter()
        .flatten()
        .map(|output| {
            std::thread::spawn(move || {
                BufReader::new(output).lines().map_while(std::result::Result::ok).collect::<Vec<_>>()
            })
        })
        .collect();
    let (mut times, mut refused) = (Vec::new(), Vec::new());
    for reader in readers {
        for line in reader.join().map_err(|_| "a reader ended")? {
            match line.parse() {
                Ok(nanos) => times.push(Duration::from_nanos(nanos)),
                Err(_) => refused.push(line),
            }
        }
    }
    for child in &mut children {
        child.wait()?;
    }
    let whole = started.elapsed();
    times.sort();
    let worst = times.last().copied().unwrap_or_default();
    table.note(format!(
        "{what}: {:.0} commits/s, p50 {}, p99 {}, worst {}, {} refused",
        times.len() as f64 / whole.as_secs_f64(),
        short(at(&times, 50)),
        short(at(&times, 99)),
        short(worst),
        refused.len()
    ));
    refused.iter().take(3).for_each(|why| table.note(format!("  refused: {why}")));
    Ok(())
}

/// One process of many.
pub(crate) fn child(arguments: &[String]) -> Result<()> {
    let [how, path, name, count] = arguments else { return Err("how, path, name and count are wanted".into()) };
    let count: i64 = count.parse()?;
    let told = |done: Result<Duration>| match done {
        Ok(time) => println!("{}", time.as_nanos()),
        Err(why) => println!("{why}"),
    };
    if how == "ours" {
        let mut seat = Seat::take(Path::new(path), name)?;
        std::io::stdin().read_to_end(&mut Vec::new())?;
        (1..=count).for_each(|position| told(seat.submit(position)));
        return Ok(());
    }
    let mut plain = Connection::open(path)?;
    plain.pragma_update(None, "synchronous", "FULL")?;
    plain.busy_timeout(Duration::from_secs(30))?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    for _ in 0..count {
        told(commit(&mut plain, name));
    }
    Ok(())
}

/// About the rows of one submit.
fn commit(plain: &mut Connection, name: &str) -> Result<Duration> {
    let started = Instant::now();
    let transaction = plain.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for number in 0..6 {
        transaction
            .prepare_cached("INSERT INTO t (a, b) VALUES (?1, ?2)")?
            .execute(params![format!("{name} {number}"), [7u8; 120]])?;
    }
    transaction.commit()?;
    Ok(started.elapsed())
}
