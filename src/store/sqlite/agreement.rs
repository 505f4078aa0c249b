//! The sums of agreement: of each question, how many records have so many submitted answers and so many ticks of a
//! label. They change in the transaction of the answer, and only in the classes of its record.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, params};

use super::read;
use crate::model::{DatasetId, Offered, QuestionId, RecordId, Response, Status, UnitClass, UserId};
use crate::store::Result;

/// Bytes of one count.
const WIDE: usize = 4;

/// How many records by label and ticks, by how many answers they have; as the table holds it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct TickCounts(BTreeMap<u32, Vec<u8>>);

impl TickCounts {
    /// Adds `by` records with so many answers of which so many ticked the label. One answer alone pairs nothing.
    fn shift(&mut self, label: usize, (answers, ticked): (u32, u32), by: i32) {
        if answers < 2 {
            return;
        }
        let counts = self.0.entry(answers).or_default();
        let across = answers as usize + 1;
        let at = (label * across + ticked as usize) * WIDE;
        if counts.len() < at + WIDE {
            counts.resize((label + 1) * across * WIDE, 0);
        }
        if let Some(count) = counts[at..].first_chunk_mut::<WIDE>() {
            *count = u32::from_le_bytes(*count).saturating_add_signed(by).to_le_bytes();
        }
    }

    fn write(&self, connection: &Connection, question: QuestionId) -> Result<()> {
        let mut statement = connection.prepare_cached(
            "INSERT INTO agreement_class (question, answers, records) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET records = ?3",
        )?;
        for (answers, counts) in &self.0 {
            statement.execute(params![question.0, answers, counts])?;
        }
        Ok(())
    }
}

/// How many answers to one record count for each label, and how many ticked it.
struct Unit<'a> {
    offered: &'a [Offered],
    counted: Vec<(u32, u32)>,
}

impl<'a> Unit<'a> {
    fn new(offered: &'a [Offered]) -> Self {
        Self { offered, counted: vec![(0, 0); offered.len()] }
    }

    /// A label that was not offered in the answer's label set is missing, not "no".
    fn add(&mut self, label_set: i64, ticked: impl Fn(usize) -> bool) {
        for (label, (offered, counted)) in self.offered.iter().zip(&mut self.counted).enumerate() {
            if offered.in_set(label_set) {
                counted.0 += 1;
                counted.1 += u32::from(ticked(label));
            }
        }
    }

    fn add_ticks(&mut self, answer: Option<(i64, &[u32])>) {
        if let Some((label_set, ticked)) = answer {
            self.add(label_set, |label| ticked.binary_search(&(label as u32)).is_ok());
        }
    }

    fn add_bits(&mut self, label_set: i64, bits: &[u8]) {
        self.add(label_set, |label| bits.get(label / 8).is_some_and(|byte| byte >> (label % 8) & 1 == 1));
    }

    fn shift(&self, table: &mut TickCounts, by: i32) {
        for (label, counted) in self.counted.iter().enumerate() {
            table.shift(label, *counted, by);
        }
    }
}

