//! What one person holds about records: saved, and taken back. Whoever saves is asked for within the same transaction.

use super::caller::{allowed, not_allowed};
use super::{Caller, JobContext, JobError, valid, within};
use crate::model::record_view::Direction;
use crate::model::{Dataset, Permission, RecordId, Seen, User, UserId};
use crate::store::{Reverse, Reversed, Save, Store};

/// What it takes to save this.
fn action(save: &Save) -> Permission {
    if save.after.adjudications.is_some() { Permission::Adjudicate } else { Permission::Annotate }
}

/// Nobody saves what is another one's.
fn own(user: &User, whose: UserId) -> Result<(), JobError> {
    if user.id == whose { Ok(()) } else { Err(not_allowed(user)) }
}

/// Stores an entry with its event; gives the new version.
///
/// # Errors
/// [`JobError::NotAllowed`] when `by` may not any more, and as [`Store::save`].
pub fn save(
    store: &mut dyn Store,
    by: &Caller,
    dataset: &Dataset,
    save: &Save,
    given: &mut JobContext<'_>,
) -> Result<i64, JobError> {
    within(store, false, |store| {
        own(&allowed(store, by, action(save), Some(dataset), given)?, save.user)?;
        valid::check(store, dataset, save.record, &save.after)?;
        Ok(store.save(save)?)
    })
}

/// Stores several entries as one step, or none of them.
///
/// # Errors
/// As [`save`].
pub fn save_all(
    store: &mut dyn Store,
    by: &Caller,
    dataset: &Dataset,
    saves: &[Save],
    given: &mut JobContext<'_>,
) -> Result<(), JobError> {
    within(store, false, |store| {
        let rules = saves.iter().any(|save| save.after.adjudications.is_some());
        let answers = saves.iter().any(|save| save.after.adjudications.is_none());
        let needed = [(answers, Permission::Annotate), (rules, Permission::Adjudicate)];
        for (_, action) in needed.into_iter().filter(|(needed, _)| *needed) {
            let user = allowed(store, by, action, Some(dataset), given)?;
            saves.iter().try_for_each(|save| own(&user, save.user))?;
        }
        saves.iter().try_for_each(|save| valid::check(store, dataset, save.record, &save.after))?;
        Ok(store.save_all(saves)?)
    })
}

/// Undoes or does again the person's last step; an adjudication takes who may give one.
///
/// # Errors
/// [`JobError::NotAllowed`] when `by` may not any more, and as [`Store::reverse`].
pub fn reverse(
    store: &mut dyn Store,
    by: &Caller,
    dataset: &Dataset,
    (direction, ask): (Direction, &Reverse),
    given: &mut JobContext<'_>,
) -> Result<Reversed, JobError> {
    within(store, false, |store| {
        own(&allowed(store, by, Permission::Annotate, Some(dataset), given)?, ask.user)?;
        let done = store.reverse(direction, ask)?;
        if let Reversed::Done(done) = &done {
            valid::check(store, dataset, done.record, &done.entry)?;
        }
        if matches!(&done, Reversed::Done(done) if done.entry.adjudications.is_some()) {
            allowed(store, by, Permission::Adjudicate, Some(dataset), given)?;
        }
        Ok(done)
    })
}

/// Adds to what a person has seen of others on a record.
///
/// # Errors
/// [`JobError::NotAllowed`] when `by` may not any more, and when the file cannot be written.
pub fn see(
    store: &mut dyn Store,
    by: &Caller,
    dataset: &Dataset,
    (record, seen): (RecordId, &Seen),
    given: &mut JobContext<'_>,
) -> Result<(), JobError> {
    within(store, false, |store| {
        let user = allowed(store, by, Permission::Annotate, Some(dataset), given)?;
        Ok(store.see(dataset.id, user.id, record, seen)?)
    })
}
