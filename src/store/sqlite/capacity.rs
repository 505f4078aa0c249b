//! Slots: how many people a record wants, who is at it, and what that leaves of the pending queue.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::model::order::Shuffle;
use crate::model::{DatasetId, Entry, RecordId, Size, Status, UserId};
use crate::store::Result;

/// Whose queue of which dataset.
#[derive(Clone, Copy)]
pub(super) struct Whose {
    pub(super) dataset: DatasetId,
    pub(super) user: UserId,
}

/// So many positions of a shuffled order are tried one by one; then all that is open is looked through at once.
const TRIES: usize = 4_096;

/// What keeps records from a pending queue, and in which order they come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Limits {
    /// Records want only so many people.
    pub(super) slots: bool,
    /// The seed of a dataset whose order is `shuffle:SEED`.
    pub(super) seed: Option<u64>,
}

impl Limits {
    pub(super) fn of(connection: &Connection, dataset: DatasetId) -> Result<Self> {
        let mut statement = connection.prepare_cached(
            "SELECT d.min_submitted IS NOT NULL OR EXISTS (SELECT 1 FROM plan p WHERE p.dataset = d.id), d.record_order
             FROM dataset d WHERE d.id = ?",
        )?;
        let limits = |row: &Row<'_>| {
            let seed = row.get_ref(1)?.as_str()?.strip_prefix("shuffle:");
            let seed = seed.map(|seed| seed.parse().unwrap_or_else(|_| Shuffle::seed(seed)));
            Ok(Self { slots: row.get(0)?, seed })
        };
        // Of a dataset that a step has just taken away nothing is limited.
        let found = statement.query_row([dataset.0], limits).optional()?;
        Ok(found.unwrap_or(Self { slots: false, seed: None }))
    }
}

/// Not answered by the person. Drafts are pending.
const UNANSWERED: &str = "NOT EXISTS (SELECT 1 FROM response p WHERE p.record = x.record AND p.user = ?2 AND p.pass = 1
    AND p.status <> 'draft')";

/// Fewer are at it than it still wants; ?3 is now, so large that no lease holds where leases do not count.
const ROOM: &str = "(SELECT count(*) FROM lease c WHERE c.record = x.record AND c.user <> ?2 AND c.until > ?3)
    < x.wanted - x.submitted";

/// No lease holds any more then.
const END: i64 = i64::MAX;

/// What is open to everybody, and what is the person's by name; ?1 the dataset, `more` narrows it down.
fn open(more: &str) -> String {
    format!(
        "SELECT x.record FROM slot x WHERE x.dataset = ?1 AND x.submitted < x.wanted AND x.named = 0
           AND {UNANSWERED} AND {ROOM} {more}"
    )
}

fn named(more: &str) -> String {
    format!(
        "SELECT x.record FROM assignment a CROSS JOIN slot x ON x.record = a.record
         WHERE a.user = ?2 AND a.dataset = ?1 AND x.submitted < x.wanted AND x.named = 1 AND {UNANSWERED}
           AND ?3 = ?3 {more}"
    )
}

/// Control records are for everybody who has a part in the dataset, and come in their own place: nothing tells them from
/// what else is pending.
fn controls(more: &str) -> String {
    format!(
        "SELECT x.record FROM control x WHERE x.dataset = ?1 AND {UNANSWERED} AND ?3 = ?3
           AND (NOT EXISTS (SELECT 1 FROM assignment s WHERE s.dataset = ?1)
                OR EXISTS (SELECT 1 FROM assignment s WHERE s.user = ?2 AND s.dataset = ?1)) {more}"
    )
}

