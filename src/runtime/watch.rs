//! The watch: looks at the file every two seconds for what others did, and figures agreement when something changed.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use super::desk::{self, Seat};
use crate::jobs;
use crate::model::{QuestionKind, Resampling};
use crate::session::Event;
use crate::store::{Result, Store};

/// How often the file is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Watches until the sitting is over.
pub(super) fn watch(mut store: Box<dyn Store>, mut seat: Seat, over: &Receiver<()>, inbox: &Sender<Event>) {
    let mut seen = -1;
    loop {
        // A file that cannot be read now is looked at again; the desk tells of it when it matters.
        let newest = store.changes_since(seen.max(0)).unwrap_or(seen);
        if newest != seen {
            let first = seen < 0;
            seen = newest;
            for event in look(store.as_mut(), &mut seat, first).unwrap_or_default() {
                if inbox.send(event).is_err() {
                    return;
                }
            }
        }
        match over.recv_timeout(LOOK) {
            Err(RecvTimeoutError::Timeout) => {}
            _ => return,
        }
    }
}

/// What a change means for the sitting.
fn look(store: &mut dyn Store, seat: &mut Seat, first: bool) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    if !first {
        events.push(Event::Changed(desk::counts(store, seat)?));
        let now = store.datasets()?.into_iter().find(|dataset| dataset.id == seat.dataset.id);
        if let Some(dataset) = now.filter(|dataset| *dataset != seat.dataset) {
            seat.dataset = dataset.clone();
            events.push(Event::Dataset(Box::new(dataset)));
        }
    }
    for question in &seat.dataset.questions {
        if matches!(question.kind, QuestionKind::MultiLabel | QuestionKind::Label)
            && let Ok(found) = jobs::agreement::by_label(store, question, Resampling::default())
        {
            events.push(Event::Agreement(question.id, found.labels));
        }
    }
    Ok(events)
}
