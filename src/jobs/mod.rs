//! What can be asked of a dataset: store × engine × exchange, a function each, the same for commands and interface.

pub mod accounts;
pub mod agreement;
pub mod agreement_report;
pub mod answers;
pub mod assign;
pub mod caller;
pub mod controls;
pub mod export;
pub mod history;
pub mod hits;
pub mod import;
pub mod label_edit;
pub mod labels;
pub mod merge;
pub mod pack;
pub mod progress;
mod public_key;
pub mod ratings;
pub mod records;
pub mod rescue;
pub mod response_transfer;
pub mod similar;
mod valid;

/// The thread of Parquet's reader, whose panics are told as broken files.
pub use crate::exchange::PARQUET_THREAD;
use crate::exchange::{ReadError, Stopped};
use crate::model::{Dataset, Permission, RecordId, Setup, Timestamp, Uid, User, sees};
use crate::progress::Cancelled;
use crate::store::{Change, OpenTransaction, Store, StoreError};
pub use caller::{Caller, may_among, may_ask};

/// What went wrong in a job.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// In a file.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// In the store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The person stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// While writing.
    #[error("cannot write: {0}")]
    Write(#[from] std::io::Error),
    /// Who asks may not; and the way out.
    #[error("{0}")]
    NotAllowed(String, String),
    /// What was asked cannot be done; and the way out.
    #[error("{0}")]
    Refused(String, String),
}

impl JobError {
    pub(crate) fn refused(what: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self::Refused(what.into(), way_out.into())
    }

    /// The way out.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read(error) => error.hint().map(str::to_owned),
            Self::Store(error) => error.hint().map(str::to_owned),
            Self::NotAllowed(_, hint) | Self::Refused(_, hint) if !hint.is_empty() => Some(hint.clone()),
            _ => None,
        }
    }
}

impl From<Stopped> for JobError {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Read(error) => Self::Read(error),
            Stopped::Cancelled(cancelled) => Self::Cancelled(cancelled),
        }
    }
}

/// What jobs take from outside: the time and identities.
pub struct JobContext<'a> {
    /// Now.
    pub at: Timestamp,
    /// Makes identities.
    pub uid: &'a mut dyn FnMut() -> Uid,
}

impl JobContext<'_> {
    /// A change of somebody, which is a step of its own.
    fn change(&mut self, user: &User) -> Change {
        let event = (self.uid)();
        Change { changeset: event.clone(), event, user: Some(user.id), at: self.at }
    }
}

/// The datasets that somebody sees; nobody known is a newcomer.
///
/// # Errors
/// When the file cannot be read.
pub fn datasets(store: &mut dyn Store, viewer: Option<&User>) -> Result<Vec<Dataset>, StoreError> {
    let all = store.datasets()?.into_iter();
    Ok(all.filter(|dataset| sees(viewer, dataset)).collect())
}

/// All of it in one transaction, or nothing; a dry run takes back what it did and tells it.
fn within<T>(
    store: &mut dyn Store,
    dry_run: bool,
    work: impl FnOnce(&mut dyn Store) -> Result<T, JobError>,
) -> Result<T, JobError> {
    let mut span = OpenTransaction::write(store)?;
    let done = work(&mut *span)?;
    if !dry_run {
        span.commit()?;
    }
    Ok(done)
}

/// Reads the file as it is at one moment, whatever others write meanwhile; and without a lock for each look at it.
///
/// # Errors
/// What `work` says, and when the file cannot be read.
pub fn at_one_moment<T, E: From<StoreError>>(
    store: &mut dyn Store,
    work: impl FnOnce(&mut dyn Store) -> Result<T, E>,
) -> Result<T, E> {
    work(&mut *OpenTransaction::read(store)?)
}

/// Finds a dataset by `name` or `workspace/name`; without a name, the only one of the file. One that the viewer does not
/// see is answered like one that is not there.
///
/// # Errors
/// [`JobError::Refused`] when there is none, or several and no name.
pub fn dataset(store: &mut dyn Store, name: Option<&str>, viewer: Option<&User>) -> Result<Dataset, JobError> {
    dataset_among(store.datasets()?, name, viewer)
}

