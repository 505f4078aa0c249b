//! What goes wrong in a store.

use crate::model::Entry;

/// What went wrong in a store, as far as a caller may branch on it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file is not ours.
    #[error("cannot open '{path}': {why}")]
    NotOurs {
        /// Path as given.
        path: String,
        /// What it is instead.
        why: String,
    },
    /// Someone saved this entry since it was read.
    #[error("this answer was changed elsewhere since it was shown")]
    Conflict(Box<Entry>),
    /// The change to be undone was overtaken by another.
    #[error("it was changed again since; nothing was undone")]
    Overtaken,
    /// Nothing like it in the file.
    #[error("{0}")]
    Missing(String),
    /// The path leads to another file than was opened, or to none; what was not acknowledged before may be in no file.
    #[error("'{path}' is not the file any more that was opened: {why}")]
    Gone {
        /// Path as given.
        path: String,
        /// What happened to it.
        why: String,
        /// What was opened can still be read.
        readable: bool,
    },
    /// What `SQLite` said.
    #[error("{}", super::requests::said(.0))]
    Sqlite(#[from] rusqlite::Error),
}

impl StoreError {
    /// The way out, where the words do not say it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Sqlite(error) => super::requests::way_out(error),
            _ => None,
        }
    }
}

/// Result of a store's work.
pub type Result<T> = std::result::Result<T, StoreError>;
