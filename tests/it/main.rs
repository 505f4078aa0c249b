//! One crate of integration tests.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod architecture;
mod commands;
mod hostile;
mod kill;
mod pty;
mod readme;
mod sitting;
