//! The next record of a queue for the screen: where records want only so many people it is held for this session.

use super::context::SessionContext;
use crate::model::{LeaseRequest, Queue, RecordId, Spot, Status, Timestamp};
use crate::store::{Result, Store};

/// How long a record is held without a sign of life, in milliseconds; the watch renews it in time.
const HELD: i64 = 10 * 60_000;

/// Till when something is held from now on.
pub(super) fn until(now: Timestamp) -> Timestamp {
    Timestamp(now.0 + HELD)
}

fn take<'a>(
    context: &'a SessionContext,
    queue: &'a Queue,
    after: Option<Spot>,
    keep: Option<RecordId>,
) -> LeaseRequest<'a> {
    let now = super::now();
    LeaseRequest {
        dataset: context.dataset.id,
        user: context.user,
        session: &context.session,
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
    context: &SessionContext,
    queue: &Queue,
    after: Option<Spot>,
    keep: Option<RecordId>,
) -> Result<Option<Spot>> {
    if matches!(queue, Queue::Pending | Queue::Random) {
        return store.take_lease(&take(context, queue, after, keep));
    }
    let found = store.next_in_queue(context.dataset.id, context.user, queue, after)?;
    found.map(|record| spot(store, record)).transpose()
}

fn spot(store: &mut dyn Store, record: RecordId) -> Result<Spot> {
    let position = store.records(&[record])?.first().map_or(0, |found| found.position);
    Ok(Spot { record, position })
}

/// The record I touched last, if it is still in the queue (a draft), else the next one after it.
pub(super) fn resume(store: &mut dyn Store, context: &SessionContext, queue: &Queue) -> Result<Option<Spot>> {
    let last = store.last_touched(context.dataset.id, context.user)?;
    if let Some(record) = last {
        let spot = spot(store, record)?;
        // By the looks that show a record, which are prepared once.
        let held = store.held(&[record])?.remove(&record).unwrap_or_default();
        let mine = held.iter().find(|(user, _)| *user == context.user);
        let draft = mine.is_some_and(|(_, named)| named.entry.status() == Some(Status::Draft));
        if draft && *queue == Queue::Pending && store.hold_lease(&take(context, queue, None, None), record)? {
            return Ok(Some(spot));
        }
        let next = next(store, context, queue, Some(spot), None)?;
        if next.is_some() {
            return Ok(next);
        }
    }
    next(store, context, queue, None, None)
}
