//! Editing labels: rename, merge, split off, retire, delete. What it would touch is counted first; all of it is one step
//! that can be undone, and the history keeps what stood there.

mod answers;
mod table;

use std::collections::BTreeMap;

use self::answers::AnswerEditor;
use self::table::LabelTable;
use super::caller::allowed;
use super::{Caller, JobContext, JobError, within};
use crate::model::{Dataset, EventKind, Permission, Question, RecordId, Stamp, UserId};
use crate::progress::Progress;
use crate::store::{Change, NewEvent, Store};

/// Records that are looked at together.
const PAGE: usize = 2_000;

/// What is done to labels of a question, by index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelEdit {
    /// Another value, title, description or group; none: as it is.
    Change {
        /// The label.
        label: u32,
        /// In files.
        value: Option<String>,
        /// On screen.
        title: Option<String>,
        /// What belongs to it.
        description: Option<String>,
        /// The heading it stands under; empty: none.
        group: Option<String>,
    },
    /// Every tick of one becomes one of the other, and it is offered no more.
    Merge {
        /// The one that goes.
        label: u32,
        /// The one that stays.
        into: u32,
    },
    /// Its ticks on these records, ascending, become ticks of a new label.
    Split {
        /// The label.
        label: u32,
        /// Value of the new one.
        into: String,
        /// Where.
        records: Vec<RecordId>,
    },
    /// It is offered no more; its ticks stay.
    Retire(u32),
    /// It is offered again.
    Restore(u32),
    /// It is offered no more, and its ticks are taken away.
    Delete(u32),
    /// Keys by label; whoever has one of them gets the former key of that label.
    Keys(Vec<(u32, char)>),
}

/// What a cut touches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Impact {
    /// Responses that change, by person and status.
    pub responses: BTreeMap<(String, &'static str), u64>,
    /// Working copies that change.
    pub working: u64,
    /// Suggestions that change.
    pub suggestions: u64,
    /// Adjudications that change.
    pub adjudications: u64,
    /// Answers that would be empty, and become missing.
    pub emptied: u64,
    /// Responses that ticked the label, whether they change or not.
    pub ticked: u64,
}

/// Does it, or with `dry_run` only says what it would touch.
///
/// # Errors
/// [`JobError::NotAllowed`] when `by` may not, and [`JobError::Refused`] when a value or key is taken.
pub fn cut(
    store: &mut dyn Store,
    (dataset, question): (&Dataset, &Question),
    cut: &LabelEdit,
    by: &Caller,
    dry_run: bool,
    given: &mut JobContext<'_>,
    progress: &dyn Progress,
) -> Result<Impact, JobError> {
    within(store, dry_run, |store| {
        let user = allowed(store, by, Permission::Manage, Some(dataset), given)?.id;
        run(store, dataset, question, cut, user, given, progress)
    })
}

fn run(
    store: &mut dyn Store,
    dataset: &Dataset,
    question: &Question,
    cut: &LabelEdit,
    user: UserId,
    given: &mut JobContext<'_>,
    progress: &dyn Progress,
) -> Result<Impact, JobError> {
    let step = (given.uid)();
    store.begin_changeset(&step, false)?;
    let mut table = LabelTable { labels: question.labels.clone(), set: question.label_set, at: given.at.0 };
    let before = table.words(question);
    let way = table.apply(cut, given.uid)?;
    let mut surgeon = AnswerEditor {
        names: store.users()?.into_iter().map(|user| (user.id, user.name)).collect(),
        stamp: Stamp(Some(given.at.0), step.0.clone()),
        question,
        table,
        way,
        images: BTreeMap::new(),
        impact: Impact::default(),
    };
    let total = store.counts(dataset.id, UserId(0))?.records as u64;
    let (mut last, mut done) = (RecordId(0), 0);
    while surgeon.way.touches() {
        let page = store.whole_after(dataset.id, last, PAGE)?;
        let Some(end) = page.last() else { break };
        last = end.id;
        done += page.len() as u64;
        for record in page {
            surgeon.record(store, dataset, &record)?;
        }
        progress.at(done, total)?;
    }
    let AnswerEditor { mut table, images, impact, .. } = surgeon;
    table.close(images);
    for (index, label) in (0..).zip(&table.labels) {
        if question.labels.get(index as usize) != Some(label) {
            store.put_label(question.id, index, label)?;
        }
    }
    store.put_label_set(question.id, table.set)?;
    store.recount(dataset.id)?;
    store.end_changeset()?;
    let after = table.words(question).to_string();
    let change = Change { event: step.clone(), changeset: step, user: Some(user), at: given.at };
    let before = before.to_string();
    let logged = NewEvent {
        kind: EventKind::Labels,
        dataset: Some(dataset.id),
        record: None,
        before: Some(&before),
        after: &after,
    };
    store.log(&change, &logged)?;
    Ok(impact)
}
