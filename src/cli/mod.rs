//! The doors: one command, one file; a doc comment is its help.

mod agreement;
mod assign;
mod backup;
mod check;
mod config;
mod controls;
mod datasets;
mod demo;
mod dry_run;
mod export;
mod failure;
mod history;
mod hits;
mod identity;
mod import;
mod label_edit;
mod labels;
mod merge;
mod meter;
mod open;
mod output;
mod pack;
mod progress;
mod responses;
mod search;
mod settings;
mod similar;
mod users;
mod workspaces;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub use failure::Failure;

use crate::exchange::Outputs;
use crate::store::sqlite::SqliteStore;

/// Data annotation in the terminal: one binary, one `SQLite` file.
#[derive(Debug, Parser)]
#[command(name = "labelry", version, subcommand_precedence_over_arg = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    open: open::Args,
    #[command(flatten)]
    common: Common,
}

/// What every command takes.
#[derive(Debug, Clone, clap::Args)]
pub struct Common {
    /// The labelry file [default: labelry.db here]
    #[arg(long, global = true, env = "LABELRY_DB", value_name = "FILE")]
    db: Option<PathBuf>,
    /// Who I am [default: the login name]
    #[arg(long, global = true, env = "LABELRY_USER", value_name = "NAME")]
    user: Option<String>,
}

/// The dataset of a command that has nothing else to name. `--dataset` does as well, since other commands want that.
#[derive(Debug, clap::Args)]
pub struct Which {
    /// The dataset, where there are several
    dataset: Option<String>,
    #[arg(long = "dataset", id = "named", value_name = "NAME", hide = true, conflicts_with = "dataset")]
    named: Option<String>,
}

impl Which {
    fn name(&self) -> Option<&str> {
        self.dataset.as_deref().or(self.named.as_deref())
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Import(Box<import::Args>),
    Export(export::Args),
    Agreement(Box<agreement::Args>),
    Search(search::Args),
    Similar(similar::Args),
    Merge(merge::Args),
    Pack(pack::Args),
    /// Responses from one dataset to another, or gone
    #[command(subcommand)]
    Responses(responses::Responses),
    History(history::Args),
    Backup(backup::Args),
    Check(check::Args),
    /// Users of the file
    #[command(subcommand)]
    Users(users::Users),
    /// Workspaces of the file
    #[command(subcommand)]
    Workspaces(workspaces::Workspaces),
    Assign(assign::Args),
    /// Control records: known answers, untold among everybody's records
    #[command(subcommand)]
    Controls(controls::Controls),
    Progress(progress::Args),
    /// Datasets of the file
    #[command(subcommand)]
    Datasets(datasets::Datasets),
    /// Labels of a question
    #[command(subcommand)]
    Labels(labels::Labels),
    /// Settings of the interface: themes, keys, mouse
    #[command(subcommand)]
    Config(config::Config),
}

/// Parses the command line and runs it.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refused(&error),
    };
    let file = cli.open.file.clone().filter(|_| cli.command.is_none()).unwrap_or_else(|| cli.common.file());
    let done = match cli.command {
        None => open::run(cli.open, &cli.common),
        Some(Command::Demo(args)) => demo::run(&args, &cli.common),
        Some(Command::Import(args)) => import::run(*args, &cli.common),
        Some(Command::Export(args)) => export::run(&args, &cli.common),
        Some(Command::Agreement(args)) => agreement::run(&args, &cli.common),
        Some(Command::Search(args)) => search::run(&args, &cli.common),
        Some(Command::Similar(args)) => similar::run(&args, &cli.common),
        Some(Command::Merge(args)) => merge::run(&args, &cli.common),
        Some(Command::Pack(args)) => pack::run(&args, &cli.common),
        Some(Command::Responses(args)) => responses::run(args, &cli.common),
        Some(Command::History(args)) => history::run(&args, &cli.common),
        Some(Command::Backup(args)) => backup::run(&args, &cli.common),
        Some(Command::Check(args)) => check::run(&args, &cli.common),
        Some(Command::Users(args)) => users::run(args, &cli.common),
        Some(Command::Workspaces(args)) => workspaces::run(args, &cli.common),
        Some(Command::Assign(args)) => assign::run(&args, &cli.common),
        Some(Command::Controls(args)) => controls::run(args, &cli.common),
        Some(Command::Progress(args)) => progress::run(&args, &cli.common),
        Some(Command::Datasets(args)) => datasets::run(args, &cli.common),
        Some(Command::Labels(args)) => labels::run(args, &cli.common),
        Some(Command::Config(args)) => config::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.in_file(&file).print(),
    }
}

