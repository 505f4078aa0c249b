//! An idle sitting: who wakes up, for what, and how much of a processor it takes.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::keys::traces;
use crate::made::{BINARY, file, mark};
use crate::pty::{Terminal, command};
use crate::table::Table;
use crate::{Asked, Result};

pub(crate) fn measure(asked: &Asked, table: &mut Table) -> Result<()> {
    let made = file(asked, 1_000, true)?;
    let mut terminal = Terminal::open(command(BINARY, &[&made.to_string_lossy()], &asked.folder))?;
    terminal.until(|picture| picture.contains(&mark(1)))?;
    terminal.rest(Duration::from_secs(3));
    let pid = terminal.pid();
    let (bytes, before, ticks) = (terminal.bytes, switches(pid)?, ticks(pid)?);
    terminal.rest(Duration::from_secs(asked.seconds));
    let (after, spent) = (switches(pid)?, self::ticks(pid)? - ticks);
    table.note(format!(
        "idle, {} s: {spent} ticks of 10 ms of a processor, {} bytes drawn",
        asked.seconds,
        terminal.bytes - bytes
    ));
    for (thread, (name, count)) in &after {
        let woke = count - before.get(thread).map_or(0, |(_, count)| *count);
        table.note(format!("idle, {} s: thread {name} slept and woke {woke} times", asked.seconds));
    }
    if traces() {
        let trace = asked.folder.join("idle.strace");
        for (thread, calls) in calls(&mut terminal, &trace, asked.seconds)? {
            let name = after.get(&thread).map_or("?", |(name, _)| name.as_str());
            let total: usize = calls.values().sum();
            let calls: Vec<String> = calls.iter().map(|(call, count)| format!("{call} {count}")).collect();
            table.note(format!("idle, traced: thread {name} returned from {total} calls: {}", calls.join(", ")));
        }
    } else {
        table.note("idle: calls are not counted, since no strace may trace here");
    }
    terminal.leave()
}

/// Name and number of voluntary context switches of each thread.
fn switches(pid: u32) -> Result<BTreeMap<String, (String, u64)>> {
    let mut threads = BTreeMap::new();
    for entry in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let folder = entry?.path();
        let status = std::fs::read_to_string(folder.join("status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        let name = std::fs::read_to_string(folder.join("comm"))?.trim().to_owned();
        let thread = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        threads.insert(thread.clone(), (format!("{name}/{thread}"), line.unwrap_or("0").trim().parse()?));
    }
    Ok(threads)
}

/// User and system time so far: fields 14 and 15 of proc(5)'s stat.
fn ticks(pid: u32) -> Result<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields = stat.rsplit_once(") ").ok_or("no fields")?.1;
    Ok(fields.split(' ').skip(11).take(2).map(|field| field.parse::<u64>().unwrap_or(0)).sum())
}

/// Calls that returned, by thread and name, while strace was attached.
fn calls(terminal: &mut Terminal, trace: &Path, seconds: u64) -> Result<BTreeMap<String, BTreeMap<String, usize>>> {
    let pid = terminal.pid().to_string();
    let path = trace.to_string_lossy().into_owned();
    let mut strace = Command::new("strace").args(["-f", "-qq", "-s", "0", "-o", &path, "-p", &pid]).spawn()?;
    terminal.rest(Duration::from_secs(seconds));
    // On SIGINT strace lets go of the program and writes out what it has.
    Command::new("kill").args(["-INT", &strace.id().to_string()]).status()?;
    strace.wait()?;
    let text = std::fs::read_to_string(trace)?;
    let mut threads: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for line in text.lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        if call.contains("unfinished") || call.contains("<detached") || !call.contains(" = ") {
            continue;
        }
        let name = call.strip_prefix("<... ").unwrap_or(call).split(['(', ' ']).next().unwrap_or_default();
        *threads.entry(thread.to_owned()).or_default().entry(name.to_owned()).or_default() += 1;
    }
    Ok(threads)
}