/// The same of datasets that were read just now.
///
/// # Errors
/// [`JobError::Refused`] when there is none, or several and no name.
pub fn dataset_among(mut all: Vec<Dataset>, name: Option<&str>, viewer: Option<&User>) -> Result<Dataset, JobError> {
    all.retain(|dataset| sees(viewer, dataset));
    among(all, name)
}

/// The same of a file that is somebody else's and is only read from: whoever has it sees it.
///
/// # Errors
/// [`JobError::Refused`] when there is none, or several and no name.
pub fn any_dataset(store: &mut dyn Store, name: Option<&str>) -> Result<Dataset, JobError> {
    among(store.datasets()?, name)
}

fn among(mut all: Vec<Dataset>, name: Option<&str>) -> Result<Dataset, JobError> {
    let names: Vec<String> = all.iter().map(Dataset::path).collect();
    match name {
        None if all.len() == 1 => Ok(all.remove(0)),
        None if all.is_empty() => {
            Err(JobError::refused("the file has no dataset", "make one with 'labelry import records.jsonl'"))
        }
        None => Err(JobError::refused(
            format!("the file has {} datasets and none was named", all.len()),
            format!("name one of: {}", names.join(", ")),
        )),
        Some(name) => {
            let short = name.strip_prefix("default/").unwrap_or(name);
            let index = names.iter().position(|path| path == short);
            index.map(|index| all.swap_remove(index)).ok_or_else(|| {
                JobError::refused(
                    format!("there is no dataset '{name}'"),
                    if names.is_empty() {
                        String::from("the file is empty")
                    } else {
                        format!("there is: {}", names.join(", "))
                    },
                )
            })
        }
    }
}

/// Changes how a dataset is set up, as a step that the history can take back.
///
/// # Errors
/// When `by` may not, or the file cannot be written.
pub fn set_up(
    store: &mut dyn Store,
    by: &Caller,
    dataset: &Dataset,
    setup: &Setup,
    given: &mut JobContext<'_>,
) -> Result<(), JobError> {
    within(store, false, |store| {
        let user = caller::allowed(store, by, Permission::Manage, Some(dataset), given)?;
        let change = given.change(&user);
        store.begin_changeset(&change.changeset, false)?;
        let done = store.set_up(dataset.id, setup, &change);
        store.end_changeset()?;
        Ok(done?)
    })
}

/// Finds a record of a dataset by its id, or by its number with or without `#`.
///
/// # Errors
/// [`JobError::Refused`] when there is none.
pub fn record(store: &mut dyn Store, dataset: &Dataset, name: &str) -> Result<RecordId, JobError> {
    records::named(store, dataset, name)?.ok_or_else(|| {
        JobError::refused(
            format!("'{}' has no record '{name}'", dataset.path()),
            "name it by its id, or by its number in the dataset's order",
        )
    })
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::within;
    use crate::model::{Role, Timestamp, Uid};
    use crate::store::Store;
    use crate::store::sqlite::SqliteStore;

    fn create(store: &mut dyn Store, name: &str) {
        store.create_user(&Uid(name.into()), name, Role::Annotator, Timestamp(0)).unwrap();
    }

    fn names(path: &std::path::Path) -> Vec<String> {
        SqliteStore::open(path).unwrap().users().unwrap().into_iter().map(|user| user.name).collect()
    }

    #[test]
    fn a_job_that_panics_leaves_nothing_and_what_is_written_later_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        let mut store = SqliteStore::open_or_create(&path).unwrap();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            within(&mut store, false, |store| {
                create(store, "half");
                assert!(store.users().is_err(), "in the middle");
                Ok(())
            })
        }));
        assert!(panicked.is_err());
        create(&mut store, "later");
        assert_eq!(names(&path), ["later"], "seen by another connection, so committed");
    }
}
