//! Parses, runs, prints a failure, gives the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    labelry::runtime::install();
    labelry::cli::main()
}
