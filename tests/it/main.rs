//! One crate of integration tests.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod agreement_pane;
mod architecture;
mod assign;
mod bad_days;
mod bad_files;
mod bad_input;
mod bad_ratings;
mod board;
mod cases;
mod commands;
mod converge;
mod demo;
mod endless;
mod exact;
mod export;
mod fixtures;
mod frozen;
mod halves;
mod hostile;
mod import;
mod judge;
mod kill;
mod labelling;
mod lists;
mod long;
mod merging;
mod neighbours;
mod offered;
mod outputs;
#[cfg(feature = "parquet")]
mod parquet;
mod peers;
mod progress;
mod pty;
mod questions;
mod ratings;
mod reading;
mod readme;
mod report;
mod resamples;
mod rights;
mod scores;
mod scripts;
mod session;
mod sight;
mod swaps;
mod teams;
mod truth;
mod twins;
mod values;
