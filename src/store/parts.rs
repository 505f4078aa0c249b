//! Records with everything that hangs on them, and what a dataset stands on, piece by piece: what merging, moving and label
//! surgery read and write.

use std::collections::BTreeSet;

use super::Result;
use crate::model::{
    Adjudications, DatasetId, Label, Person, QuestionId, RecordId, Suggested, Uid, UserId, Whole, WholeParts,
};

/// Parts of datasets.
pub trait PartStore {
    /// Up to `limit` records after one with everything that hangs on them: some 2 µs a row.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn whole_after(&mut self, dataset: DatasetId, after: RecordId, limit: usize) -> Result<Vec<Whole>>;

    /// These records with everything that hangs on them, of the people only what these hold; keys come ascending.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn whole_among(
        &mut self,
        dataset: DatasetId,
        records: &[RecordId],
        people: Option<&BTreeSet<UserId>>,
    ) -> Result<Vec<Whole>> {
        self.whole_parts(dataset, records, WholeParts { people, ..WholeParts::ALL })
    }

    /// These records with these parts of what hangs on them; keys come ascending.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn whole_parts(&mut self, dataset: DatasetId, records: &[RecordId], parts: WholeParts<'_>) -> Result<Vec<Whole>>;

    /// Up to `limit` records after a position, with these parts of what hangs on them.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn whole_page(&mut self, dataset: DatasetId, after: i64, limit: usize, parts: WholeParts<'_>)
    -> Result<Vec<Whole>>;

    /// The record with a natural key, and its identity.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn record_by_key(&mut self, dataset: DatasetId, natural_key: &str) -> Result<Option<(RecordId, Uid)>>;

    /// Puts all that one person holds about a record in the place of what stands, without an event; counters and sums
    /// follow with [`PartStore::recount`]. `stands`: whether anything does.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn put_person(
        &mut self,
        dataset: DatasetId,
        user: UserId,
        record: RecordId,
        person: &Person,
        stands: bool,
    ) -> Result<()>;

    /// Puts a suggestion in the place of what stands.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn put_suggested(&mut self, record: RecordId, suggested: &Suggested) -> Result<()>;

    /// Puts adjudications in the place of those that stand on a record.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn put_adjudications(&mut self, record: RecordId, adjudications: &Adjudications) -> Result<()>;

    /// Other identities that users of this file have in files that were merged.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn aliases(&mut self) -> Result<Vec<(Uid, UserId)>>;

    /// Remembers such an identity.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn add_alias(&mut self, uid: &Uid, user: UserId) -> Result<()>;

    /// All guidelines of a dataset: number, text and time.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn guidelines(&mut self, dataset: DatasetId) -> Result<Vec<(i64, String, Option<i64>)>>;

    /// Puts guidelines under a number; the greatest number is the present one.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn put_guidelines(&mut self, dataset: DatasetId, version: i64, text: &str, at: Option<i64>) -> Result<()>;

    /// Puts a label with everything at its index, in the place of what stands there.
    ///
    /// # Errors
    /// When its value is taken or the file cannot be written.
    fn put_label(&mut self, question: QuestionId, index: u32, label: &Label) -> Result<()>;

    /// Makes this the number of a question's present label set.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn put_label_set(&mut self, question: QuestionId, number: i64) -> Result<()>;

    /// The identity of every record of a dataset.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn scan_uids(&mut self, dataset: DatasetId, each: &mut dyn FnMut(RecordId, &str)) -> Result<()>;

    /// How many records have a vector of this name.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn vector_count(&mut self, dataset: DatasetId, name: &str) -> Result<u64>;

    /// Says when the content of a record was changed, where it came so.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn stamp_record(&mut self, record: RecordId, at: Option<i64>) -> Result<()>;

    /// Counts anew what follows from the rows of a dataset, sums of agreement and the text index of new records
    /// included.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn recount(&mut self, dataset: DatasetId) -> Result<()>;
}
