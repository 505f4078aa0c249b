//! The next record of a queue for the screen: where records want only so many people it is held for this sitting.

use super::desk::Seat;
use crate::model::{Queue, RecordId, Spot, Status, Take, Timestamp};
use crate::store::{Result, Store};

/// How long a record is held without a sign of life, in milliseconds; the watch renews it in time.
const HELD: i64 = 10 * 60_000;

/// Till when something is held from now on.
pub(super) fn until(now: Timestamp) -> Timestamp {
    Timestamp(now.0 + HELD)
}

fn take<'a>(seat: &'a Seat, queue: &'a Queue, after: Option<Spot>, keep: Option<RecordId>) -> Take<'a> {
    let now = super::now();
    Take {
        dataset: seat.dataset.id,
        user: seat.user,
        sitting: &seat.sitting,
        queue,
        after,
        keep,
        now,
        until: until(now),
    }
}

/// The record after a spot; `keep` goes on being held.
pub(super) fn next(
    store: &mut dyn Store,
    seat: &Seat,
    queue: &Queue,
    after: Option<Spot>,
    keep: Option<RecordId>,
) -> Result<Option<Spot>> {
    if matches!(queue, Queue::Pending | Queue::Random) {
        return store.take(&take(seat, queue, after, keep));
    }
    let found = store.step(seat.dataset.id, seat.user, queue, after)?;
    found.map(|record| spot(store, record)).transpose()
}

fn spot(store: &mut dyn Store, record: RecordId) -> Result<Spot> {
    Ok(Spot { record, position: store.record(record)?.position })
}

/// The record I touched last, if it is still in the queue (a draft), else the next one after it.
pub(super) fn resume(store: &mut dyn Store, seat: &Seat, queue: &Queue) -> Result<Option<Spot>> {
    let last = store.last_touched(seat.dataset.id, seat.user)?;
    if let Some(record) = last {
        let spot = spot(store, record)?;
        let draft = store.entry(seat.user, record)?.status() == Some(Status::Draft);
        if draft && *queue == Queue::Pending && store.hold(&take(seat, queue, None, None), record)? {
            return Ok(Some(spot));
        }
        let next = next(store, seat, queue, Some(spot), None)?;
        if next.is_some() {
            return Ok(next);
        }
    }
    next(store, seat, queue, None, None)
}
