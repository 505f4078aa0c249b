//! The doors: one command, one file; a doc comment is its help.

mod agreement;
mod demo;
mod export;
mod failure;
mod import;
mod lists;
mod meter;
mod open;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

pub use failure::Failure;

use crate::model::{Action, Role, User, may};
use crate::store::Store;
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

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Import(import::Args),
    Export(export::Args),
    Agreement(agreement::Args),
    /// Users of the file
    #[command(subcommand)]
    Users(lists::Users),
    /// Datasets of the file
    #[command(subcommand)]
    Datasets(lists::Datasets),
    /// Labels of a question
    #[command(subcommand)]
    Labels(lists::Labels),
}

/// Parses the command line and runs it.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        None => open::run(cli.open, &cli.common),
        Some(Command::Demo(args)) => demo::run(&args, &cli.common),
        Some(Command::Import(args)) => import::run(args, &cli.common),
        Some(Command::Export(args)) => export::run(&args, &cli.common),
        Some(Command::Agreement(args)) => agreement::run(&args, &cli.common),
        Some(Command::Users(args)) => lists::users(args, &cli.common),
        Some(Command::Datasets(args)) => lists::datasets(args, &cli.common),
        Some(Command::Labels(args)) => lists::labels(args, &cli.common),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.print(),
    }
}

/// The commands as README prints them.
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

    fn store(&self) -> Result<SqliteStore, Failure> {
        SqliteStore::open(&self.file()).map_err(|error| {
            Failure::from(error).or_hint("make one with 'labelry import records.jsonl', or name it with --db")
        })
    }

    /// Who I am in this file: in a new one I become its owner; an unknown `--user` is a typo.
    fn user(&self, store: &mut dyn Store, action: Action) -> Result<User, Failure> {
        let users = store.users()?;
        let said = self.user.as_deref();
        let name = said.map_or_else(login, str::to_owned);
        let known = users.iter().find(|user| user.name == name).cloned();
        // Imported annotators come without an owner; the first person to open the file becomes it.
        let owned = users.iter().any(|user| user.role != Role::Annotator);
        let user = match known {
            Some(user) => user,
            None if said.is_some() && owned => {
                let names: Vec<_> = users.iter().map(|user| user.name.as_str()).collect();
                return Err(Failure::failed(format!("there is no user '{name}' in this file"))
                    .or_hint(format!("there is: {}; add one with 'labelry users create'", names.join(", "))));
            }
            None => {
                let role = if owned { Role::Annotator } else { Role::Owner };
                store.create_user(&crate::runtime::uid(), &name, role, crate::runtime::now())?
            }
        };
        if may(&user, action) {
            return Ok(user);
        }
        Err(Failure::failed(format!("'{}' is {} here and may not do this", user.name, user.role.word()))
            .or_hint("ask the file's owner"))
    }
}

fn login() -> String {
    ["LOGNAME", "USER", "USERNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| String::from("me"))
}

/// A line on standard output; a closed pipe is no failure.
fn say(line: impl std::fmt::Display) -> Result<(), Failure> {
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::failed(error.to_string())),
        _ => Ok(()),
    }
}
