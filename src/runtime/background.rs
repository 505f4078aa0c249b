//! The background: slow work on a thread and a connection of its own. One job per kind; the newest replaces the waiting one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::context::SessionContext;
use crate::jobs::agreement_report;
use crate::jobs::progress::dataset_progress;
use crate::jobs::records;
use crate::jobs::similar::{self, Space};
use crate::model::{Dataset, DrillDown, Question, QuestionId, Queue, RecordId, Resampling, Scope, User, UserId};
use crate::session::Event;
use crate::store::Store;

/// How many neighbours are looked for: more than a pane shows, for the list.
const NEIGHBOURS: usize = 50;

/// What is waiting to be done.
#[derive(Default)]
struct JobQueue {
    /// Neighbours of the record on screen, and of the one in hand.
    here: Option<(RecordId, usize)>,
    ahead: Option<(RecordId, usize)>,
    /// How good the agents are.
    precision: bool,
    /// How far people are.
    progress: bool,
    /// How many records queues have. Each is asked for once and none is left out.
    queues: Vec<Queue>,
    /// Figures of a question.
    report: Option<(QuestionId, Box<Scope>, Resampling)>,
    /// The records behind one.
    behind: Option<DrillDownRequest>,
    /// The dataset as it is now.
    dataset: Option<Box<Dataset>>,
    over: bool,
}

/// Vectors in memory, and how many records there were when they were loaded: a record without a vector is no reason to
/// load them again, one that came since is.
type LoadedVectors = (Space, i64);

/// One job.
enum Job {
    Similar(RecordId, usize),
    Precision,
    Headway,
    Measure(Queue),
    Survey(QuestionId, Box<Scope>, Resampling),
    Behind(DrillDownRequest),
}

/// The records behind a figure, for a queue of this name.
pub(super) struct DrillDownRequest {
    pub(super) question: QuestionId,
    pub(super) scope: Box<Scope>,
    pub(super) behind: DrillDown,
    pub(super) raters: Vec<String>,
    pub(super) name: String,
}

/// Where jobs are handed in.
#[derive(Clone, Default)]
pub(super) struct BackgroundJobs {
    counter: Arc<(Mutex<JobQueue>, Condvar)>,
}

