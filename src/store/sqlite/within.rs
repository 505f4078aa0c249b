//! Work in a transaction that is taken back unless all of it is done.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::page_one;
use crate::store::Result;

/// Runs `work` in the present transaction, or in one of its own, which is taken back where `work` fails or panics and
/// where it cannot be committed.
pub(super) fn within<T>(connection: &Connection, work: impl FnOnce() -> Result<T>) -> Result<T> {
    if !connection.is_autocommit() {
        return work();
    }
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    page_one::write(&transaction)?;
    let done = work()?;
    transaction.commit()?;
    Ok(done)
}

/// A setting of a connection that is `after` again whatever happens meanwhile.
pub(super) struct Meanwhile<'c> {
    connection: &'c Connection,
    setting: &'static str,
    after: &'static str,
}

impl<'c> Meanwhile<'c> {
    pub(super) fn set(
        connection: &'c Connection,
        setting: &'static str,
        meanwhile: &str,
        after: &'static str,
    ) -> Result<Self> {
        connection.pragma_update(None, setting, meanwhile)?;
        Ok(Self { connection, setting, after })
    }
}

impl Drop for Meanwhile<'_> {
    fn drop(&mut self) {
        // Neither setting that is changed so can fail to be set.
        let _set = self.connection.pragma_update(None, self.setting, self.after);
    }
}
