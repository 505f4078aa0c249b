//! The history in words, and a whole step taken back.

use serde_json::Value;

use super::caller::entered;
use super::merge::told_of;
use super::{Caller, JobContext, JobError, within};
use crate::model::{Dataset, Entry, EventKind, Permission, Person, Sight, User, UserId, may};
use crate::store::{Events, HistoryEvent, Store, StoreError};

/// An event in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryLine {
    /// The event.
    pub event: HistoryEvent,
    /// How many events of its step came together.
    pub together: u64,
    /// Who.
    pub user: String,
    /// The dataset, if any.
    pub dataset: String,
    /// The record's id or number, if any.
    pub record: String,
    /// What it was, in words.
    pub before: String,
    /// What it is, in words.
    pub after: String,
}

/// The newest events, newest first; those of one step in a row are one line. Of others' answers the history tells no
/// more than the dataset does; without a dataset it is for who may see every one.
///
/// # Errors
/// When the file cannot be read.
pub fn lines(store: &mut dyn Store, viewer: Option<&User>, ask: &Events) -> Result<Vec<HistoryLine>, JobError> {
    let users = store.users()?;
    let datasets = store.datasets()?;
    let mut lines: Vec<HistoryLine> = Vec::new();
    let shown = match datasets.iter().find(|dataset| Some(dataset.id) == ask.dataset) {
        Some(dataset) => Sight::of(viewer, dataset).others,
        None => viewer.is_some_and(|viewer| may(viewer, Permission::WholeFile, None)),
    };
    let own = viewer.map_or(UserId(0), |viewer| viewer.id);
    let mut ask = if shown { *ask } else { Events { user: Some(own), ..*ask } };
    let wanted = ask.limit;
    loop {
        let page = store.events(&Events { limit: wanted.clamp(100, 5_000), ..ask })?;
        let Some(end) = page.last() else { return Ok(lines) };
        ask.before = Some(end.seq);
        // An adjudication shows what others gave, also to who gave it and may not any more.
        for told in page.into_iter().filter(|told| shown || told.kind != EventKind::Adjudication) {
            if let Some(last) = lines.last_mut()
                && last.event.changeset == told.changeset
                && last.event.record.is_some()
                && told.record.is_some()
            {
                last.together += 1;
                last.event.seq = told.seq;
                continue;
            }
            if lines.len() == wanted {
                return Ok(lines);
            }
            lines.push(line(store, &users, &datasets, told)?);
        }
    }
}

fn line(
    store: &mut dyn Store,
    users: &[User],
    datasets: &[Dataset],
    told: HistoryEvent,
) -> Result<HistoryLine, JobError> {
    let name = |user: &&User| Some(user.id) == told.user;
    let user = users.iter().find(name).map_or_else(String::new, |user| user.name.clone());
    let dataset = told.dataset.and_then(|id| datasets.iter().find(|dataset| dataset.id == id));
    let record = match told.record {
        None => String::new(),
        Some(record) => match store.record(record) {
            Ok(record) => record.external_id.unwrap_or_else(|| format!("#{}", record.position)),
            Err(StoreError::Missing(_)) => String::from("a record that is gone"),
            Err(why) => return Err(why.into()),
        },
    };
    let words = |text: Option<&str>| words(dataset, text.unwrap_or_default());
    Ok(HistoryLine {
        user,
        dataset: dataset.map_or_else(String::new, Dataset::path),
        record,
        before: words(told.before.as_deref()),
        after: words(told.after.as_deref()),
        together: 1,
        event: told,
    })
}

/// JSON of an event in words: an entry as its status and labels, anything else as `key: value`.
fn words(dataset: Option<&Dataset>, text: &str) -> String {
    if let (Some(dataset), Ok(mut entry)) = (dataset, serde_json::from_str::<Entry>(text)) {
        // The event has a time of its own.
        entry.response.iter_mut().for_each(|response| response.at = None);
        let working = if entry.working.is_some() { " · changed, not handed in" } else { "" };
        return told_of(dataset, &Person { entry, ..Person::default() }) + working;
    }
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(all)) => {
            let part = |(name, value): (&String, &Value)| match value {
                Value::Array(list) if list.is_empty() => None,
                Value::Null | Value::Object(_) => None,
                Value::Array(list) if list.iter().all(Value::is_string) => {
                    let list: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
                    Some(format!("{name}: {}", list.join(", ")))
                }
                Value::Array(list) => Some(format!("{name}: {}", list.len())),
                Value::String(text) => Some(format!("{name}: {text}")),
                other => Some(format!("{name}: {other}")),
            };
            let counts = all.iter().filter_map(|(name, value)| {
                let added = value.get("added")?.as_u64()? + value.get("replaced")?.as_u64()?;
                (added > 0).then(|| format!("{name}: {added}"))
            });
            let parts: Vec<String> = all.iter().filter_map(part).chain(counts).collect();
            parts.join(" · ")
        }
        _ => String::new(),
    }
}

/// Takes back the step that an event belongs to. Whoever may not manage takes back only their own answers.
///
/// # Errors
/// [`JobError::Refused`] when there is none, it was taken back already, or it was changed since.
pub fn undo(
    store: &mut dyn Store,
    seq: i64,
    by: &Caller,
    given: &mut JobContext<'_>,
) -> Result<(HistoryEvent, usize), JobError> {
    store.tie(false)?;
    let done = within(store, false, |store| {
        let user = entered(store, by, given)?;
        undo_within(store, seq, &user, given)
    });
    store.tie(true)?;
    done
}

fn undo_within(
    store: &mut dyn Store,
    seq: i64,
    user: &User,
    given: &mut JobContext<'_>,
) -> Result<(HistoryEvent, usize), JobError> {
    let Some(told) = store.event(seq)? else {
        return Err(JobError::refused(format!("there is no event {seq}"), "'labelry history' shows them"));
    };
    let (rows, undone) = store.changeset_rows(&told.changeset)?;
    if let Some(by) = undone {
        return Err(JobError::refused(
            format!("step {seq} was undone already, by {by}"),
            format!("to do it again, undo that: labelry history undo {by}"),
        ));
    }
    let dataset = store.datasets()?.into_iter().find(|dataset| Some(dataset.id) == told.dataset);
    // What touches several datasets, or people, takes somebody who may everywhere.
    let manages = match &dataset {
        Some(dataset) => may(user, Permission::Manage, Some(dataset)),
        None => {
            may(user, Permission::ManageUsers, None)
                || (told.kind != EventKind::User && may(user, Permission::WholeFile, None))
        }
    };
    let own = rows == 0 && told.user == Some(user.id) && may(user, own_action(&told), dataset.as_ref());
    if !own && !manages {
        let what = format!("'{}' is {} here and may undo only their own answers", user.name, user.role.word());
        return Err(JobError::NotAllowed(what, String::from("ask the file's owner")));
    }
    let change = given.change(user);
    let after = serde_json::json!({"undone": told.kind.word(), "event": seq}).to_string();
    match store.undo_changeset(&told, &change, &after) {
        Ok(count) => Ok((told, count)),
        Err(StoreError::Overtaken) => Err(JobError::refused(
            format!(
                "step {seq} ({}) cannot be undone: something of it was changed or worked on since",
                told.kind.word()
            ),
            "undo what came after it first, newest first; nothing was changed",
        )),
        Err(why) => Err(why.into()),
    }
}

/// What it takes to take back what one did oneself.
fn own_action(told: &HistoryEvent) -> Permission {
    if told.kind == EventKind::Adjudication { Permission::Adjudicate } else { Permission::Annotate }
}
