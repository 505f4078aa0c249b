//! A failure as a person reads it: what, then the way out, and an exit code.

use std::io::Write;
use std::process::ExitCode;

use crate::jobs::JobError;
use crate::progress::Cancelled;
use crate::store::StoreError;
use crate::text::one_line;

/// What went wrong.
#[derive(Debug)]
pub struct Failure {
    what: String,
    hint: Option<String>,
    code: u8,
}

impl Failure {
    /// Exit code 1.
    pub fn failed(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None, code: 1 }
    }

    /// Adds the way out, if there is none yet.
    #[must_use]
    pub fn or_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint.get_or_insert_with(|| hint.into());
        self
    }

    /// With another exit code.
    #[must_use]
    pub fn with_code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }

    /// What went wrong, in words.
    #[cfg(test)]
    pub(super) fn words(&self) -> String {
        self.what.clone()
    }

    pub(super) fn print(self) -> ExitCode {
        let mut err = std::io::stderr().lock();
        let _closed = writeln!(err, "labelry: {}", one_line(&self.what));
        if let Some(hint) = self.hint {
            let _closed = writeln!(err, "hint: {}", one_line(&hint));
        }
        ExitCode::from(self.code)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::failed(error.to_string())
    }
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        // 130 = 128 + SIGINT; a meter knows which signal it was.
        let code = if matches!(error, JobError::Cancelled(Cancelled)) { 130 } else { 1 };
        Self { what: error.to_string(), hint: error.hint(), code }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::failed(format!("{error:#}"))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error.to_string())
    }
}
