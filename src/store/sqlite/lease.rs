//! Leases: a record that wants only so many people is held for one session till it is answered or time is up.

use rusqlite::{Connection, params};

use super::capacity::{Limits, Whose};
use super::within::{Meanwhile, within};
use crate::model::{LeaseRequest, RecordId, Spot};
use crate::store::Result;

/// Takes the next record as somebody's own till they are through with it.
pub(super) fn take_lease(connection: &Connection, take: &LeaseRequest<'_>) -> Result<Option<Spot>> {
    let limits = Limits::of(connection, take.dataset)?;
    let whose = Whose { dataset: take.dataset, user: take.user };
    let spot = |found: Option<RecordId>| -> Result<Option<Spot>> {
        let Some(record) = found else { return Ok(None) };
        let mut statement = connection.prepare_cached("SELECT position FROM record WHERE id = ?")?;
        Ok(Some(Spot { record, position: statement.query_row([record.0], |row| row.get(0))? }))
    };
    let step = |now| super::queue::next_at(connection, whose, take.queue, take.after, now);
    if !limits.slots {
        return spot(step(None)?);
    }
    leasing(connection, take, || {
        let found = step(Some(take.now.0))?;
        if let Some(record) = found {
            lease(connection, take, record)?;
        }
        spot(found)
    })
}

/// Takes this very record, if there is room.
pub(super) fn hold_lease(connection: &Connection, take: &LeaseRequest<'_>, record: RecordId) -> Result<bool> {
    if !Limits::of(connection, take.dataset)?.slots {
        return Ok(true);
    }
    leasing(connection, take, || {
        let whose = Whose { dataset: take.dataset, user: take.user };
        let controlled: bool = connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM control WHERE record = ?)")?
            .query_row([record.0], |row| row.get(0))?;
        let room = controlled
            || super::capacity::next(connection, whose, RecordId(record.0 - 1), Some(take.now.0))? == Some(record);
        if room {
            lease(connection, take, record)?;
        }
        Ok(room)
    })
}

/// In a transaction of its own, in which nobody else can take anything. It need not outlast a power cut: what is claimed
/// is no answer, and an answer that follows makes it durable.
fn leasing<T>(connection: &Connection, take: &LeaseRequest<'_>, work: impl FnOnce() -> Result<T>) -> Result<T> {
    // Whatever becomes of it, answers are saved durably.
    let _fast = Meanwhile::set(connection, "synchronous", "NORMAL", "FULL")?;
    within(connection, || {
        connection
            .prepare_cached("DELETE FROM lease WHERE session = ?1 AND record IS NOT ?2")?
            .execute(params![take.session.0, take.keep.map(|record| record.0)])?;
        connection.prepare_cached("DELETE FROM lease WHERE until <= ?")?.execute([take.now.0])?;
        work()
    })
}

/// What is dealt by name is nobody else's, and needs no lease.
fn lease(connection: &Connection, take: &LeaseRequest<'_>, record: RecordId) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO lease (record, user, session, until)
             SELECT record, ?2, ?3, ?4 FROM slot WHERE record = ?1 AND named = 0
             ON CONFLICT DO UPDATE SET session = ?3, until = ?4",
        )?
        .execute(params![record.0, take.user.0, take.session.0, take.until.0])?;
    Ok(())
}
