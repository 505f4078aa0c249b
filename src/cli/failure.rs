//! A failure as a person reads it: what, then the way out, and an exit code.

use std::io::Write;
use std::path::Path;
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
    /// Whether it is about the labelry file, which a store does not name.
    file: bool,
}

impl Failure {
    /// Exit code 1.
    pub fn failed(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None, code: 1, file: false }
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

    /// Names the labelry file where the words do not.
    pub(super) fn in_file(mut self, file: &Path) -> Self {
        if self.file {
            self.what = format!("'{}': {}", file.display(), self.what);
        }
        self
    }

    /// What went wrong, in words.
    pub(super) fn words(&self) -> &str {
        &self.what
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
        let hint = error.hint().map(str::to_owned);
        Self { hint, file: matches!(error, StoreError::Sqlite(_)), ..Self::failed(error.to_string()) }
    }
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        // 130 = 128 + SIGINT; a meter knows which signal it was.
        let code = if matches!(error, JobError::Cancelled(Cancelled)) { 130 } else { 1 };
        let file = matches!(error, JobError::Store(StoreError::Sqlite(_)));
        Self { what: error.to_string(), hint: error.hint(), code, file }
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
