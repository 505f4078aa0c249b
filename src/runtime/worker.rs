//! The worker: one thread with its own connection does what the session wants, in order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use super::background::{BackgroundJobs, DrillDownRequest};
use super::context::{SessionContext, gone};
use super::queue;
use super::rescue::{Keep, SavedRecords};
use crate::jobs::{self, JobContext, JobError};
use crate::model::record_view::{Counts, Direction, RecordView};
use crate::model::transfer::LabelFull;
use crate::model::{Dataset, Entry, Question, QuestionId, Queue, RecordId, Resampling, Spot};
use crate::session::{Effect, Event, Intent, Want, kind_words};
use crate::store::sqlite::Anchor;
use crate::store::{Reverse, Reversed, Save, Store, StoreError};

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Does what is wanted until the session leaves. A panic ends one job, not the session: it is told like any other
/// failure, and an answer that was to be saved stays with the session.
pub(super) fn work(
    mut store: Box<dyn Store>,
    mut context: SessionContext,
    (background, anchor): (&BackgroundJobs, &Arc<Anchor>),
    wants: &Receiver<Effect>,
    inbox: &Sender<Event>,
) {
    let mut keep = Keep::default();
    while let Ok(effect) = wants.recv() {
        let effect = match effect {
            Effect::Adopt(dataset) => {
                background.adopt(dataset.clone());
                context.dataset = *dataset;
                keep.adopt(store.as_mut(), &context.dataset);
                continue;
            }
            Effect::Rescue(intents) => {
                let saves: Vec<Save> = intents.iter().map(|intent| wanted(&context, intent)).collect();
                let _over =
                    inbox.send(Event::Rescued(keep.write(store.as_mut(), &saves, &context.me.name, anchor.path())));
                continue;
            }
            Effect::Verify => {
                let _over = inbox.send(Event::Verified(keep.verify(anchor)));
                continue;
            }
            effect => match to_background(background, effect) {
                Some(effect) => effect,
                None => continue,
            },
        };
        let asked_for = effect.clone();
        let done = catch_unwind(AssertUnwindSafe(|| if_file_is_there(store.as_mut(), &context, effect)));
        let event = done.unwrap_or_else(|_| Some(failed(asked_for.clone())));
        // What was saved was looked at with its commit.
        let sure = matches!(event, Some(Event::Saved(..) | Event::SavedAll(Ok(_), _)));
        let ground = if sure { None } else { context.file_event(store.as_mut()) };
        match &event {
            Some(Event::NotSaved(intent, why, _)) => tracing::warn!(kind = intent.kind.word(), why, "not saved"),
            Some(Event::SavedAll(Err(why), _)) => tracing::warn!(why, "a step of several records was not saved"),
            Some(Event::Trouble(why)) => tracing::warn!(why, "trouble"),
            _ => {}
        }
        let moved = matches!(event, Some(Event::Saved(..) | Event::SavedAll(Ok(_), _) | Event::Reversed(..)));
        let touched = touched(&asked_for, event.as_ref());
        // After the end of the session nobody listens; what is still wanted is done all the same.
        let _over = ground.map(|ground| inbox.send(ground));
        let _over = event.map(|event| inbox.send(event));
        keep.remember(store.as_mut(), &context, touched);
        if moved {
            let figures = AssertUnwindSafe(|| agreement(store.as_mut(), &context, Resampling::NONE));
            for event in catch_unwind(figures).unwrap_or_default() {
                let _over = inbox.send(event);
            }
        }
    }
    if let Err(why) = store.release(&context.session) {
        tracing::warn!(%why, "what was held runs out by itself");
    }
}

/// Hands slow work to the background; what is none comes back.
fn to_background(background: &BackgroundJobs, effect: Effect) -> Option<Effect> {
    match effect {
        Effect::Measure(queues) => {
            background.measure(queues);
        }
        Effect::Similar(record, space, ahead) => {
            background.similar(record, space, ahead);
        }
        Effect::Precision => {
            background.precision();
        }
        Effect::Headway => {
            background.dataset_progress();
        }
        Effect::Survey(question, scope, resampling) => {
            background.agreement_report(question, scope, resampling);
        }
        Effect::Behind { question, scope, behind, raters, name } => {
            background.drill_down(DrillDownRequest { question, scope, behind, raters, name });
        }
        effect => return Some(effect),
    }
    None
}

