//! Similar records: from a key to the painted pane, and from the start of the command to its first answer.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::made::{self, BINARY, Random, mark};
use crate::pty::{Terminal, command};
use crate::table::Table;
use crate::{Asked, Result};

const DIMENSIONS: usize = 384;

/// A labelry file with one random vector of 384 numbers a record.
fn file(asked: &Asked) -> Result<std::path::PathBuf> {
    let made = asked.folder.join(format!("vectors-{}.db", asked.records));
    if made.exists() {
        return Ok(made);
    }
    let (lines, vectors) = (asked.folder.join("vectors.jsonl"), asked.folder.join("vectors.npy"));
    let mut out = std::io::BufWriter::new(std::fs::File::create(&lines)?);
    for number in 1..=asked.records {
        writeln!(out, "{{\"id\":\"r{number}\",\"text\":\"{} and more\"}}", mark(number))?;
    }
    out.flush()?;
    let mut out = std::io::BufWriter::with_capacity(1 << 20, std::fs::File::create(&vectors)?);
    let shape = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {DIMENSIONS}), }}", asked.records);
    let header = format!("{shape:<117}\n");
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&u16::try_from(header.len())?.to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    let mut random = Random(11);
    for _ in 0..asked.records as usize * DIMENSIONS {
        out.write_all(&(random.below(2_001) as f32 - 1_000.0).to_le_bytes())?;
    }
    out.flush()?;
    let fresh = asked.folder.join("vectors.new");
    made::forget(&fresh);
    let started = Instant::now();
    let named = format!("v={}", vectors.display());
    let arguments = [
        "--db",
        &fresh.to_string_lossy(),
        "--user",
        "zoe",
        "import",
        &lines.to_string_lossy(),
        "--labels",
        "a,b",
        "--vectors",
        &named,
    ];
    made::run(&asked.folder, &arguments)?;
    println!("made vectors-{}: import took {:.2} s", asked.records, started.elapsed().as_secs_f64());
    std::fs::remove_file(&lines)?;
    std::fs::remove_file(&vectors)?;
    std::fs::rename(&fresh, &made)?;
    Ok(made)
}

pub(crate) fn measure(asked: &Asked, table: &mut Table) -> Result<()> {
    let made = file(asked)?;
    let mut commands = Vec::new();
    for round in 0..=asked.runs.min(9) {
        let started = Instant::now();
        made::run(&asked.folder, &["--db", &made.to_string_lossy(), "similar", "r1", "--json"])?;
        if round > 0 {
            commands.push(started.elapsed());
        }
    }
    table.times(&format!("similar {} × {DIMENSIONS}: labelry similar, whole command", asked.records), commands, None);
    let name = made.to_string_lossy().into_owned();
    let mut terminal = Terminal::open(command(BINARY, &[&name], &asked.folder))?;
    terminal.until(|picture| picture.contains(&mark(1)))?;
    let (mut first, mut panes) = (Vec::new(), Vec::new());
    let opened = Instant::now();
    terminal.until(|picture| picture.contains("hidden till yours"))?;
    first.push(opened.elapsed());
    // A record that nobody looked ahead for: going to one by number.
    for round in 0..asked.runs.min(20) as u64 {
        std::thread::sleep(Duration::from_millis(200));
        let number = 2 + round * 7;
        terminal.press(&format!(":{number}"))?;
        terminal.until(|picture| picture.contains(&format!("go to record {number}")))?;
        let started = terminal.press("\r")?;
        let (here, near) = (format!("r{number} · pending"), "hidden till yours");
        terminal.until(|picture| picture.contains(&here) && picture.contains(near))?;
        panes.push(terminal.last - started);
    }
    let memory = terminal.peak_kb();
    terminal.leave()?;
    table.times("similar: first pane after the record, vectors loaded on the way", first, None);
    table.times("similar: key → record and pane painted, not looked ahead", panes, None);
    println!("similar: peak memory of the sitting {:.0} MB", memory as f64 / 1024.0);
    Ok(())
}