/// The next record of the dataset's order; without `now` leases do not count.
pub(super) fn next(
    connection: &Connection,
    whose: Whose,
    after: RecordId,
    now: Option<i64>,
) -> Result<Option<RecordId>> {
    let first = |sql: String| -> Result<Option<i64>> {
        let params = params![whose.dataset.0, whose.user.0, now.unwrap_or(END), after.0];
        Ok(connection.prepare_cached(&sql)?.query_row(params, |row| row.get(0)).optional()?)
    };
    let open = first(open("AND x.record > ?4 ORDER BY x.record LIMIT 1"))?;
    let named = first(named("AND a.record > ?4 ORDER BY a.record LIMIT 1"))?;
    let control = first(controls("AND x.record > ?4 ORDER BY x.record LIMIT 1"))?;
    Ok([open, named, control].into_iter().flatten().min().map(RecordId))
}

/// The next record of a shuffled order.
pub(super) fn next_shuffled(
    connection: &Connection,
    whose: Whose,
    order: Shuffle,
    after: Option<i64>,
    now: Option<i64>,
) -> Result<Option<RecordId>> {
    let now = now.unwrap_or(END);
    let mut one = connection.prepare_cached(&format!(
        "SELECT x.record FROM slot x WHERE x.record = (SELECT id FROM record WHERE dataset = ?1 AND position = ?4)
           AND x.submitted < x.wanted AND {UNANSWERED}
           AND CASE x.named WHEN 0 THEN {ROOM} ELSE EXISTS
               (SELECT 1 FROM assignment a WHERE a.record = x.record AND a.user = ?2) END
         UNION ALL {} LIMIT 1",
        controls("AND x.record = (SELECT id FROM record WHERE dataset = ?1 AND position = ?4)")
    ))?;
    for position in order.after(after.map(|position| position as u64)).take(TRIES) {
        let params = params![whose.dataset.0, whose.user.0, now, position as i64];
        if let Some(record) = one.query_row(params, |row| row.get(0)).optional()? {
            return Ok(Some(RecordId(record)));
        }
    }
    let from = after.map(|position| order.place(position as u64));
    let mut all = connection.prepare_cached(&format!(
        "SELECT r.id, r.position FROM record r WHERE r.id IN ({} UNION ALL {} UNION ALL {})",
        open(""),
        named(""),
        controls("")
    ))?;
    let mut rows = all.query(params![whose.dataset.0, whose.user.0, now])?;
    let mut best: Option<(u64, i64)> = None;
    while let Some(row) = rows.next()? {
        let place = order.place(row.get::<_, i64>(1)? as u64);
        let later = from.is_none_or(|from| place > from);
        if later && best.is_none_or(|(known, _)| place < known) {
            best = Some((place, row.get(0)?));
        }
    }
    Ok(best.map(|(_, record)| RecordId(record)))
}

pub(super) fn size(connection: &Connection, whose: Whose, most: i64) -> Result<Size> {
    let sql = format!(
        "SELECT count(*) FROM (SELECT record FROM ({} UNION ALL {} UNION ALL {}) LIMIT {})",
        open(""),
        named(""),
        controls(""),
        most.saturating_add(1)
    );
    let params = params![whose.dataset.0, whose.user.0, END];
    let count: i64 = connection.prepare_cached(&sql)?.query_row(params, |row| row.get(0))?;
    Ok(if count > most { Size::MoreThan(most as u64) } else { Size::Exactly(count as u64) })
}

/// All that is pending, to the last record: what is open, less what of it the person has answered.
pub(super) fn pending(connection: &Connection, whose: Whose) -> Result<u64> {
    let count = |sql: &str| -> Result<i64> {
        Ok(connection.prepare_cached(sql)?.query_row(params![whose.dataset.0, whose.user.0], |row| row.get(0))?)
    };
    let open = count("SELECT count(*) FROM slot WHERE dataset = ?1 AND submitted < wanted AND named = 0 AND ?2 = ?2")?;
    let answered = count(
        "SELECT count(*) FROM response p CROSS JOIN slot x ON x.record = p.record
         WHERE p.user = ?2 AND p.dataset = ?1 AND p.status IN ('submitted', 'discarded') AND p.pass = 1
           AND x.submitted < x.wanted AND x.named = 0",
    )?;
    let named = count(&format!(
        "SELECT count(*) FROM assignment a CROSS JOIN slot x ON x.record = a.record
         WHERE a.user = ?2 AND a.dataset = ?1 AND x.submitted < x.wanted AND {UNANSWERED}"
    ))?;
    let params = params![whose.dataset.0, whose.user.0, END];
    let sql = format!("SELECT count(*) FROM ({})", controls(""));
    let controls: i64 = connection.prepare_cached(&sql)?.query_row(params, |row| row.get(0))?;
    Ok((open - answered + named + controls).max(0) as u64)
}