/// Does it, where the file is still there: of another file nothing is shown, and nothing is called saved.
fn if_file_is_there(store: &mut dyn Store, context: &SessionContext, effect: Effect) -> Option<Event> {
    let Some(why) = gone(store) else { return perform(store, context, effect) };
    Some(match effect {
        Effect::SaveAll(_) => Event::SavedAll(Err(why), context.counts.get()),
        Effect::Save(intent) => Event::NotSaved(intent, why, None),
        _ => Event::Trouble(why),
    })
}

/// Which records were looked at, and on which something of mine was saved.
fn touched(effect: &Effect, event: Option<&Event>) -> SavedRecords {
    match (effect, event) {
        (Effect::SaveAll(intents), Some(Event::SavedAll(Ok(_), _))) => {
            SavedRecords::Worked(intents.iter().map(|intent| intent.record).collect())
        }
        (_, Some(Event::Saved(record, ..))) => SavedRecords::Worked(vec![*record]),
        (_, Some(Event::Reversed(_, _, loaded, ..))) => SavedRecords::Worked(vec![loaded.record.id]),
        (_, Some(Event::Fetched(_, Some(loaded)))) => SavedRecords::Looked(loaded.record.id),
        _ => SavedRecords::Nothing,
    }
}

/// Agreement of every question with labels, from the sums that were committed with the answers. Those that cannot be
/// read now come with the next change.
pub(super) fn agreement(store: &mut dyn Store, context: &SessionContext, resampling: Resampling) -> Vec<Event> {
    let questions = context.dataset.questions.iter();
    // As who they are now: another role may see less.
    let Ok(viewer) = store.user(context.user) else { return Vec::new() };
    let figures = |question: &Question| {
        let found = jobs::agreement::shown(store, viewer.as_ref(), (&context.dataset, question), resampling).ok()?;
        Some(Event::Agreement(question.id, found))
    };
    questions.filter_map(figures).collect()
}

fn failed(effect: Effect) -> Event {
    let why = String::from("internal error; please report it");
    match effect {
        Effect::SaveAll(_) => Event::SavedAll(Err(why), Counts::default()),
        Effect::Save(intent) => Event::NotSaved(intent, why, None),
        _ => Event::Trouble(why),
    }
}

fn perform(store: &mut dyn Store, context: &SessionContext, effect: Effect) -> Option<Event> {
    let trouble = |why: StoreError| Event::Trouble(why.to_string());
    Some(match effect {
        Effect::Save(intent) => save(store, context, *intent),
        Effect::Fetch(want, queue) => {
            fetch(store, context, &want, &queue).map_or_else(trouble, |found| Event::Fetched(want, found.map(Box::new)))
        }
        Effect::Reverse(direction, earlier_too) => {
            reverse(store, context, direction, earlier_too).unwrap_or_else(|why| match why {
                JobError::Store(StoreError::Overtaken) => Event::NotReversed(direction, why.to_string(), false),
                why => Event::Trouble(why.to_string()),
            })
        }
        Effect::See(record, seen) => {
            let done = jobs::answers::see(
                store,
                &context.caller(),
                &context.dataset,
                (record, &seen),
                &mut JobContext { at: super::now(), uid: &mut super::uid },
            );
            return done.err().map(|why| Event::Trouble(why.to_string()));
        }
        Effect::SaveAll(intents) => save_all(store, context, intents),
        Effect::Rows(queue, after, count) => rows(store, context, &queue, after, count)
            .map_or_else(trouble, |(rows, more)| Event::Rows(queue, rows, more)),
        Effect::AddLabels(question, values) => {
            add_labels(store, context, question, &values).unwrap_or_else(|why| Event::Trouble(why.to_string()))
        }
        Effect::Adopt(_)
        | Effect::Measure(_)
        | Effect::Survey(..)
        | Effect::Behind { .. }
        | Effect::Similar(..)
        | Effect::Precision
        | Effect::Headway
        | Effect::Copy(_)
        | Effect::Rescue(_)
        | Effect::Verify
        | Effect::TurnTheme
        | Effect::Redraw
        | Effect::Suspend
        | Effect::Quit => return None,
    })
}

pub(super) fn counts(store: &mut dyn Store, context: &SessionContext) -> Result<Counts> {
    let today = store.submitted_since(context.dataset.id, context.user, super::midnight())?;
    Ok(Counts { today, ..store.counts(context.dataset.id, context.user)? })
}

