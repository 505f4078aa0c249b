//! Full-text search: FTS5 over all texts of a record, filled once after each import.

use rusqlite::{Connection, OptionalExtension, params};

use crate::model::{DatasetId, RecordId, Search, Size, Term};
use crate::store::Result;
use crate::text::find::{has_words, index_form};
use crate::text::fold;

/// How many matches are counted before it is only said that there are more.
const MOST: u64 = 10_000;
/// How many matches are ranked; FTS5 ranks every match of a query before it gives the first.
const RANKED: i64 = 10_000;

/// Bytes of new index entries that a bulk gathers before they are written: fewer and larger pieces have to be merged.
const GATHERED: i64 = 16 << 20;
/// The same as FTS5 has it otherwise.
const USUAL: i64 = 1 << 20;

/// Indexes the records that came since the last time.
pub(super) fn index_new(connection: &Connection) -> Result<()> {
    gather(connection, GATHERED)?;
    index_each(connection)?;
    gather(connection, USUAL)
}

fn gather(connection: &Connection, bytes: i64) -> Result<()> {
    connection
        .prepare_cached("INSERT INTO record_text (record_text, rank) VALUES ('hashsize', ?)")?
        .execute([bytes])?;
    Ok(())
}

fn index_each(connection: &Connection) -> Result<()> {
    let last: i64 =
        connection.query_row("SELECT COALESCE(max(id), 0) FROM record_text_docsize", [], |row| row.get(0))?;
    let mut records = connection.prepare_cached("SELECT id, fields FROM record WHERE id > ? ORDER BY id")?;
    let mut insert = connection.prepare_cached("INSERT INTO record_text (rowid, text) VALUES (?1, ?2)")?;
    let mut rows = records.query([last])?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        insert.execute(params![id, index_form(&texts(row.get_ref(1)?.as_str().unwrap_or_default()))])?;
    }
    Ok(())
}

/// Indexes a record anew whose text has changed.
pub(super) fn index_again(connection: &Connection, record: RecordId, fields: &str) -> Result<()> {
    connection.prepare_cached("DELETE FROM record_text WHERE rowid = ?")?.execute([record.0])?;
    connection
        .prepare_cached("INSERT INTO record_text (rowid, text) VALUES (?1, ?2)")?
        .execute(params![record.0, index_form(&texts(fields))])?;
    Ok(())
}

/// The texts of a JSON object of fields, a line each.
fn texts(fields: &str) -> String {
    let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(fields).unwrap_or_default();
    fields.values().filter_map(serde_json::Value::as_str).collect::<Vec<_>>().join("\n")
}

/// A search in FTS5's language, every word quoted so that nothing of it is an operator; and the words that have
/// marks in them (`C++`), which the index alone cannot tell from plain ones.
struct FtsQuery {
    query: Option<String>,
    exact: Vec<(String, bool)>,
}

fn ask(search: &Search) -> FtsQuery {
    let quote = |term: &Term| {
        let words = index_form(&term.words).replace('"', " ");
        // A short beginning would match half of the dictionary.
        let begins = term.begins && term.words.chars().count() > 2 && term.words.ends_with(char::is_alphanumeric);
        format!("\"{}\"{}", words.trim(), if begins { "*" } else { "" })
    };
    let known = |not: bool| {
        let terms = search.terms.iter().filter(move |term| term.not == not && has_words(&term.words));
        terms.map(quote).collect::<Vec<_>>()
    };
    let (with, without) = (known(false), known(true));
    let query = (!with.is_empty()).then(|| {
        let all = format!("({})", with.join(" AND "));
        [all].into_iter().chain(without).collect::<Vec<_>>().join(" NOT ")
    });
    let marked = |term: &&Term| !term.words.chars().all(|c| c.is_alphanumeric() || c.is_whitespace());
    let only_without = query.is_none();
    let exact = search.terms.iter().filter(|term| marked(term) || (term.not && only_without));
    FtsQuery { query, exact: exact.map(|term| (fold(&term.words), term.not)).collect() }
}

