//! Vectors, in the records' own lines and in files beside them.

use std::path::Path;

use super::values::DIMENSIONS;
use super::{ImportRun, Neighbours};
use crate::engine::similarity::Matrix;
use crate::exchange;
use crate::jobs::JobError;
use crate::model::{Dataset, RecordId};
use crate::progress::Progress;

/// How many rows are compared at once.
const CHUNK: usize = 1_024;

/// A row whose nearest neighbour is looked for.
struct Sample {
    row: usize,
    vector: Vec<f32>,
    best: Option<(usize, f32)>,
}

impl ImportRun<'_, '_> {
    pub(super) fn check_dimensions(&self, name: &str, there: usize, wanted: Option<usize>) -> Result<(), JobError> {
        let name = crate::text::brief(name);
        match wanted {
            _ if there == 0 => self.refuse(&format!("an empty vector '{name}'"), "leave it out"),
            _ if there > DIMENSIONS => self.refuse(
                &format!("a vector '{name}' of {there} dimensions where at most {DIMENSIONS} were expected"),
                "check that a row is one record's vector",
            ),
            Some(wanted) if wanted != there => self.refuse(
                &format!("a vector '{name}' of {there} dimensions where {wanted} were expected"),
                "all vectors of a name have one dimension: give these another name",
            ),
            _ => Ok(()),
        }
    }

    /// The key of a named vector.
    pub(super) fn space(&mut self, dataset: &Dataset, name: &str, dimensions: usize) -> Result<i64, JobError> {
        if let Some((Some(space), _)) = self.spaces.get(name) {
            return Ok(*space);
        }
        let space = self.store.vector_space(dataset.id, name, dimensions)?;
        self.spaces.insert(name.to_owned(), (Some(space), dimensions));
        Ok(space)
    }

    pub(super) fn put_vector(
        &mut self,
        name: &str,
        space: i64,
        record: RecordId,
        vector: &[f32],
        fresh: bool,
    ) -> Result<(), JobError> {
        let known = if fresh { None } else { self.store.vector(space, record)? };
        match known {
            None => self.report.vectors.0 += 1,
            Some(known) if known == vector => {
                self.report.vectors.1 += 1;
                return Ok(());
            }
            Some(_) if self.decide("vector", name, None, None) => {}
            Some(_) => return Ok(()),
        }
        self.wrote = true;
        if vector.iter().all(|number| *number == 0.0) {
            if self.report.zeros.0 == 0 {
                self.report.zeros.1 = self.at();
            }
            self.report.zeros.0 += 1;
        }
        Ok(self.store.put_vector(space, record, vector)?)
    }

    /// Vector files: row i belongs to record i.
    pub(super) fn vectors(&mut self, progress: &dyn Progress) -> Result<(), JobError> {
        let import = self.import;
        for (name, path) in &import.vectors {
            let dataset = self.opened()?;
            self.file.clone_from(path);
            let (mut stored, mut samples) = (0, Vec::new());
            let mut put = |row: usize, vector: &[f32]| -> Result<(), JobError> {
                let wanted = self.spaces.get(name).map(|(_, dimensions)| *dimensions);
                self.line = row as u64 + 1;
                if row == 0 {
                    self.check_dimensions(name, vector.len(), wanted)?;
                }
                stored = row + 1;
                let Some(record) = self.rows.get(row) else { return self.other_length(path, None) };
                let Some(record) = *record else { return Ok(()) };
                if samples.len() < 2 && row >= samples.len() * self.rows.len() / 2 && vector.iter().any(|x| *x != 0.0) {
                    samples.push(Sample { row, vector: vector.to_vec(), best: None });
                }
                let space = self.space(&dataset, name, vector.len())?;
                self.put_vector(name, space, record, vector, false)
            };
            exchange::read_npy(path, &mut put, progress)?;
            if stored != self.rows.len() {
                return self.other_length(path, Some(stored));
            }
            self.neighbours(name, path, samples, progress)?;
        }
        Ok(())
    }

    fn other_length(&self, path: &Path, rows: Option<usize>) -> Result<(), JobError> {
        let found = rows.map_or_else(|| String::from("more"), |rows| rows.to_string());
        Err(JobError::refused(
            format!("{}: found {found} rows for the {} records of the file", path.display(), self.rows.len()),
            "row i belongs to record i: give the vectors of this very file",
        ))
    }

    /// Reads the file again, with the samples in hand: the whole of it never has to fit in memory.
    fn neighbours(
        &mut self,
        name: &str,
        path: &Path,
        mut samples: Vec<Sample>,
        progress: &dyn Progress,
    ) -> Result<(), JobError> {
        let Some(dimensions) = samples.first().map(|sample| sample.vector.len()) else { return Ok(()) };
        let mut chunk = Matrix::new(dimensions, CHUNK.min(self.rows.len()));
        let mut look = |chunk: &mut Matrix, start: usize| {
            for sample in &mut samples {
                let own = sample.row.checked_sub(start);
                let best = chunk.nearest_to(&sample.vector, 1, own);
                if let Some((row, cosine)) =
                    best.first().filter(|(_, new)| sample.best.is_none_or(|(_, old)| *new > old))
                {
                    sample.best = Some((start + row, *cosine));
                }
            }
            *chunk = Matrix::new(dimensions, CHUNK);
        };
        let mut start = 0;
        let mut each = |row: usize, vector: &[f32]| -> Result<(), JobError> {
            // The row of a line that was left out has no text: a zero vector is nobody's neighbour.
            match self.rows.get(row) {
                Some(Some(_)) => chunk.push(vector.iter().copied()),
                _ => chunk.push(std::iter::empty()),
            }
            if chunk.rows() == CHUNK {
                look(&mut chunk, start);
                start = row + 1;
            }
            Ok(())
        };
        exchange::read_npy(path, &mut each, progress)?;
        look(&mut chunk, start);
        for sample in samples {
            if let Some((row, cosine)) = sample.best {
                let (text, nearest) = (self.text(sample.row)?, self.text(row)?);
                self.report.neighbours.push(Neighbours { vectors: name.to_owned(), text, nearest, cosine });
            }
        }
        Ok(())
    }

    /// The first text of a row's record.
    fn text(&mut self, row: usize) -> Result<String, JobError> {
        let Some(Some(record)) = self.rows.get(row) else { return Ok(String::new()) };
        Ok(self.store.record(*record)?.fields.into_iter().next().map_or_else(String::new, |(_, text)| text))
    }
}
