//! Records page by page: all of a dataset, or those of a queue in its order.

use crate::jobs::JobError;
use crate::model::{Dataset, DatasetId, Queue, Record, RecordId, UserId};
use crate::store::{Beside, Store};

/// A record with its unknown keys and what hangs on it.
pub(super) type Whole = (Record, String, Beside);

/// Records in a page.
pub(super) const PAGE: usize = 512;

pub(super) struct Pages {
    dataset: DatasetId,
    after: i64,
    /// The records of a queue, those to come.
    queue: Option<std::vec::IntoIter<RecordId>>,
    total: u64,
}

impl Pages {
    pub(super) fn of(
        store: &mut dyn Store,
        dataset: &Dataset,
        queue: Option<&(Queue, UserId)>,
    ) -> Result<Self, JobError> {
        let queue = match queue {
            Some((Queue::All, _)) | None => None,
            Some((queue, user)) => Some(store.steps(dataset.id, *user, queue, None, i64::MAX as usize)?.into_iter()),
        };
        let total = match &queue {
            Some(records) => records.len() as u64,
            None => store.counts(dataset.id, UserId(0))?.records as u64,
        };
        Ok(Self { dataset: dataset.id, after: 0, queue, total })
    }

    /// How many records there are.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// The next page; none after the last.
    pub(super) fn next(&mut self, store: &mut dyn Store) -> Result<Option<Vec<Whole>>, JobError> {
        if let Some(queue) = &mut self.queue {
            let mut page = Vec::new();
            for id in queue.by_ref().take(PAGE) {
                let position = store.record(id)?.position;
                for (record, extra) in store.page(self.dataset, position - 1, 1)? {
                    let beside = store.beside(id, id)?.remove(&id).unwrap_or_default();
                    page.push((record, extra, beside));
                }
            }
            return Ok((!page.is_empty()).then_some(page));
        }
        let page = store.page(self.dataset, self.after, PAGE)?;
        let Some((last, _)) = page.last() else { return Ok(None) };
        self.after = last.position;
        let ids = page.iter().map(|(record, _)| record.id);
        let (first, last) = (ids.clone().min().unwrap_or(last.id), ids.max().unwrap_or(last.id));
        let mut beside = store.beside(first, last)?;
        let whole = |(record, extra): (Record, String)| {
            let beside = beside.remove(&record.id).unwrap_or_default();
            (record, extra, beside)
        };
        Ok(Some(page.into_iter().map(whole).collect()))
    }
}