/// Counters after a commit: where they cannot be read, those before it stay; the commit stands all the same.
fn counts_now(store: &mut dyn Store, context: &SessionContext) -> Counts {
    if let Ok(counts) = counts(store, context) {
        context.counts.set(counts);
    }
    context.counts.get()
}

/// Whether an entry that stands says what was wanted, whenever and under whatever identity it was stored.
fn same_but_for_time(stands: &Entry, wanted: &Entry) -> bool {
    let plain = |entry: &Entry| {
        let mut entry = entry.clone();
        if let Some(response) = &mut entry.response {
            (response.uid, response.active_ms) = (String::new(), None);
            response.label_sets.retain(|question, _| response.answers.contains_key(question));
        }
        entry
    };
    plain(stands).same_content(&plain(wanted))
}

/// Saves an intent. Its identities are made once; a commit that failed is tried again with the same ones, since
/// it may be stored all the same.
fn save(store: &mut dyn Store, context: &SessionContext, intent: Intent) -> Event {
    let save = wanted(context, &intent);
    let mut store_it = || {
        jobs::answers::save(
            store,
            &context.caller(),
            &context.dataset,
            &save,
            &mut JobContext { at: super::now(), uid: &mut super::uid },
        )
    };
    let mut tried = store_it();
    if matches!(tried, Err(JobError::Store(StoreError::Sqlite(_)))) {
        tried = store_it();
    }
    match tried {
        Ok(version) => Event::Saved(intent.record, version, counts_now(store, context)),
        // A commit whose answer was lost and that was wanted again: what stands is what was wanted.
        Err(JobError::Store(StoreError::Conflict(stands)))
            if same_but_for_time(&stands, &save.after) && gone(store).is_none() =>
        {
            Event::Saved(intent.record, stands.version, counts_now(store, context))
        }
        Err(JobError::Store(StoreError::Conflict(stands))) => {
            let why = StoreError::Conflict(stands.clone()).to_string();
            Event::NotSaved(Box::new(intent), why, Some(stands))
        }
        // A commit that failed may be stored all the same: what stands tells.
        Err(JobError::Store(StoreError::Sqlite(why))) => {
            let why = StoreError::Sqlite(why).to_string();
            match stored(store, context, std::slice::from_ref(&save)) {
                Ok(true) => Event::Saved(intent.record, save.after.version + 1, counts_now(store, context)),
                Ok(false) => Event::NotSaved(Box::new(intent), why, None),
                Err(_) => Event::NotSaved(Box::new(intent), format!("{}: {why}", crate::session::MAY_BE_SAVED), None),
            }
        }
        Err(why) => Event::NotSaved(Box::new(intent), why.to_string(), None),
    }
}

