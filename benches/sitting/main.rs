//! A sitting, measured on the real binary in a pseudo-terminal, beside a peer taken in alternation in the same run.
//!
//! ```text
//! cargo bench --bench sitting -- [open|keys|submit|crowd|idle|slow|scan|search|similar|all] [--records N] [--answers] [--runs N]
//!                                [--seconds N] [--processes 1,8,32] [--folder DIR] [--fresh]
//! ```

#![expect(clippy::print_stdout, reason = "figures are what is asked for")]
#![expect(clippy::disallowed_methods, reason = "measuring takes a clock")]

mod crowd;
mod idle;
mod keys;
mod made;
mod open;
mod pty;
mod scan;
mod search;
mod similar;
mod slow;
mod submit;
mod table;

use std::path::PathBuf;

/// Whatever goes wrong ends the run.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// What was asked for.
struct Asked {
    what: Vec<String>,
    records: u64,
    answers: bool,
    runs: usize,
    seconds: u64,
    processes: Vec<usize>,
    folder: PathBuf,
    fresh: bool,
}

impl Asked {
    fn parse(arguments: &[String]) -> Result<Self> {
        let mut asked = Self {
            what: Vec::new(),
            records: 100_000,
            answers: false,
            runs: 30,
            seconds: 10,
            processes: vec![1, 8, 32],
            // On the disk of the build, since a temporary folder may be in memory.
            folder: PathBuf::from(env!("CARGO_TARGET_TMPDIR")),
            fresh: false,
        };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| format!("'{argument}' wants a value"));
            match argument.as_str() {
                "--records" => asked.records = value()?.parse()?,
                "--answers" => asked.answers = true,
                "--runs" => asked.runs = value()?.parse()?,
                "--seconds" => asked.seconds = value()?.parse()?,
                "--processes" => {
                    asked.processes = value()?.split(',').map(str::parse).collect::<std::result::Result<_, _>>()?;
                }
                "--folder" => asked.folder = value()?.into(),
                "--fresh" => asked.fresh = true,
                "open" | "keys" | "submit" | "crowd" | "idle" | "slow" | "scan" | "search" | "similar" | "all" => {
                    asked.what.push(argument.clone());
                }
                other => {
                    return Err(format!(
                        "'{other}' is none of open, keys, submit, crowd, idle, slow, scan, search, similar, all"
                    )
                    .into());
                }
            }
        }
        if asked.what.is_empty() {
            asked.what.push(String::from("all"));
        }
        // A folder of its own inside the one that was named, since --fresh empties it.
        asked.folder = asked.folder.join("labelry-sitting");
        Ok(asked)
    }

    fn wants(&self, what: &str) -> bool {
        self.what.iter().any(|word| word == what || word == "all")
    }
}

fn main() -> Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == submit::CHILD) {
        return submit::child(&arguments[1..]);
    }
    if arguments.first().is_some_and(|first| first == crowd::CHILD) {
        return crowd::child(&arguments[1..]);
    }
    // `cargo test --benches` runs this too and must not wait for it; only `cargo bench` says so.
    if !arguments.iter().any(|argument| argument == "--bench") || arguments.iter().any(|argument| argument == "--test")
    {
        return Ok(());
    }
    arguments.retain(|argument| argument != "--bench");
    let asked = Asked::parse(&arguments)?;
    if asked.fresh {
        let _absent = std::fs::remove_dir_all(&asked.folder);
    }
    std::fs::create_dir_all(&asked.folder)?;
    let mut table = table::Table::default();
    if asked.wants("open") {
        open::measure(&asked, &mut table)?;
    }
    if asked.wants("keys") {
        keys::measure(&asked, &mut table)?;
    }
    if asked.wants("submit") {
        submit::measure(&asked, &mut table)?;
    }
    if asked.wants("crowd") {
        crowd::measure(&asked, &mut table)?;
    }
    if asked.wants("scan") {
        scan::measure(&asked, &mut table)?;
    }
    if asked.wants("search") {
        search::measure(&asked, &mut table)?;
    }
    if asked.wants("similar") {
        similar::measure(&asked, &mut table)?;
    }
    if asked.wants("idle") {
        idle::measure(&asked, &mut table)?;
    }
    if asked.wants("slow") {
        slow::measure(&asked, &mut table)?;
    }
    println!("{table}");
    Ok(())
}