/// For each label of a question the label sets in which it was offered.
fn offered(connection: &Connection, question: QuestionId) -> Result<Vec<Offered>> {
    let mut statement = connection
        .prepare_cached("SELECT since, retired, exceptions FROM label WHERE question = ? ORDER BY position")?;
    let rows = statement.query_map([question.0], |row| {
        let until = row.get::<_, Option<i64>>(1)?.unwrap_or(i64::MAX);
        Ok(Offered { since: row.get(0)?, until, exceptions: read::exceptions(row, 2)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The answer of a response that counts: its label set and ticks.
fn counted(response: Option<&Response>, question: QuestionId) -> Option<(i64, &[u32])> {
    let response = response.filter(|response| response.status == Status::Submitted)?;
    let set = response.label_sets.get(&question).copied().unwrap_or(1);
    Some((set, response.answers.get(&question)?.labels()?))
}

/// Lets the sums follow a response of the first pass that was replaced: `before` by `after`. Costs two index look-ups
/// a question, and steps for each of its labels and for the answers to this one record; nothing where no submitted
/// answer changed.
pub(super) fn follow(
    connection: &Connection,
    user: UserId,
    record: RecordId,
    before: Option<&Response>,
    after: Option<&Response>,
) -> Result<()> {
    let both = [before, after].into_iter().flatten();
    let questions: BTreeSet<QuestionId> = both.flat_map(|response| response.answers.keys().copied()).collect();
    for question in questions {
        let (old, new) = (counted(before, question), counted(after, question));
        if old == new {
            continue;
        }
        if old.is_some() != new.is_some() {
            count_rater(connection, question, user, if new.is_some() { 1 } else { -1 })?;
        }
        let offered = offered(connection, question)?;
        let mut was = others(connection, question, record, user, &offered)?;
        let mut is = Unit { counted: was.counted.clone(), ..was };
        was.add_ticks(old);
        is.add_ticks(new);
        let mut table = TickCounts::default();
        for (answers, _) in was.counted.iter().chain(&is.counted) {
            if *answers > 1 && !table.0.contains_key(answers) {
                table.0.insert(*answers, row(connection, question, *answers)?);
            }
        }
        was.shift(&mut table, -1);
        is.shift(&mut table, 1);
        table.write(connection, question)?;
    }
    Ok(())
}

/// The other people's answers to a record.
fn others<'a>(
    connection: &Connection,
    question: QuestionId,
    record: RecordId,
    user: UserId,
    offered: &'a [Offered],
) -> Result<Unit<'a>> {
    let mut statement = connection.prepare_cached(
        "SELECT label_set, labels FROM answer
         WHERE question = ?1 AND record = ?2 AND user <> ?3 AND pass = 1 AND status = 1 AND labels IS NOT NULL",
    )?;
    let mut rows = statement.query(params![question.0, record.0, user.0])?;
    let mut unit = Unit::new(offered);
    while let Some(row) = rows.next()? {
        unit.add_bits(row.get(0)?, row.get_ref(1)?.as_blob().unwrap_or_default());
    }
    Ok(unit)
}

fn row(connection: &Connection, question: QuestionId, answers: u32) -> Result<Vec<u8>> {
    let row = connection
        .prepare_cached("SELECT records FROM agreement_class WHERE question = ?1 AND answers = ?2")?
        .query_row(params![question.0, answers], |row| row.get(0))
        .optional()?;
    Ok(row.unwrap_or_default())
}

/// Counts the answers of a person to a question, beside their other counters: in a page that a save writes anyway.
fn count_rater(connection: &Connection, question: QuestionId, user: UserId, by: i64) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO counter (dataset, user, name, value)
             VALUES ((SELECT dataset FROM question WHERE id = ?1), ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET value = value + ?4",
        )?
        .execute(params![question.0, user.0, answers_to(question), by])?;
    Ok(())
}

/// Name of the counter.
fn answers_to(question: QuestionId) -> String {
    format!("question {}", question.0)
}

/// The sums of a question, counted anew from its answers: one pass over them, some 0.2 µs an answer.
pub(super) fn recount(connection: &Connection, question: QuestionId) -> Result<()> {
    connection.execute("DELETE FROM agreement_class WHERE question = ?", [question.0])?;
    connection.execute(
        "DELETE FROM counter WHERE dataset = (SELECT dataset FROM question WHERE id = ?1) AND name = ?2",
        params![question.0, answers_to(question)],
    )?;
    let offered = offered(connection, question)?;
    let (mut table, mut raters, mut unit) = (TickCounts::default(), BTreeMap::<i64, i64>::new(), Unit::new(&offered));
    let mut statement = connection.prepare_cached(
        "SELECT record, user, label_set, labels FROM answer
         WHERE question = ? AND pass = 1 AND status = 1 AND labels IS NOT NULL ORDER BY question, record",
    )?;
    let mut rows = statement.query([question.0])?;
    let mut record = None;
    while let Some(row) = rows.next()? {
        let this: i64 = row.get(0)?;
        if record.replace(this) != Some(this) {
            unit.shift(&mut table, 1);
            unit.counted.fill((0, 0));
        }
        *raters.entry(row.get(1)?).or_default() += 1;
        unit.add_bits(row.get(2)?, row.get_ref(3)?.as_blob().unwrap_or_default());
    }
    unit.shift(&mut table, 1);
    table.write(connection, question)?;
    raters.into_iter().try_for_each(|(user, answers)| count_rater(connection, question, UserId(user), answers))
}

/// The same for every question with labels of a dataset.
pub(super) fn recount_all(connection: &Connection, dataset: DatasetId) -> Result<()> {
    let questions = connection
        .prepare_cached("SELECT id FROM question WHERE dataset = ? AND kind IN ('multi_label', 'label')")?
        .query_map([dataset.0], |row| Ok(QuestionId(row.get(0)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    questions.into_iter().try_for_each(|question| recount(connection, question))
}

/// The classes of each label that have records, by answers and ticks.
pub(super) fn classes(connection: &Connection, question: QuestionId) -> Result<Vec<Vec<UnitClass>>> {
    let mut statement = connection
        .prepare_cached("SELECT answers, records FROM agreement_class WHERE question = ? ORDER BY question, answers")?;
    let mut rows = statement.query([question.0])?;
    let mut labels: Vec<Vec<UnitClass>> = Vec::new();
    while let Some(row) = rows.next()? {
        let answers: u32 = row.get(0)?;
        let counts = row.get_ref(1)?.as_blob().unwrap_or_default();
        for (label, counts) in counts.chunks_exact((answers as usize + 1) * WIDE).enumerate() {
            if labels.len() <= label {
                labels.push(Vec::with_capacity(8));
            }
            for (positives, count) in (0u32..).zip(counts.chunks_exact(WIDE)) {
                let units = count.first_chunk().map_or(0, |count| u32::from_le_bytes(*count));
                if units > 0 {
                    labels[label].push(UnitClass { answers, positives, units: u64::from(units) });
                }
            }
        }
    }
    Ok(labels)
}

/// Who gave the answers that count.
pub(super) fn raters(connection: &Connection, question: QuestionId) -> Result<Vec<UserId>> {
    let mut statement = connection.prepare_cached(
        "SELECT user FROM counter
         WHERE dataset = (SELECT dataset FROM question WHERE id = ?1) AND name = ?2 AND value > 0 ORDER BY user",
    )?;
    let rows = statement.query_map(params![question.0, answers_to(question)], |row| Ok(UserId(row.get(0)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How many answers those are.
pub(super) fn answers(connection: &Connection, question: QuestionId) -> Result<u64> {
    let mut statement = connection.prepare_cached(
        "SELECT COALESCE(sum(value), 0) FROM counter
         WHERE dataset = (SELECT dataset FROM question WHERE id = ?1) AND name = ?2",
    )?;
    Ok(statement.query_row(params![question.0, answers_to(question)], |row| row.get::<_, i64>(0))?.max(0) as u64)
}
