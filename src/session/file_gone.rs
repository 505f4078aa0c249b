//! The file under the session was removed or replaced: nothing can be saved, and what I did can be written elsewhere.

use super::{Effect, Intent, Mode, Session};

/// What became of the file, and of my work in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileGone {
    /// What happened to the file.
    pub why: String,
    /// The file is there, but what I did last is not in it, and I am led out.
    pub there: bool,
    /// Where my work of this session was written to.
    pub kept: Option<Kept>,
    /// Why it could not be written.
    pub failed: Option<String>,
    /// I left without it.
    pub given_up: bool,
}

/// A labelry file with my work of this session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where.
    pub path: String,
    /// Records with my work.
    pub records: usize,
    /// Records whose text could not be had any more, so that what I did on them is not there.
    pub lost: usize,
}

impl Session {
    /// The path leads elsewhere, for this reason; or to the file again.
    pub(super) fn file_went(&mut self, why: Option<String>) -> Vec<Effect> {
        match (why, &mut self.file_gone) {
            (Some(why), Some(astray)) => {
                astray.why = why;
                Vec::new()
            }
            (Some(why), none) => {
                *none = Some(FileGone { why, there: false, kept: None, failed: None, given_up: false });
                // What is told on the page need not be told twice.
                self.message.clear();
                self.show_not_saved()
            }
            (None, Some(_)) => {
                self.file_gone = None;
                if self.unsaved.is_empty() && self.bulk_why.is_none() && self.mode == Mode::NotSaved {
                    self.leave_not_saved();
                }
                self.say("the file is there again, and answers are saved")
            }
            (None, None) => Vec::new(),
        }
    }

    /// All that could not be saved, in the order it was given.
    #[must_use]
    pub fn not_in_the_file(&self) -> Vec<Intent> {
        self.unsaved.iter().map(|unsaved| unsaved.intent.clone()).chain(self.bulk.iter().cloned()).collect()
    }

    /// `w`: my work of this session into a file of its own.
    pub(super) fn rescue(&mut self) -> Vec<Effect> {
        vec![Effect::Rescue(self.not_in_the_file())]
    }

    pub(super) fn rescued(&mut self, done: Result<Kept, String>) -> Vec<Effect> {
        let why = || self.unsaved.first().map_or_else(String::new, |unsaved| unsaved.why.clone());
        let led_out = || FileGone { why: why(), there: true, kept: None, failed: None, given_up: false };
        let astray = self.file_gone.get_or_insert_with(led_out);
        match done {
            Ok(kept) => {
                (astray.kept, astray.failed) = (Some(kept), None);
                self.unsaved.clear();
                self.bulk.clear();
                self.bulk_why = None;
            }
            Err(why) => astray.failed = Some(why),
        }
        self.show_not_saved()
    }

    /// Whether my work has to be decided on before I leave.
    #[must_use]
    pub fn is_stranded(&self) -> bool {
        self.file_gone.as_ref().is_some_and(|astray| astray.kept.is_none() && !astray.given_up)
    }

    /// Whether I am led out while something is not saved.
    #[must_use]
    pub fn leaves_something(&self) -> bool {
        self.gone && !(self.unsaved.is_empty() && self.bulk.is_empty())
    }

    /// What the page says of it, line by line.
    #[must_use]
    pub fn file_gone_lines(&self) -> Vec<String> {
        let Some(astray) = &self.file_gone else { return Vec::new() };
        let mut lines = vec![
            format!("The file you label in is not there any more: {}.", astray.why),
            String::from("Nothing more is saved. What was saved before may be in no file that others open."),
        ];
        if let Some(kept) = &astray.kept {
            lines.push(format!(
                "Your work of this session ({} record{}) is in '{2}'. Once the file is back, take it home: labelry merge '{2}'",
                kept.records,
                if kept.records == 1 { "" } else { "s" },
                kept.path
            ));
            if kept.lost > 0 {
                lines.push(format!("NOT in it: what you did on {} records, whose text cannot be read now.", kept.lost));
            }
        }
        lines.extend(astray.failed.iter().map(|why| format!("It could not be written: {why}")));
        lines
    }

    /// The keys of the page, with their words.
    #[must_use]
    pub fn not_saved_keys(&self) -> Vec<&'static str> {
        let mut keys = Vec::new();
        match &self.file_gone {
            Some(FileGone { kept: None, .. }) => {
                keys.push("w  write my work of this session into a new labelry file");
                keys.push("Q  leave without it");
            }
            Some(_) if self.unsaved.is_empty() => keys.push("Q  leave"),
            Some(_) => {
                keys.push("w  write it again, with what came since");
                keys.push("Q  leave without what came since");
            }
            None => keys.push("Q  leave without saving"),
        }
        if !self.unsaved.is_empty() || self.bulk_why.is_some() {
            keys.insert(keys.len() - 1, "r  save mine again, on top of what stands");
            if self.unsaved.iter().any(|unsaved| unsaved.other.is_some()) || self.file_gone.is_none() {
                keys.insert(keys.len() - 1, "k  keep what stands, where something does");
            }
        }
        keys.push("Esc  go on looking; q comes back here");
        keys
    }
}
