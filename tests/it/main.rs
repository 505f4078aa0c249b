//! One crate of integration tests.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod architecture;
mod bad_input;
mod cases;
mod commands;
mod demo;
mod import;
mod pty;
mod readme;
mod sitting;
