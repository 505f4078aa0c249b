//! A transaction that is taken back unless it was committed: also where the work in it panics, or its commit fails.

use std::ops::{Deref, DerefMut};

use super::{Result, Store};

/// An open transaction of a store. Dropped without [`OpenTransaction::commit`] it leaves no trace, so that no later write of the
/// same store falls into a transaction that nobody will commit.
pub struct OpenTransaction<'s> {
    store: &'s mut dyn Store,
    ended: bool,
}

impl<'s> OpenTransaction<'s> {
    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(store: &'s mut dyn Store) -> Result<Self> {
        store.begin()?;
        Ok(Self { store, ended: false })
    }

    /// Begins a transaction that only reads, at one moment.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(store: &'s mut dyn Store) -> Result<Self> {
        store.begin_read()?;
        Ok(Self { store, ended: false })
    }

    /// Ends it, durably.
    ///
    /// # Errors
    /// When the file cannot be written; then it was taken back, where `SQLite` still can.
    pub fn commit(mut self) -> Result<()> {
        self.store.commit()?;
        self.ended = true;
        Ok(())
    }
}

impl Drop for OpenTransaction<'_> {
    fn drop(&mut self) {
        if !self.ended {
            // What went wrong before is what is told.
            let _taken_back = self.store.rollback();
        }
    }
}

impl<'s> Deref for OpenTransaction<'s> {
    type Target = dyn Store + 's;

    fn deref(&self) -> &Self::Target {
        self.store
    }
}

impl DerefMut for OpenTransaction<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.store
    }
}
