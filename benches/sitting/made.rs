//! Made-up data: records of made-up words, and three annotators' answers over thirty labels.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::{Asked, Result};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_labelry");
pub(crate) const LABELS: u32 = 30;
const ANNOTATORS: [&str; 3] = ["ada", "bo", "cy"];

/// `SplitMix64`: the same data everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

fn word(random: &mut Random, out: &mut String) {
    const SOUNDS: [&str; 16] =
        ["ba", "lo", "mi", "ru", "sen", "ta", "vor", "ki", "del", "ny", "gro", "pa", "ur", "esk", "fi", "mo"];
    for _ in 0..=random.below(3) {
        out.push_str(SOUNDS[random.below(16) as usize]);
    }
}

/// The text of a record: 8 to 40 words, the first of which is its own.
fn text(random: &mut Random, number: u64) -> String {
    let mut out = mark(number);
    for _ in 0..7 + random.below(33) {
        out.push(' ');
        word(random, &mut out);
    }
    out
}

/// The first word of a record's text.
pub(crate) fn mark(number: u64) -> String {
    format!("Text{number}")
}

fn header() -> String {
    let labels: Vec<String> = (0..LABELS).map(|label| format!("\"label{label:02}\"")).collect();
    format!(
        "{{\"labelry\":1,\"dataset\":{{\"name\":\"made\",\"fields\":[{{\"name\":\"text\"}}],\
         \"questions\":[{{\"name\":\"topic\",\"type\":\"multi_label\",\"labels\":[{}]}}]}}}}",
        labels.join(",")
    )
}

/// Answers of three people who see the same truth and stray from it: one label in eight, one stray in sixteen.
fn responses(random: &mut Random) -> String {
    let truth = random.next() & random.next() & random.next();
    let answer = |user: &str, random: &mut Random| {
        let bits = truth ^ (random.next() & random.next() & random.next() & random.next());
        let ticked = (0..LABELS).filter(|label| bits >> label & 1 == 1).map(|label| format!("\"label{label:02}\""));
        let ticked: Vec<String> = ticked.collect();
        format!("{{\"user\":\"{user}\",\"status\":\"submitted\",\"answers\":{{\"topic\":[{}]}}}}", ticked.join(","))
    };
    ANNOTATORS.map(|user| answer(user, random)).join(",")
}

fn write(path: &Path, records: u64, answers: bool) -> Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut random = Random(7);
    writeln!(out, "{}", header())?;
    for number in 1..=records {
        let text = text(&mut random, number);
        write!(out, "{{\"id\":\"r{number}\",\"fields\":{{\"text\":\"{text}\"}}")?;
        if answers {
            write!(out, ",\"responses\":[{}]", responses(&mut random))?;
        }
        writeln!(out, "}}")?;
    }
    Ok(out.flush()?)
}

/// The labelry file of made data, imported once by the binary and kept in the folder.
pub(crate) fn file(asked: &Asked, records: u64, answers: bool) -> Result<PathBuf> {
    let stem = format!("made-{records}{}", if answers { "-answers" } else { "" });
    let file = asked.folder.join(format!("{stem}.db"));
    if file.exists() {
        return Ok(file);
    }
    let lines = asked.folder.join(format!("{stem}.jsonl"));
    write(&lines, records, answers)?;
    let started = Instant::now();
    let fresh = asked.folder.join(format!("{stem}.new"));
    forget(&fresh);
    run(&asked.folder, &["--db", &fresh.to_string_lossy(), "import", &lines.to_string_lossy()])?;
    println!("made {stem}: import took {:.2} s", started.elapsed().as_secs_f64());
    std::fs::remove_file(&lines)?;
    std::fs::rename(&fresh, &file)?;
    Ok(file)
}

/// Removes a labelry file with what may stand beside it.
pub(crate) fn forget(file: &Path) {
    for end in ["", "-wal", "-shm"] {
        let _absent = std::fs::remove_file(format!("{}{end}", file.display()));
    }
}

/// Runs a command of the binary to its end.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new(BINARY).args(arguments).env("USER", "zoe").current_dir(folder).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
