//! Records similar to one: its nearest neighbours by stored vectors, with what people answered to them.

use super::JobError;
use crate::engine::similarity::Matrix;
use crate::model::{Dataset, Neighbour, Record, RecordId};
use crate::store::{Result, Store};

/// The vectors of one named space, in memory: loaded once, asked often.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Space {
    /// Name of the vectors.
    pub name: String,
    /// Ascending, a row each.
    records: Vec<RecordId>,
    matrix: Matrix,
}

impl Space {
    /// Loads the vectors of a name.
    ///
    /// # Errors
    /// [`JobError::Refused`] when the dataset has no such vectors.
    pub fn load(store: &mut dyn Store, dataset: &Dataset, name: Option<&str>) -> std::result::Result<Self, JobError> {
        let known = || dataset.vectors.iter().map(|space| space.name.as_str()).collect::<Vec<_>>().join(", ");
        let space = match name {
            None => dataset.vectors.first(),
            Some(name) => dataset.vectors.iter().find(|space| space.name == name),
        };
        let Some(space) = space else {
            return Err(match (name, dataset.vectors.is_empty()) {
                (Some(name), false) => {
                    JobError::refused(format!("there are no vectors '{name}'"), format!("there are: {}", known()))
                }
                _ => JobError::refused(
                    format!("'{}' has no vectors; similar needs some", dataset.path()),
                    "import them beside the records: --vectors minilm=embeddings.npy",
                ),
            });
        };
        let count = store.counts(dataset.id, crate::model::UserId(0))?.records.max(0) as usize;
        let mut loaded = Self {
            name: space.name.clone(),
            records: Vec::with_capacity(count),
            matrix: Matrix::new(space.dimensions, count),
        };
        store.scan_vectors(dataset.id, &space.name, &mut |record, bytes| {
            loaded.records.push(record);
            loaded.matrix.push(bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])));
        })?;
        if loaded.records.is_sorted() {
            return Ok(loaded);
        }
        let mut order: Vec<usize> = (0..loaded.records.len()).collect();
        order.sort_unstable_by_key(|row| loaded.records[*row]);
        let mut matrix = Matrix::new(space.dimensions, order.len());
        for row in order {
            matrix.push(loaded.matrix.row(row).iter().copied());
        }
        loaded.records.sort_unstable();
        Ok(Self { matrix, ..loaded })
    }

    /// How many records have a vector.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether none has.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Whether a record has a vector here.
    #[must_use]
    pub fn has(&self, record: RecordId) -> bool {
        self.records.binary_search(&record).is_ok()
    }

    /// The nearest records and their cosine, nearest first; or why there are none.
    ///
    /// # Errors
    /// [`JobError::Refused`] when the record has no vector, or a zero one.
    pub fn nearest(&self, record: RecordId, k: usize) -> std::result::Result<Vec<(RecordId, f32)>, JobError> {
        let Ok(row) = self.records.binary_search(&record) else {
            return Err(JobError::refused(
                format!("no vector '{}' for this record; similar needs one", self.name),
                "import them beside the records: --vectors NAME=FILE.npy",
            ));
        };
        if self.matrix.row(row).iter().all(|x| *x == 0.0) {
            return Err(JobError::refused(
                format!("the vector '{}' of this record is zero: it points nowhere", self.name),
                "",
            ));
        }
        let found = self.matrix.nearest(row, k);
        Ok(found.into_iter().map(|(row, score)| (self.records[row], score)).collect())
    }
}

/// Neighbours with their texts and what everybody holds about them: four looks at the file.
///
/// # Errors
/// When the file cannot be read.
pub fn neighbours(store: &mut dyn Store, found: &[(RecordId, f32)]) -> Result<Vec<Neighbour>> {
    let ids: Vec<RecordId> = found.iter().map(|(id, _)| *id).collect();
    let records = store.records(&ids)?;
    let mut held = store.held(&ids)?;
    let neighbour = |(record, (id, score)): (Record, &(RecordId, f32))| {
        let held = held.remove(id).unwrap_or_default().into_iter().map(|(_, named)| named).collect();
        Neighbour { score: *score, held, record }
    };
    Ok(records.into_iter().zip(found).map(neighbour).collect())
}
