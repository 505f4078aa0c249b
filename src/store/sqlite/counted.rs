//! Which statements a piece of work ran: what a test holds against a bound.

use std::cell::RefCell;

use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::SqliteStore;

thread_local! {
    /// `SQLite` calls a plain function, and a test has its thread to itself.
    static RAN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The statements that `work` ran, each run once, and what it gives.
pub(crate) fn statements<T>(store: &mut SqliteStore, work: impl FnOnce(&mut SqliteStore) -> T) -> (Vec<String>, T) {
    let note: fn(TraceEvent<'_>) = |event| {
        if let TraceEvent::Stmt(_, sql) = event {
            RAN.with_borrow_mut(|ran| ran.push(sql.to_owned()));
        }
    };
    RAN.take();
    store.connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note));
    let done = work(store);
    store.connection.trace_v2(TraceEventCodes::empty(), None);
    (RAN.take(), done)
}
