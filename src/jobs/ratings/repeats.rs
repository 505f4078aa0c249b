//! Several answers of one person to one unit: which counts is said, never guessed.

use std::path::PathBuf;

use super::source_lines::SourceLine;
use crate::jobs::JobError;
use crate::model::Status;
use crate::text::one_line;

/// What becomes of several lines of one person about one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Repeats {
    /// They are an error.
    #[default]
    Stop,
    /// The first one counts.
    First,
    /// The last one counts.
    Last,
    /// The first one counts; the others are later passes, for self-agreement.
    Again,
    /// Together they are one answer: the set of all labels.
    Join,
}

/// A line about a unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct UnitLine {
    pub(super) unit: u32,
    pub(super) rater: u32,
    pub(super) pass: u16,
    pub(super) value: u32,
    pub(super) status: Status,
    pub(super) at: i64,
    pub(super) set: i64,
    pub(super) saw_agents: bool,
    pub(super) saw_others: bool,
    pub(super) seen_known: bool,
    pub(super) place: SourceLine,
}

impl UnitLine {
    fn key(&self) -> (u32, u32, u16) {
        (self.unit, self.rater, self.pass)
    }
}

/// Sorts the rows by unit, rater and pass and leaves one of each; says what was done, if anything had to be. `join`
/// makes one value of several.
pub(super) fn settle(
    rows: &mut Vec<UnitLine>,
    repeats: Repeats,
    said: &RepeatNames<'_>,
    join: &mut dyn FnMut(&[UnitLine]) -> Result<UnitLine, JobError>,
) -> Result<Option<String>, JobError> {
    rows.sort_by_key(|row| (row.key(), row.place));
    let count = rows.chunk_by(|a, b| a.key() == b.key()).filter(|group| group.len() > 1).count();
    if count == 0 {
        return Ok(None);
    }
    if repeats == Repeats::Stop {
        return Err(said.twice(rows, count));
    }
    let mut kept: Vec<UnitLine> = Vec::with_capacity(rows.len());
    for group in rows.chunk_by(|a, b| a.key() == b.key()) {
        match (repeats, group) {
            (_, [only]) => kept.push(*only),
            (Repeats::Join, several) => kept.push(join(several)?),
            (Repeats::Last, [.., last]) => kept.push(*last),
            (Repeats::Again, several) => {
                kept.extend(
                    several.iter().zip(0..).map(|(row, n)| UnitLine { pass: row.pass.saturating_add(n), ..*row }),
                );
            }
            (_, [first, ..]) => kept.push(*first),
            (_, []) => {}
        }
    }
    if repeats == Repeats::Again {
        // A file may number passes and repeat lines too: they are numbered anew in the order they came.
        kept.sort_by_key(|row| (row.key(), row.place));
        for group in kept.chunk_by_mut(|a, b| (a.unit, a.rater) == (b.unit, b.rater)) {
            group.iter_mut().zip(1..).for_each(|(row, pass)| row.pass = pass);
        }
    }
    *rows = kept;
    let pairs = if count == 1 { String::from("1 pair") } else { format!("{count} pairs") };
    Ok(Some(format!("{pairs} of unit and rater stand on several lines: {}", done(repeats))))
}

fn done(repeats: Repeats) -> &'static str {
    match repeats {
        Repeats::Stop => "none counts",
        Repeats::First => "the first counts",
        Repeats::Last => "the last counts",
        Repeats::Again => "the first counts, the others serve self-agreement",
        Repeats::Join => "their labels together are one answer",
    }
}

/// Names for messages.
pub(super) struct RepeatNames<'a> {
    pub(super) files: &'a [PathBuf],
    pub(super) units: &'a [String],
    pub(super) raters: &'a [String],
}

impl RepeatNames<'_> {
    pub(super) fn whose(&self, row: &UnitLine) -> String {
        let name = |names: &[String], at: u32| one_line(names.get(at as usize).map_or("", String::as_str));
        format!("'{}' about '{}'", name(self.raters, row.rater), name(self.units, row.unit))
    }

    fn twice(&self, rows: &[UnitLine], count: usize) -> JobError {
        let mut groups: Vec<&[UnitLine]> =
            rows.chunk_by(|a, b| a.key() == b.key()).filter(|group| group.len() > 1).collect();
        groups.sort_by_key(|group| group[1].place);
        let example = |group: &&[UnitLine]| {
            let places: Vec<String> = group.iter().take(3).map(|row| row.place.words(self.files)).collect();
            format!("{} ({})", self.whose(&group[0]), places.join(", "))
        };
        let examples: Vec<String> = groups.iter().take(3).map(example).collect();
        let more = if count > 3 { format!(" and {} more", count - 3) } else { String::new() };
        JobError::refused(
            format!("found several answers of {}{more}", examples.join(", of ")),
            "say which counts: --duplicates first, last, repeat (the others serve self-agreement) or join (one label \
             a line)",
        )
    }
}
