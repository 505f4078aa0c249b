//! One crate of integration tests.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod agreement_pane;
mod architecture;
mod bad_input;
mod board;
mod cases;
mod commands;
mod demo;
mod hostile;
mod import;
mod judge;
mod kill;
mod lists;
mod pty;
mod questions;
mod readme;
mod sitting;