/// A save changed what a person holds: the slot follows, and the record is let go once it is done with.
pub(super) fn follow(
    connection: &Connection,
    user: UserId,
    record: RecordId,
    before: &Entry,
    after: &Entry,
) -> Result<()> {
    let submitted = |entry: &Entry| i64::from(entry.status() == Some(Status::Submitted));
    let more = submitted(after) - submitted(before);
    if more != 0 {
        connection
            .prepare_cached("UPDATE slot SET submitted = submitted + ?2 WHERE record = ?1")?
            .execute([record.0, more])?;
    }
    if matches!(after.status(), Some(Status::Submitted | Status::Discarded)) {
        connection.prepare_cached("DELETE FROM lease WHERE record = ?1 AND user = ?2")?.execute([record.0, user.0])?;
    }
    Ok(())
}

/// Makes the slots anew from what the dataset says and what stands: after an import, a merge, a step undone.
pub(super) fn recount(connection: &Connection, dataset: DatasetId) -> Result<()> {
    let planned: bool =
        connection.query_row("SELECT EXISTS (SELECT 1 FROM plan WHERE dataset = ?)", [dataset.0], |row| row.get(0))?;
    if !planned {
        connection.execute("DELETE FROM slot WHERE dataset = ?", [dataset.0])?;
        connection.execute("DELETE FROM counter WHERE dataset = ? AND name = 'assigned'", [dataset.0])?;
    }
    if !Limits::of(connection, dataset)?.slots {
        return Ok(());
    }
    // Records that came after a plan are for everybody, and want one.
    connection.execute(
        "INSERT INTO slot (record, dataset, wanted)
         SELECT r.id, r.dataset, CASE WHEN ?2 THEN 1 ELSE d.min_submitted END
         FROM record r JOIN dataset d ON d.id = r.dataset
         WHERE r.dataset = ?1 AND (?2 OR d.min_submitted IS NOT NULL)
         ON CONFLICT DO NOTHING",
        params![dataset.0, planned],
    )?;
    connection
        .execute("DELETE FROM slot WHERE record IN (SELECT record FROM control WHERE dataset = ?)", [dataset.0])?;
    connection.execute(
        "UPDATE slot SET submitted = (SELECT count(*) FROM response p WHERE p.record = slot.record
             AND p.status = 'submitted' AND p.pass = 1)
         WHERE dataset = ?",
        [dataset.0],
    )?;
    connection.execute("DELETE FROM counter WHERE dataset = ? AND name = 'assigned'", [dataset.0])?;
    connection.execute(
        "INSERT INTO counter (dataset, user, name, value)
         SELECT dataset, user, 'assigned', count(*) + (SELECT count(*) FROM control WHERE dataset = ?1)
         FROM assignment WHERE dataset = ?1 GROUP BY user",
        [dataset.0],
    )?;
    Ok(())
}