/// What clap says, and what it cannot know.
fn refused(error: &clap::Error) -> ExitCode {
    let words = quoted(error);
    let clean = crate::text::sanitize(&words);
    // With its colours where nothing in it could steer a terminal.
    let _closed = match (clean == words, error.use_stderr()) {
        (true, _) => error.print(),
        (false, true) => write!(std::io::stderr(), "{clean}"),
        (false, false) => write!(std::io::stdout(), "{clean}"),
    };
    if error.kind() == clap::error::ErrorKind::UnknownArgument && std::env::args_os().any(|word| word == "search") {
        let _closed = writeln!(std::io::stderr(), "hint: {}", search::HINT);
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// What clap says, without its colours and with all that it quotes as it came: what is printed without colours has
/// lost the sequences of what it quotes as well. A line end in an argument begins no line.
fn quoted(error: &clap::Error) -> String {
    let args: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let one_line = |word: &std::ffi::OsString| match word.to_str() {
        Some(text) if text.contains('\n') => text.replace('\n', "⏎").into(),
        _ => word.clone(),
    };
    let plain = Cli::command().styles(clap::builder::Styles::plain());
    let again =
        plain.try_get_matches_from(args.iter().map(one_line)).and_then(|matches| Cli::from_arg_matches(&matches));
    again.err().map_or_else(|| error.to_string(), |again| again.render().ansi().to_string())
}

/// The commands as docs/commands.md prints them.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::from("| command | what it does |\n|---|---|\n");
    for command in Cli::command().get_subcommands() {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let below: Vec<_> = command.get_subcommands().map(clap::Command::get_name).collect();
        let below = if below.is_empty() { String::new() } else { format!(" {}", below.join("\\|")) };
        out.push_str(&format!("| `labelry {}{below}` | {about} |\n", command.get_name()));
    }
    out
}

impl Common {
    fn file(&self) -> PathBuf {
        self.db.clone().unwrap_or_else(|| PathBuf::from("labelry.db"))
    }

    /// Where this command may write; nothing on the file itself.
    fn outputs(&self) -> Outputs {
        Outputs::beside(&self.file())
    }

    /// Whether a file may be read: not the labelry file, whatever it is called, or its log.
    fn may_read(&self, path: &Path) -> Result<(), Failure> {
        let barred = self.outputs().may_read(path);
        barred.map_err(|barred| Failure::failed(format!("cannot read: {barred}")).or_hint(barred.hint))
    }

    /// The file as it stands, for commands; one that may not be written can be read.
    fn store(&self) -> Result<SqliteStore, Failure> {
        let file = self.file();
        SqliteStore::open_to_read(&file).map_err(|error| {
            let failure = Failure::from(error);
            if file.exists() {
                return failure;
            }
            failure.or_hint("make one with 'labelry import records.jsonl', or name it with --db")
        })
    }
}

/// A file, or the copy of one that goes with it.
struct Tried {
    store: SqliteStore,
    _folder: Option<tempfile::TempDir>,
}

impl Common {
    /// The file for something that is only tried: what a dry run does is taken back, but it is done first. One that may
    /// not be written is copied for that.
    fn tried(&self, dry_run: bool) -> Result<Tried, Failure> {
        let store = self.store()?;
        if !dry_run || !store.is_read_only() {
            return Ok(Tried { store, _folder: None });
        }
        let folder = tempfile::tempdir()?;
        let store = store.copied(&folder.path().join("dry-run.db"))?;
        Ok(Tried { store, _folder: Some(folder) })
    }
}

/// A JSON object on a line, with all that could steer a terminal escaped: the same value to whoever reads it.
fn say_json(value: &serde_json::Value) -> Result<(), Failure> {
    put(&harmless_json(&value.to_string()))
}

/// JSON with all that could steer a terminal escaped; line breaks between values stay.
fn harmless_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && (c.is_control() || crate::text::is_hidden(c)) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// A line for people on standard output, harmless whatever it quotes; a closed pipe is no failure.
fn say(line: impl std::fmt::Display) -> Result<(), Failure> {
    put(&crate::text::sanitize(&line.to_string()))
}

/// A path as people read it: one line, harmless.
fn shown(path: &std::path::Path) -> String {
    crate::text::one_line(&path.display().to_string())
}

/// A line for people on standard error, harmless whatever it quotes.
fn tell(line: impl std::fmt::Display) -> std::io::Result<()> {
    writeln!(std::io::stderr(), "{}", crate::text::sanitize(&line.to_string()))
}

fn put(line: &str) -> Result<(), Failure> {
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::failed(error.to_string())),
        _ => Ok(()),
    }
}

/// `1 response`, `2 responses`, `2 working copies`.
pub(super) fn plural(count: u64, word: &str) -> String {
    match word.strip_suffix('y') {
        _ if count == 1 => format!("1 {word}"),
        Some(stem) => format!("{count} {stem}ies"),
        None => format!("{count} {word}s"),
    }
}
