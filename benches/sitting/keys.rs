//! What a key costs: bytes, writes, and the time until the picture has changed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use portable_pty::CommandBuilder;

use crate::made::{BINARY, file, forget, mark};
use crate::pty::{COLUMNS, ROWS, Terminal, command};
use crate::table::Table;
use crate::{Asked, Result};

/// Longer than the fence: answer keys are dropped for 150 ms after a record was drawn.
const FENCE: Duration = Duration::from_millis(170);

/// Where a step's output begins and ends, counted in bytes.
struct Step {
    what: &'static str,
    from: usize,
    to: usize,
}

/// What the steps of one sitting gave.
#[derive(Default)]
struct Taken {
    steps: Vec<Step>,
    tick: Vec<Duration>,
    next: Vec<Duration>,
}

pub(crate) fn measure(asked: &Asked, table: &mut Table) -> Result<()> {
    let made = own(asked)?;
    let name = made.to_string_lossy().into_owned();
    let taken = sit(command(BINARY, &[&name], &asked.folder), asked.runs, 1)?;
    table.times("keys: tick → picture", taken.tick, None);
    table.times("keys: Enter → next record's text", taken.next, None);
    for what in WHATS {
        let steps = taken.steps.iter().filter(|step| step.what == what);
        table.counts(&format!("keys: bytes of {what}"), steps.map(|step| step.to - step.from).collect());
    }
    if traces() {
        let trace = asked.folder.join("writes.strace");
        let path = trace.to_string_lossy().into_owned();
        let strace = ["-f", "-qq", "-y", "-e", "trace=write", "-s", "0", "-o", &path, BINARY, &name];
        let first = asked.runs as u64 + 1;
        let traced = sit(command("strace", &strace, &asked.folder), asked.runs.min(10), first)?;
        let ends = writes(&trace)?;
        for what in WHATS {
            let steps = traced.steps.iter().filter(|step| step.what == what);
            let counts = steps.map(|step| ends.iter().filter(|end| step.from < **end && **end <= step.to).count());
            table.counts(&format!("keys: writes of {what}"), counts.collect());
        }
    } else {
        table.note("keys: writes are not counted, since no strace may trace here");
    }
    forget(&made);
    Ok(())
}

const WHATS: [&str; 5] = ["a tick", "a tick that clears a message", "the next record", "help", "a resize"];

/// A file of its own, since this labels in it.
fn own(asked: &Asked) -> Result<PathBuf> {
    let records = (asked.runs as u64 * 2 + 50).max(1_000);
    let made = file(asked, records, false)?;
    let own = asked.folder.join("keys.db");
    forget(&own);
    std::fs::rename(made, &own)?;
    Ok(own)
}

pub(crate) fn traces() -> bool {
    Command::new("strace").args(["-o", "/dev/null", "true"]).status().is_ok_and(|done| done.success())
}

/// Labels record after record from number `first` on: two ticks, of which the first clears what
/// was said of the record before, then Enter; then help and a resize a few times.
fn sit(command: CommandBuilder, runs: usize, first: u64) -> Result<Taken> {
    let mut terminal = Terminal::open(command)?;
    let mut taken = Taken::default();
    for number in first..first + runs as u64 {
        terminal.until(|picture| picture.contains(&mark(number)))?;
        terminal.settle();
        terminal.rest(FENCE);
        for (what, key, ticks) in [(WHATS[1], "3", 1), (WHATS[0], "4", 2)] {
            let pressed = step(&mut terminal, &mut taken, what, |terminal| {
                let pressed = terminal.press(key)?;
                terminal.until(|picture| picture.matches("[x]").count() == ticks)?;
                Ok(terminal.last - pressed)
            })?;
            taken.tick.push(pressed);
        }
        let pressed = step(&mut terminal, &mut taken, "the next record", |terminal| {
            let pressed = terminal.press("\r")?;
            let text = mark(number + 1);
            terminal.until(|picture| picture.split_whitespace().any(|word| word == text))?;
            Ok(terminal.last - pressed)
        })?;
        taken.next.push(pressed);
    }
    for round in 0..runs.min(10) {
        step(&mut terminal, &mut taken, "help", |terminal| {
            terminal.press("?")?;
            terminal.until(|picture| picture.contains("Esc closes"))
        })?;
        terminal.press("?")?;
        terminal.until(|picture| !picture.contains("Esc closes"))?;
        terminal.settle();
        step(&mut terminal, &mut taken, "a resize", |terminal| {
            let less = (round as u16 + 1) % 2;
            terminal.resize(COLUMNS - 20 * less, ROWS - 8 * less)
        })?;
    }
    terminal.leave()?;
    Ok(taken)
}

/// Does something and notes which bytes came until all was quiet again.
fn step<T>(
    terminal: &mut Terminal,
    taken: &mut Taken,
    what: &'static str,
    act: impl FnOnce(&mut Terminal) -> Result<T>,
) -> Result<T> {
    let from = terminal.bytes;
    let done = act(terminal)?;
    terminal.settle();
    taken.steps.push(Step { what, from, to: terminal.bytes });
    Ok(done)
}

/// Where each write to the terminal ended, counted in bytes from the start:
/// `123 write(7</dev/pts/3>, ""..., 53) = 53`, or in two lines where another thread did something in between.
fn writes(trace: &Path) -> Result<Vec<usize>> {
    let text = std::fs::read_to_string(trace)?;
    let mut unfinished = BTreeSet::new();
    let mut at = 0;
    let mut ends = Vec::new();
    for line in text.lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        let to_terminal = call.starts_with("write(") && call.contains("</dev/pts/");
        if to_terminal && call.ends_with("<unfinished ...>") {
            unfinished.insert(thread);
            continue;
        }
        let resumed = call.starts_with("<... write resumed>") && unfinished.remove(thread);
        if (resumed || to_terminal)
            && let Some(size) = call.rsplit_once("= ").and_then(|(_, size)| size.parse::<usize>().ok())
        {
            at += size;
            ends.push(at);
        }
    }
    Ok(ends)
}
