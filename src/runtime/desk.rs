//! The desk: one thread with its own connection does what the session wants, in order. And the shop: agreement,
//! figured again when anybody changed anything.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use crate::jobs;
use crate::model::sitting::Direction;
use crate::model::{DatasetId, Question, RecordId, Uid, UserId};
use crate::session::{Effect, Event, Intent, Loaded, Want};
use crate::store::{Find, Result, Reverse, Reversed, Save, Store, StoreError};

/// How often the file is looked at for what others did.
const LOOK: Duration = Duration::from_secs(2);

/// Who sits here.
#[derive(Debug, Clone)]
pub(super) struct Seat {
    pub(super) user: UserId,
    pub(super) dataset: DatasetId,
    pub(super) sitting: Uid,
}

/// Does what is wanted until the session leaves.
pub(super) fn work(mut store: Box<dyn Store>, seat: &Seat, wants: &Receiver<Effect>, inbox: &Sender<Event>) {
    while let Ok(effect) = wants.recv() {
        for event in perform(store.as_mut(), seat, effect) {
            if inbox.send(event).is_err() {
                // The sitting is over; what is still wanted is done all the same.
            }
        }
    }
}

fn perform(store: &mut dyn Store, seat: &Seat, effect: Effect) -> Vec<Event> {
    match effect {
        Effect::Save(intent) => vec![save(store, seat, *intent)],
        Effect::Fetch(want) => vec![
            fetch(store, seat, &want)
                .map_or_else(|why| Event::Trouble(why.to_string()), |found| Event::Fetched(want, found.map(Box::new))),
        ],
        Effect::Reverse(direction, earlier_too) => {
            vec![reverse(store, seat, direction, earlier_too).unwrap_or_else(|why| Event::Trouble(why.to_string()))]
        }
        Effect::Redraw | Effect::Suspend | Effect::Quit => Vec::new(),
    }
}

/// Saves an intent. Its identities are made once; a commit that failed is tried again with the same ones, since
/// it may be stored all the same.
fn save(store: &mut dyn Store, seat: &Seat, intent: Intent) -> Event {
    let mut after = intent.after.clone();
    if let Some(response) = &mut after.response
        && response.uid.is_empty()
    {
        response.uid = super::uid().0;
    }
    let save = Save {
        event: super::uid(),
        step: super::uid(),
        sitting: seat.sitting.clone(),
        kind: intent.kind.to_owned(),
        dataset: seat.dataset,
        user: seat.user,
        record: intent.record,
        after,
        at: crate::model::Timestamp(intent.at),
    };
    let mut tried = store.save(&save);
    if matches!(tried, Err(StoreError::Sqlite(_))) {
        tried = store.save(&save);
    }
    match tried.and_then(|version| Ok((version, store.counts(seat.dataset, seat.user)?))) {
        Ok((version, counts)) => Event::Saved(intent.record, version, counts),
        Err(StoreError::Conflict(stands)) => {
            let why = StoreError::Conflict(stands.clone()).to_string();
            Event::NotSaved(Box::new(intent), why, Some(stands))
        }
        Err(why) => Event::NotSaved(Box::new(intent), why.to_string(), None),
    }
}

pub(super) fn load(store: &mut dyn Store, seat: &Seat, record: RecordId) -> Result<Loaded> {
    Ok(Loaded { record: store.record(record)?, entry: store.entry(seat.user, record)?, held: store.held(record)? })
}

fn fetch(store: &mut dyn Store, seat: &Seat, want: &Want) -> Result<Option<Loaded>> {
    let pending = |store: &mut dyn Store, after| store.find(seat.dataset, &Find::PendingAfter(after, seat.user));
    let found = match want {
        Want::Next(after) | Want::Ahead(after) => pending(store, *after)?,
        Want::Exactly(record) => Some(*record),
        Want::Named(name) => {
            let named = store.find(seat.dataset, &Find::External(name))?;
            match (named, name.parse()) {
                (None, Ok(position)) => store.find(seat.dataset, &Find::Position(position))?,
                (named, _) => named,
            }
        }
        Want::Resume => {
            let last = store.last_touched(seat.dataset, seat.user)?;
            // The last touched record itself may still be pending (a draft), so it is looked at again.
            let after = match last {
                Some(record) => store.record(record)?.position - 1,
                None => 0,
            };
            match pending(store, after)? {
                None => pending(store, 0)?,
                found => found,
            }
        }
    };
    found.map(|record| load(store, seat, record)).transpose()
}

fn reverse(store: &mut dyn Store, seat: &Seat, direction: Direction, earlier_too: bool) -> Result<Event> {
    let ask = Reverse {
        event: super::uid(),
        sitting: seat.sitting.clone(),
        earlier_too,
        dataset: seat.dataset,
        user: seat.user,
        at: super::now(),
    };
    Ok(match store.reverse(direction, &ask)? {
        Reversed::Done(done) => {
            let loaded = load(store, seat, done.record)?;
            let counts = store.counts(seat.dataset, seat.user)?;
            Event::Reversed(direction, done.kind, Box::new(loaded), Box::new(done.left), counts)
        }
        Reversed::Earlier(kind, record) => {
            let name = store.record(record)?.name();
            Event::NotReversed(direction, format!("u again undoes {kind} of {name}, from an earlier sitting"), true)
        }
        Reversed::Nothing => {
            let words = if direction == Direction::Undo { "nothing to undo" } else { "nothing to do again" };
            Event::NotReversed(direction, words.to_owned(), false)
        }
    })
}

/// Figures agreement at the start and whenever the file has new events, until the sitting is over.
pub(super) fn watch(mut store: Box<dyn Store>, question: &Question, over: &Receiver<()>, inbox: &Sender<Event>) {
    let mut seen = -1;
    loop {
        let newest = store.changes_since(seen.max(0)).unwrap_or(seen);
        if newest != seen {
            seen = newest;
            if let Ok(figures) = jobs::agreement::by_label(store.as_mut(), question)
                && inbox.send(Event::Agreement(figures.labels)).is_err()
            {
                return;
            }
        }
        match over.recv_timeout(LOOK) {
            Err(RecvTimeoutError::Timeout) => {}
            _ => return,
        }
    }
}