/// The first record of a dataset after one whose text holds what is searched, in the dataset's order.
pub(super) fn next(
    connection: &Connection,
    dataset: DatasetId,
    search: &Search,
    after: RecordId,
) -> Result<Option<RecordId>> {
    Ok(records(connection, dataset, search, after, 1)?.pop())
}

/// Up to `limit` of them.
pub(super) fn records(
    connection: &Connection,
    dataset: DatasetId,
    search: &Search,
    after: RecordId,
    limit: usize,
) -> Result<Vec<RecordId>> {
    let asked = ask(search);
    if asked.query.is_none() && asked.exact.is_empty() {
        return Ok(Vec::new());
    }
    let sql = match asked.query {
        Some(_) => {
            "SELECT r.id, r.fields FROM record_text t CROSS JOIN record r ON r.id = t.rowid
             WHERE t.record_text MATCH ?3 AND t.rowid > ?2 AND r.dataset = ?1 ORDER BY t.rowid"
        }
        None => "SELECT r.id, r.fields FROM record r WHERE r.dataset = ?1 AND r.id > ?2 AND ?3 IS NULL ORDER BY r.id",
    };
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![dataset.0, after.0, asked.query])?;
    let mut found = Vec::new();
    while found.len() < limit
        && let Some(row) = rows.next()?
    {
        let fits = asked.exact.is_empty() || {
            let text = fold(&texts(row.get_ref(1)?.as_str().unwrap_or_default()));
            asked.exact.iter().all(|(words, not)| text.contains(words.as_str()) != *not)
        };
        if fits {
            found.push(RecordId(row.get(0)?));
        }
    }
    Ok(found)
}

pub(super) fn size(connection: &Connection, dataset: DatasetId, search: &Search) -> Result<Size> {
    let asked = ask(search);
    if let (Some(query), true) = (&asked.query, asked.exact.is_empty()) {
        let count: i64 = connection
            .prepare_cached(
                "SELECT count(*) FROM (SELECT 1 FROM record_text t CROSS JOIN record r ON r.id = t.rowid
                 WHERE t.record_text MATCH ?2 AND r.dataset = ?1 LIMIT ?3)",
            )?
            .query_row(params![dataset.0, query, MOST as i64 + 1], |row| row.get(0))?;
        return Ok(if count as u64 > MOST { Size::MoreThan(MOST) } else { Size::Exactly(count as u64) });
    }
    let found = records(connection, dataset, search, RecordId(0), MOST as usize + 1)?.len() as u64;
    Ok(if found > MOST { Size::MoreThan(MOST) } else { Size::Exactly(found) })
}

/// The best matches with their score (BM25, greater is better); of more than ten thousand matches the first of
/// them are ranked. A search that has no words for the index gives the first matches in order, score 0.
pub(super) fn ranked(
    connection: &Connection,
    dataset: DatasetId,
    search: &Search,
    limit: usize,
) -> Result<Vec<(RecordId, f64)>> {
    let asked = ask(search);
    if let (Some(query), true) = (&asked.query, asked.exact.is_empty()) {
        let last: Option<i64> = connection
            .prepare_cached(
                "SELECT rowid FROM record_text WHERE record_text MATCH ?1 ORDER BY rowid LIMIT 1 OFFSET ?2",
            )?
            .query_row(params![query, RANKED], |row| row.get(0))
            .optional()?;
        let mut statement = connection.prepare_cached(
            "SELECT t.rowid, t.rank FROM record_text t CROSS JOIN record r ON r.id = t.rowid
             WHERE t.record_text MATCH ?2 AND r.dataset = ?1 AND t.rowid < ?4 ORDER BY t.rank LIMIT ?3",
        )?;
        let rows = statement.query_map(params![dataset.0, query, limit as i64, last.unwrap_or(i64::MAX)], |row| {
            Ok((RecordId(row.get(0)?), -row.get::<_, f64>(1)?))
        })?;
        return Ok(rows.collect::<rusqlite::Result<_>>()?);
    }
    let found = records(connection, dataset, search, RecordId(0), limit)?;
    Ok(found.into_iter().map(|record| (record, 0.0)).collect())
}
