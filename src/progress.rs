//! How a long job tells where it is and hears that it should stop.

/// The job was asked to stop; nothing of it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled: nothing was written")]
pub struct Cancelled;

/// Receives the position of a long job at each chunk of work.
pub trait Progress {
    /// `done` of `total` units (bytes or rows; 0 when the total is unknown).
    ///
    /// # Errors
    /// [`Cancelled`] when the person wants the job to end.
    fn at(&self, done: u64, total: u64) -> Result<(), Cancelled>;
}

/// Says nothing and never cancels.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn at(&self, _done: u64, _total: u64) -> Result<(), Cancelled> {
        Ok(())
    }
}
