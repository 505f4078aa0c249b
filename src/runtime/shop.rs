//! The shop: slow work on a thread and a connection of its own. One job per kind; the newest replaces the waiting one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::desk::Seat;
use crate::jobs::headway::headway;
use crate::jobs::records;
use crate::jobs::similar::{self, Space};
use crate::jobs::survey;
use crate::model::{Behind, Dataset, Question, QuestionId, Queue, RecordId, Resampling, Scope, User, UserId};
use crate::session::Event;
use crate::store::Store;

/// How many neighbours are looked for: more than a pane shows, for the list.
const NEIGHBOURS: usize = 50;

/// What is waiting to be done.
#[derive(Default)]
struct Counter {
    /// Neighbours of the record on screen, and of the one in hand.
    here: Option<(RecordId, usize)>,
    ahead: Option<(RecordId, usize)>,
    /// How good the agents are.
    precision: bool,
    /// How far people are.
    headway: bool,
    /// How many records queues have. Each is asked for once and none is left out.
    queues: Vec<Queue>,
    /// Figures of a question.
    survey: Option<(QuestionId, Box<Scope>, Resampling)>,
    /// The records behind one.
    behind: Option<Wanted>,
    /// The dataset as it is now.
    dataset: Option<Box<Dataset>>,
    over: bool,
}

/// Vectors in memory, and how many records there were when they were loaded: a record without a vector is no reason to
/// load them again, one that came since is.
type Loaded = (Space, i64);

/// One job.
enum Job {
    Similar(RecordId, usize),
    Precision,
    Headway,
    Measure(Queue),
    Survey(QuestionId, Box<Scope>, Resampling),
    Behind(Wanted),
}

/// The records behind a figure, for a queue of this name.
pub(super) struct Wanted {
    pub(super) question: QuestionId,
    pub(super) scope: Box<Scope>,
    pub(super) behind: Behind,
    pub(super) raters: Vec<String>,
    pub(super) name: String,
}

/// Where jobs are handed in.
#[derive(Clone, Default)]
pub(super) struct Shop {
    counter: Arc<(Mutex<Counter>, Condvar)>,
}

impl Shop {
    /// Similar records, please: of the record on screen, or of the one in hand.
    pub(super) fn similar(&self, record: RecordId, space: usize, ahead: bool) {
        self.change(|counter| {
            let place = if ahead { &mut counter.ahead } else { &mut counter.here };
            *place = Some((record, space));
        });
    }

    /// How good the agents are, please.
    pub(super) fn precision(&self) {
        self.change(|counter| counter.precision = true);
    }

    /// How far people are, please.
    pub(super) fn headway(&self) {
        self.change(|counter| counter.headway = true);
    }

    /// How many records these queues have, please: a count may take a look at every text.
    pub(super) fn measure(&self, queues: Vec<Queue>) {
        self.change(|counter| {
            for queue in queues {
                if !counter.queues.contains(&queue) {
                    counter.queues.push(queue);
                }
            }
        });
    }

    /// Figures of a question's agreement, please.
    pub(super) fn survey(&self, question: QuestionId, scope: Box<Scope>, resampling: Resampling) {
        self.change(|counter| counter.survey = Some((question, scope, resampling)));
    }

    /// The records behind a figure, please.
    pub(super) fn behind(&self, wanted: Wanted) {
        self.change(|counter| counter.behind = Some(wanted));
    }

    /// The dataset has other labels or guidelines now.
    pub(super) fn adopt(&self, dataset: Box<Dataset>) {
        self.change(|counter| counter.dataset = Some(dataset));
    }

    /// The sitting is over.
    pub(super) fn close(&self) {
        self.change(|counter| counter.over = true);
    }

    fn change(&self, change: impl FnOnce(&mut Counter)) {
        let (lock, bell) = &*self.counter;
        change(&mut lock.lock().unwrap_or_else(PoisonError::into_inner));
        bell.notify_all();
    }