impl BackgroundJobs {
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
    pub(super) fn dataset_progress(&self) {
        self.change(|counter| counter.progress = true);
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
    pub(super) fn agreement_report(&self, question: QuestionId, scope: Box<Scope>, resampling: Resampling) {
        self.change(|counter| counter.report = Some((question, scope, resampling)));
    }

    /// The records behind a figure, please.
    pub(super) fn drill_down(&self, wanted: DrillDownRequest) {
        self.change(|counter| counter.behind = Some(wanted));
    }

    /// The dataset has other labels or guidelines now.
    pub(super) fn adopt(&self, dataset: Box<Dataset>) {
        self.change(|counter| counter.dataset = Some(dataset));
    }

    /// The session is over.
    pub(super) fn close(&self) {
        self.change(|counter| counter.over = true);
    }

    fn change(&self, change: impl FnOnce(&mut JobQueue)) {
        let (lock, bell) = &*self.counter;
        change(&mut lock.lock().unwrap_or_else(PoisonError::into_inner));
        bell.notify_all();
    }

    /// The next job, with the context as it is now; none when the session is over.
    fn next(&self, context: &mut SessionContext) -> Option<Job> {
        let (lock, bell) = &*self.counter;
        let mut counter = lock.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if counter.over {
                return None;
            }
            if let Some(dataset) = counter.dataset.take() {
                context.dataset = *dataset;
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
            if std::mem::take(&mut counter.progress) {
                return Some(Job::Headway);
            }
            if let Some((question, scope, resampling)) = counter.report.take() {
                return Some(Job::Survey(question, scope, resampling));
            }
            if !counter.queues.is_empty() {
                return Some(Job::Measure(counter.queues.remove(0)));
            }
            counter = bell.wait(counter).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Works until the session is over. Vectors are loaded at first need.
    pub(super) fn work(&self, mut store: Box<dyn Store>, mut context: SessionContext, inbox: &Sender<Event>) {
        let mut space: Option<LoadedVectors> = None;
        while let Some(job) = self.next(&mut context) {
            let done = catch_unwind(AssertUnwindSafe(|| perform(store.as_mut(), &context, &mut space, &job)));
            let event = done.unwrap_or_else(|_| Event::Trouble(String::from("internal error; please report it")));
            if inbox.send(event).is_err() {
                return;
            }
        }
    }
}

fn perform(store: &mut dyn Store, context: &SessionContext, space: &mut Option<LoadedVectors>, job: &Job) -> Event {
    let (me, dataset) = (viewer(store, context), &context.dataset);
    let of = |question| {
        let viewer = me.as_ref().map_err(Clone::clone)?;
        Ok(agreement_report::QuestionScope { dataset, question: asked(context, question)?, viewer })
    };
    match job {
        Job::Similar(record, index) => Event::Similar(*record, *index, answer(store, context, space, *record, *index)),
        Job::Precision => records::precision(store, &context.dataset, context.user)
            .map_or_else(|why| Event::Trouble(why.to_string()), Event::Precision),
        Job::Headway => {
            let found = me.and_then(|viewer| {
                dataset_progress(store, &context.dataset, Some(&viewer), &super::date).map_err(|why| why.to_string())
            });
            Event::Headway(found.map(Box::new))
        }
        Job::Survey(question, scope, resampling) => {
            let found = of(*question)
                .and_then(|of| {
                    agreement_report::agreement_report(store, &of, scope, *resampling).map_err(|why| why.to_string())
                })
                .map(Box::new);
            Event::Surveyed(*question, scope.clone(), found)
        }
        Job::Behind(DrillDownRequest { question, scope, behind, raters, name }) => {
            let found = of(*question).and_then(|of| {
                agreement_report::drill_down(store, &of, scope, behind, raters).map_err(|why| why.to_string())
            });
            Event::Behind(name.clone(), found)
        }
        Job::Measure(queue) => store
            .size(context.dataset.id, context.user, queue)
            .map_or_else(|why| Event::Trouble(why.to_string()), |size| Event::Sizes(vec![(queue.clone(), size)])),
    }
}

/// Who sits here, with the role they have now.
fn viewer(store: &mut dyn Store, context: &SessionContext) -> Result<User, String> {
    let found = store.user(context.user).map_err(|why| why.to_string())?;
    found.ok_or_else(|| String::from("you are no user of this file any more"))
}

fn asked(context: &SessionContext, question: QuestionId) -> Result<&Question, String> {
    let found = context.dataset.questions.iter().find(|known| known.id == question);
    found.ok_or_else(|| String::from("the question is gone"))
}

fn answer(
    store: &mut dyn Store,
    context: &SessionContext,
    space: &mut Option<LoadedVectors>,
    record: RecordId,
    index: usize,
) -> Result<Vec<crate::model::Neighbour>, String> {
    let name = context.dataset.vectors.get(index).map(|space| space.name.as_str());
    let records = store.counts(context.dataset.id, UserId(0)).map_err(|why| why.to_string())?.records;
    let current = space
        .as_ref()
        .is_some_and(|(space, of)| Some(space.name.as_str()) == name && (space.has(record) || *of == records));
    if !current {
        // Both at once would take twice the memory.
        *space = None;
        let loaded = Space::load(store, &context.dataset, name).map_err(|why| why.to_string())?;
        *space = Some((loaded, records));
    }
    let Some((loaded, _)) = space else { return Ok(Vec::new()) };
    let found = loaded.nearest(record, NEIGHBOURS).map_err(|why| why.to_string())?;
    similar::neighbours(store, &found).map_err(|why| why.to_string())
}
