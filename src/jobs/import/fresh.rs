//! The records that a run made and the lines they came from, kept as runs: a million of them take no memory.

use crate::model::RecordId;

/// Records made, ascending.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    runs: Vec<Run>,
}

/// Records with keys in a row that came from lines in a row.
#[derive(Debug)]
struct Run {
    record: i64,
    file: usize,
    line: u64,
    length: u64,
}

impl Fresh {
    /// Adds a record, made after all others, of a line of a file.
    pub fn push(&mut self, record: RecordId, file: usize, line: u64) {
        if let Some(last) = self.runs.last_mut()
            && last.file == file
            && last.line + last.length == line
            && last.record + last.length as i64 == record.0
        {
            last.length += 1;
            return;
        }
        self.runs.push(Run { record: record.0, file, line, length: 1 });
    }

    /// File and line of a record of this run.
    pub fn place(&self, record: RecordId) -> Option<(usize, u64)> {
        let after = self.runs.partition_point(|run| run.record <= record.0);
        let run = self.runs.get(after.checked_sub(1)?)?;
        let along = (record.0 - run.record) as u64;
        (along < run.length).then_some((run.file, run.line + along))
    }
}

#[cfg(test)]
mod tests {
    use super::Fresh;
    use crate::model::RecordId;

    #[test]
    fn a_record_is_found_by_its_line_and_one_of_another_run_is_not() {
        let mut fresh = Fresh::default();
        for (record, file, line) in [(5, 0, 2), (6, 0, 3), (7, 0, 9), (9, 1, 1)] {
            fresh.push(RecordId(record), file, line);
        }
        let places: Vec<_> = (4..11).map(|record| fresh.place(RecordId(record))).collect();
        assert_eq!(places, [None, Some((0, 2)), Some((0, 3)), Some((0, 9)), None, Some((1, 1)), None]);
        assert_eq!(fresh.runs.len(), 3);
    }
}
