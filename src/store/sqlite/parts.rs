//! Parts of datasets, changed piece by piece: what people hold, identities, guidelines, labels and their sets.

use rusqlite::params;

use super::{SqliteStore, bulk, extras, search, whole};
use crate::model::{
    Adjudications, DatasetId, Label, Person, QuestionId, RecordId, Suggested, Uid, UserId, Whole, WholeParts,
};
use crate::store::{PartStore, Result};

impl PartStore for SqliteStore {
    fn whole_after(&mut self, dataset: DatasetId, after: RecordId, limit: usize) -> Result<Vec<Whole>> {
        whole::after(&self.connection, dataset, after, limit)
    }

    fn whole_parts(&mut self, dataset: DatasetId, records: &[RecordId], parts: WholeParts<'_>) -> Result<Vec<Whole>> {
        whole::among(&self.connection, dataset, records, parts)
    }

    fn whole_page(
        &mut self,
        dataset: DatasetId,
        after: i64,
        limit: usize,
        parts: WholeParts<'_>,
    ) -> Result<Vec<Whole>> {
        whole::page(&self.connection, dataset, after, limit, parts)
    }

    fn record_by_key(&mut self, dataset: DatasetId, natural_key: &str) -> Result<Option<(RecordId, Uid)>> {
        whole::by_key(&self.connection, dataset, natural_key)
    }

    fn put_person(
        &mut self,
        dataset: DatasetId,
        user: UserId,
        record: RecordId,
        person: &Person,
        stands: bool,
    ) -> Result<()> {
        whole::put(&self.connection, dataset, user, record, person, stands)
    }

    fn put_suggested(&mut self, record: RecordId, suggested: &Suggested) -> Result<()> {
        whole::put_suggestion(&self.connection, record, suggested)
    }

    fn put_adjudications(&mut self, record: RecordId, adjudications: &Adjudications) -> Result<()> {
        extras::put_adjudications(&self.connection, record, adjudications)
    }

    fn aliases(&mut self) -> Result<Vec<(Uid, UserId)>> {
        let mut statement = self.connection.prepare_cached("SELECT uid, user FROM user_alias")?;
        let rows = statement.query_map([], |row| Ok((Uid(row.get(0)?), UserId(row.get(1)?))))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn add_alias(&mut self, uid: &Uid, user: UserId) -> Result<()> {
        self.connection
            .prepare_cached("INSERT INTO user_alias (uid, user) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET user = ?2")?
            .execute(params![uid.0, user.0])?;
        Ok(())
    }

    fn guidelines(&mut self, dataset: DatasetId) -> Result<Vec<(i64, String, Option<i64>)>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT version, text, at FROM guidelines WHERE dataset = ? ORDER BY version")?;
        let rows = statement.query_map([dataset.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn put_guidelines(&mut self, dataset: DatasetId, version: i64, text: &str, at: Option<i64>) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO guidelines (dataset, version, text, at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET text = ?3, at = ?4",
            )?
            .execute(params![dataset.0, version, text, at])?;
        self.connection
            .prepare_cached("UPDATE dataset SET guidelines_version = max(guidelines_version, ?2) WHERE id = ?1")?
            .execute(params![dataset.0, version])?;
        Ok(())
    }

    fn put_label(&mut self, question: QuestionId, index: u32, label: &Label) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO label (question, position, uid, value, title, description, key, label_group, exclusive,
                     since, retired, exceptions, changed_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
                 ON CONFLICT (question, position) DO UPDATE SET value = ?4, title = ?5, description = ?6, key = ?7,
                     label_group = ?8, exclusive = ?9, since = ?10, retired = ?11, exceptions = ?12, changed_at = ?13",
            )?
            .execute(params![
                question.0,
                index,
                label.uid.0,
                label.value,
                label.title,
                label.description,
                label.key.map(String::from),
                label.group,
                label.exclusive,
                label.since,
                label.retired,
                serde_json::json!(label.exceptions).to_string(),
                label.changed_at,
            ])?;
        Ok(())
    }

    fn put_label_set(&mut self, question: QuestionId, number: i64) -> Result<()> {
        self.connection
            .prepare_cached("UPDATE question SET label_set = ?2 WHERE id = ?1 AND label_set <> ?2")?
            .execute(params![question.0, number])?;
        Ok(())
    }

    fn scan_uids(&mut self, dataset: DatasetId, each: &mut dyn FnMut(RecordId, &str)) -> Result<()> {
        let mut statement = self.connection.prepare_cached("SELECT id, uid FROM record WHERE dataset = ?")?;
        let mut rows = statement.query([dataset.0])?;
        while let Some(row) = rows.next()? {
            each(RecordId(row.get(0)?), row.get_ref(1)?.as_str().unwrap_or_default());
        }
        Ok(())
    }

    fn vector_count(&mut self, dataset: DatasetId, name: &str) -> Result<u64> {
        let count: i64 = self.connection
            .prepare_cached(
                "SELECT count(*) FROM vector WHERE space = (SELECT id FROM vector_space WHERE dataset = ?1 AND name = ?2)",
            )?
            .query_row(params![dataset.0, name], |row| row.get(0))?;
        Ok(count as u64)
    }

    fn stamp_record(&mut self, record: RecordId, at: Option<i64>) -> Result<()> {
        self.connection
            .prepare_cached("UPDATE record SET changed_at = ?2 WHERE id = ?1")?
            .execute(params![record.0, at])?;
        Ok(())
    }

    fn recount(&mut self, dataset: DatasetId) -> Result<()> {
        search::index_new(&self.connection)?;
        bulk::recount(&self.connection, dataset)
    }
}
