//! Who is at work in a session, and at what: what its threads share.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::jobs::Caller;
use crate::model::record_view::Counts;
use crate::model::{Dataset, Uid, User, UserId};
use crate::session::Event;
use crate::store::{Store, StoreError};

/// Who is at work here, and at what.
#[derive(Debug, Clone)]
pub(super) struct SessionContext {
    pub(super) user: UserId,
    /// Who that is, as last read.
    pub(super) me: User,
    pub(super) dataset: Dataset,
    pub(super) session: Uid,
    /// My counters, as last read.
    pub(super) counts: Cell<Counts>,
    /// Whether the session was told last that the file is not there.
    pub(super) file_is_gone: Arc<AtomicBool>,
}

impl SessionContext {
    /// What the session is to be told of the file, where it is not what it was told last.
    pub(super) fn file_event(&self, store: &mut dyn Store) -> Option<Event> {
        let why = gone(store);
        let told = self.file_is_gone.swap(why.is_some(), Ordering::Relaxed);
        (told != why.is_some()).then_some(Event::Astray(why))
    }

    /// Who asks for what is saved here; whether they may is looked at afresh each time.
    pub(super) fn caller(&self) -> Caller {
        Caller::from(&self.me)
    }
}

/// Why the path leads elsewhere than to the file, where it does.
pub(super) fn gone(store: &mut dyn Store) -> Option<String> {
    match store.is_there() {
        Err(StoreError::Gone { why, .. }) => Some(why),
        _ => None,
    }
}