/// What hangs on records, datasets or people that an undone step took away without a look at references.
pub(super) fn forget_gone(connection: &Connection) -> Result<()> {
    for (table, column, whole) in [
        ("slot", "record", "record"),
        ("assignment", "record", "record"),
        ("lease", "record", "record"),
        ("control", "record", "record"),
        ("plan", "dataset", "dataset"),
        ("control_rate", "dataset", "dataset"),
        ("assignment", "user", "user"),
        ("lease", "user", "user"),
        ("user_secret", "user", "user"),
        ("user_key", "user", "user"),
    ] {
        connection.execute(&format!("DELETE FROM {table} WHERE {column} NOT IN (SELECT id FROM {whole})"), [])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Limits, TRIES, Whose, next_shuffled};
    use crate::model::order::Shuffle;
    use crate::model::transfer::DatasetSpec;
    use crate::model::{LeaseRequest, Queue, RecordId, Role, Timestamp, Uid, UserId};
    use crate::store::sqlite::SqliteStore;
    use crate::store::{AssignmentStore, NewRecord, Store};

    #[test]
    fn whatever_becomes_of_a_lease_answers_are_saved_durably() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::open_or_create(&folder.path().join("x.db")).unwrap();
        let mut made = 0;
        let spec = DatasetSpec { name: "d".into(), min_submitted: Some(1), ..DatasetSpec::default() };
        let mut uid = || {
            made += 1;
            Uid(format!("u{made}"))
        };
        let dataset = store.create_dataset(&spec, Timestamp(0), &mut uid).unwrap();
        let user = store.create_user(&uid(), "ana", Role::Annotator, Timestamp(0)).unwrap().id;
        let (queue, session, now) = (&Queue::Pending, &Uid("s".into()), Timestamp(0));
        let take = LeaseRequest { dataset, user, session, queue, after: None, keep: None, now, until: Timestamp(1) };
        for (query_only, works) in [(false, true), (true, false)] {
            store.connection.pragma_update(None, "query_only", query_only).unwrap();
            assert_eq!(store.take_lease(&take).is_ok(), works);
            let level: i64 = store.connection.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap();
            assert_eq!(level, 2, "FULL");
        }
    }

    #[test]
    fn what_few_places_are_left_in_a_shuffled_order_come_in_that_order() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::open_or_create(&folder.path().join("x.db")).unwrap();
        let mut made = 0;
        let mut uid = || {
            made += 1;
            Uid(format!("u{made}"))
        };
        let spec = DatasetSpec { name: "d".into(), min_submitted: Some(1), ..DatasetSpec::default() };
        let dataset = store.create_dataset(&spec, Timestamp(0), &mut uid).unwrap();
        let user = store.create_user(&uid(), "ana", Role::Annotator, Timestamp(0)).unwrap().id;
        let count = 3 * TRIES as u64;
        store.begin().unwrap();
        for at in 0..count {
            let natural_key = &format!("id:{at}");
            let record =
                NewRecord { uid: uid(), external_id: None, natural_key, fields: "{}", metadata: "{}", extra: "{}" };
            store.add_record(dataset, &record).unwrap();
        }
        store.finish_bulk(dataset, &uid(), None, Timestamp(0), "{}").unwrap();
        store.commit().unwrap();
        assert!(Limits::of(&store.connection, dataset).unwrap().slots);
        // Only a few are open, far from each other.
        let order = Shuffle::new(count, 7);
        let all: Vec<u64> = order.after(None).collect();
        let open: Vec<u64> = all.iter().skip(TRIES / 2).step_by(TRIES + TRIES / 3).copied().collect();
        let list = open.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        store
            .connection
            .execute_batch(&format!(
                "UPDATE slot SET submitted = 1 WHERE record NOT IN (SELECT id FROM record WHERE position IN ({list}))"
            ))
            .unwrap();
        let (mut found, mut after) = (Vec::new(), None);
        let whose = Whose { dataset, user: UserId(user.0) };
        while let Some(RecordId(id)) = next_shuffled(&store.connection, whose, order, after, None).unwrap() {
            let position = store.record(RecordId(id)).unwrap().position;
            found.push(position as u64);
            after = Some(position);
        }
        assert_eq!(found, open);
    }
}
