//! `labelry config`.

use clap::Subcommand;

use super::{Failure, say, settings};
use crate::text::one_line;

/// Settings of the interface.
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Show the settings in force
    Show {
        /// And where each comes from: default, or file and line
        #[arg(long)]
        origin: bool,
    },
    /// Print where the file of settings is looked for
    Path,
}

pub(super) fn run(args: &Config) -> Result<(), Failure> {
    match args {
        Config::Show { origin } => {
            for (name, value, from) in settings::load()?.rows {
                let from = if *origin { format!("  {from}") } else { String::new() };
                say(format!("{name:<24}{:<24}{}", one_line(&value), one_line(&from)).trim_end())?;
            }
            Ok(())
        }
        Config::Path => match settings::path() {
            Some(path) => say(super::shown(&path)),
            None => {
                Err(Failure::failed("there is no home folder to look in").or_hint("LABELRY_CONFIG=FILE names a file"))
            }
        },
    }
}
