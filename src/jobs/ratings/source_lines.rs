//! Where in the files something stands, and lists of names for messages.

use std::path::PathBuf;

use crate::text::one_line;

/// A line of one of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SourceLine {
    pub(super) file: u32,
    pub(super) line: u32,
}

impl SourceLine {
    /// `ratings.csv:12`.
    pub(super) fn words(self, files: &[PathBuf]) -> String {
        let file = files.get(self.file as usize).map(|file| file.display().to_string());
        format!("{}:{}", one_line(&file.unwrap_or_default()), self.line)
    }
}

/// Up to twelve names in a row.
pub(super) fn some(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(12).map(|name| one_line(name)).collect();
    match names.len().saturating_sub(shown.len()) {
        0 if shown.is_empty() => String::from("nobody"),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