    /// The next job, with the seat as it is now; none when the sitting is over.
    fn next(&self, seat: &mut Seat) -> Option<Job> {
        let (lock, bell) = &*self.counter;
        let mut counter = lock.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if counter.over {
                return None;
            }
            if let Some(dataset) = counter.dataset.take() {
                seat.dataset = *dataset;
            }
            if let Some(wanted) = counter.behind.take() {
                return Some(Job::Behind(wanted));
            }
            if let Some((record, space)) = counter.here.take().or_else(|| counter.ahead.take()) {
                return Some(Job::Similar(record, space));
            }
            if std::mem::take(&mut counter.precision) {
                return Some(Job::Precision);
            }
            if std::mem::take(&mut counter.headway) {
                return Some(Job::Headway);
            }
            if let Some((question, scope, resampling)) = counter.survey.take() {
                return Some(Job::Survey(question, scope, resampling));
            }
            if !counter.queues.is_empty() {
                return Some(Job::Measure(counter.queues.remove(0)));
            }
            counter = bell.wait(counter).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Works until the sitting is over. Vectors are loaded at first need.
    pub(super) fn work(&self, mut store: Box<dyn Store>, mut seat: Seat, inbox: &Sender<Event>) {
        let mut space: Option<Loaded> = None;
        while let Some(job) = self.next(&mut seat) {
            let done = catch_unwind(AssertUnwindSafe(|| perform(store.as_mut(), &seat, &mut space, &job)));
            let event = done.unwrap_or_else(|_| Event::Trouble(String::from("internal error; please report it")));
            if inbox.send(event).is_err() {
                return;
            }
        }
    }
}

fn perform(store: &mut dyn Store, seat: &Seat, space: &mut Option<Loaded>, job: &Job) -> Event {
    let (me, dataset) = (viewer(store, seat), &seat.dataset);
    let of = |question| {
        let viewer = me.as_ref().map_err(Clone::clone)?;
        Ok(survey::Of { dataset, question: asked(seat, question)?, viewer })
    };
    match job {
        Job::Similar(record, index) => Event::Similar(*record, *index, answer(store, seat, space, *record, *index)),
        Job::Precision => records::precision(store, &seat.dataset, seat.user)
            .map_or_else(|why| Event::Trouble(why.to_string()), Event::Precision),
        Job::Headway => {
            let found = me.and_then(|viewer| {
                headway(store, &seat.dataset, Some(&viewer), &super::date).map_err(|why| why.to_string())
            });
            Event::Headway(found.map(Box::new))
        }
        Job::Survey(question, scope, resampling) => {
            let found = of(*question)
                .and_then(|of| survey::survey(store, &of, scope, *resampling).map_err(|why| why.to_string()))
                .map(Box::new);
            Event::Surveyed(*question, scope.clone(), found)
        }
        Job::Behind(Wanted { question, scope, behind, raters, name }) => {
            let found = of(*question)
                .and_then(|of| survey::behind(store, &of, scope, behind, raters).map_err(|why| why.to_string()));
            Event::Behind(name.clone(), found)
        }
        Job::Measure(queue) => store
            .size(seat.dataset.id, seat.user, queue)
            .map_or_else(|why| Event::Trouble(why.to_string()), |size| Event::Sizes(vec![(queue.clone(), size)])),
    }
}

/// Who sits here, with the role they have now.
fn viewer(store: &mut dyn Store, seat: &Seat) -> Result<User, String> {
    let found = store.user(seat.user).map_err(|why| why.to_string())?;
    found.ok_or_else(|| String::from("you are no user of this file any more"))
}

fn asked(seat: &Seat, question: QuestionId) -> Result<&Question, String> {
    let found = seat.dataset.questions.iter().find(|known| known.id == question);
    found.ok_or_else(|| String::from("the question is gone"))
}

fn answer(
    store: &mut dyn Store,
    seat: &Seat,
    space: &mut Option<Loaded>,
    record: RecordId,
    index: usize,
) -> Result<Vec<crate::model::Neighbour>, String> {
    let name = seat.dataset.vectors.get(index).map(|space| space.name.as_str());
    let records = store.counts(seat.dataset.id, UserId(0)).map_err(|why| why.to_string())?.records;
    let current = space
        .as_ref()
        .is_some_and(|(space, of)| Some(space.name.as_str()) == name && (space.has(record) || *of == records));
    if !current {
        // Both at once would take twice the memory.
        *space = None;
        let loaded = Space::load(store, &seat.dataset, name).map_err(|why| why.to_string())?;
        *space = Some((loaded, records));
    }
    let Some((loaded, _)) = space else { return Ok(Vec::new()) };
    let found = loaded.nearest(record, NEIGHBOURS).map_err(|why| why.to_string())?;
    similar::neighbours(store, &found).map_err(|why| why.to_string())
}