/// Whether what was wanted stands now, one version on, in the file that the path leads to.
fn stored(store: &mut dyn Store, context: &SessionContext, saves: &[Save]) -> Result<bool> {
    store.is_there()?;
    for save in saves {
        let stands = store.entry(context.user, save.record)?;
        if stands.version != save.after.version + 1 || !same_but_for_time(&stands, &save.after) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn load(store: &mut dyn Store, context: &SessionContext, record: RecordId) -> Result<RecordView> {
    jobs::records::load(store, &context.dataset, context.user, record)
}

fn fetch(store: &mut dyn Store, context: &SessionContext, want: &Want, queue: &Queue) -> Result<Option<RecordView>> {
    let found = match want {
        Want::Next(after) => queue::next(store, context, queue, *after, None)?,
        // The one on the screen goes on being mine.
        Want::Ahead(after) => queue::next(store, context, queue, Some(*after), Some(after.record))?,
        Want::Exactly(record) | Want::Look(record) => return load(store, context, *record).map(Some),
        Want::Named(name) => {
            let found = jobs::records::named(store, &context.dataset, name)?;
            return found.map(|record| load(store, context, record)).transpose();
        }
        Want::Resume => queue::resume(store, context, queue)?,
    };
    let Some(spot) = found else { return Ok(None) };
    Ok(Some(RecordView { place: spot.position, ..load(store, context, spot.record)? }))
}

/// An intent with its identities.
fn wanted(context: &SessionContext, intent: &Intent) -> Save {
    let mut after = intent.after.clone();
    if let Some(response) = &mut after.response
        && response.uid.is_empty()
    {
        response.uid = super::uid().0;
    }
    Save {
        event: super::uid(),
        changeset: super::uid(),
        session: context.session.clone(),
        kind: intent.kind.clone(),
        dataset: context.dataset.id,
        user: context.user,
        record: intent.record,
        after,
        stood: intent.stood.clone(),
        at: crate::model::Timestamp(intent.at),
    }
}

/// All of it as one step, or nothing.
fn save_all(store: &mut dyn Store, context: &SessionContext, intents: Vec<Intent>) -> Event {
    let step = super::uid();
    let saves: Vec<Save> =
        intents.into_iter().map(|intent| Save { changeset: step.clone(), ..wanted(context, &intent) }).collect();
    let mut store_them = || {
        jobs::answers::save_all(
            store,
            &context.caller(),
            &context.dataset,
            &saves,
            &mut JobContext { at: super::now(), uid: &mut super::uid },
        )
    };
    let mut tried = store_them();
    if matches!(tried, Err(JobError::Store(StoreError::Sqlite(_)))) {
        tried = store_them();
    }
    let done = match tried {
        Err(JobError::Store(StoreError::Sqlite(why))) => {
            let why = StoreError::Sqlite(why).to_string();
            match stored(store, context, &saves) {
                Ok(true) => Ok(saves.len()),
                Ok(false) => Err(why),
                Err(_) => Err(format!("{}: {why}", crate::session::MAY_BE_SAVED)),
            }
        }
        other => other.map(|()| saves.len()).map_err(|why| why.to_string()),
    };
    Event::SavedAll(done, counts_now(store, context))
}

/// Records of a queue for a list, and whether there are more.
fn rows(
    store: &mut dyn Store,
    context: &SessionContext,
    queue: &Queue,
    after: Option<Spot>,
    count: usize,
) -> Result<(Vec<RecordView>, bool)> {
    let found = store.queue_records(context.dataset.id, context.user, queue, after, count)?;
    let more = found.len() == count;
    Ok((jobs::records::load_all(store, &context.dataset, context.user, &found)?, more))
}

/// New labels of a question, all or none; the dataset as it is then.
fn add_labels(
    store: &mut dyn Store,
    context: &SessionContext,
    question: QuestionId,
    values: &[String],
) -> Result<Event, JobError> {
    let dataset = dataset_now(store, context)?;
    if let Some(question) = dataset.questions.iter().find(|known| known.id == question) {
        let label = |value: &String| LabelFull { value: value.clone(), ..LabelFull::default() };
        let labels: Vec<LabelFull> = values.iter().map(label).collect();
        jobs::labels::add(
            store,
            &context.caller(),
            (&dataset, question),
            &labels,
            &mut JobContext { at: super::now(), uid: &mut super::uid },
        )?;
    }
    Ok(Event::Dataset(Box::new(dataset_now(store, context)?)))
}

fn dataset_now(store: &mut dyn Store, context: &SessionContext) -> Result<Dataset, StoreError> {
    let now = store.datasets()?.into_iter().find(|dataset| dataset.id == context.dataset.id);
    now.ok_or_else(|| StoreError::Missing(String::from("the dataset is gone")))
}

fn reverse(
    store: &mut dyn Store,
    context: &SessionContext,
    direction: Direction,
    earlier_too: bool,
) -> Result<Event, JobError> {
    let ask = Reverse {
        event: super::uid(),
        session: context.session.clone(),
        surely: earlier_too,
        dataset: context.dataset.id,
        user: context.user,
        at: super::now(),
    };
    let done = jobs::answers::reverse(
        store,
        &context.caller(),
        &context.dataset,
        (direction, &ask),
        &mut JobContext { at: super::now(), uid: &mut super::uid },
    )?;
    Ok(match done {
        Reversed::Done(done) => {
            let loaded = load(store, context, done.record)?;
            let counts = counts_now(store, context);
            Event::Reversed(direction, done.kind, Box::new(loaded), Box::new(done.left), counts)
        }
        Reversed::Earlier(kind, record) => {
            let name = store.record(record)?.name();
            Event::NotReversed(
                direction,
                format!("u again undoes {} of {name}, from an earlier session", kind_words(&kind)),
                true,
            )
        }
        Reversed::Bulk(kind, count) => Event::NotReversed(
            direction,
            format!("u again undoes one step: {} of {count} records", kind_words(&kind)),
            true,
        ),
        Reversed::Nothing => {
            let words = if direction == Direction::Undo { "nothing to undo" } else { "nothing to do again" };
            Event::NotReversed(direction, words.to_owned(), false)
        }
    })
}
