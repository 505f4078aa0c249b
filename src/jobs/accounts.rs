//! Users and workspaces: who may change whom, and what has to stay.

use super::caller::{allowed, entered, unowned};
use super::{Caller, JobContext, JobError, may_ask, public_key, within};
use crate::model::{Holdings, Permission, Role, User};
use crate::store::{Change, Store, UserChange};
use crate::text::{names, one_line};

type JobResult<T> = Result<T, JobError>;

/// What becomes of what a deleted user holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnUserDelete {
    /// Nothing: the user is not deleted while they hold anything.
    Stays,
    /// It goes to somebody else.
    To(String),
    /// It stays under their name, which nobody can come in by any more.
    Kept,
}

/// How a deletion ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// The user is gone; what they held went to somebody else.
    Gone(Holdings),
    /// The user stays as a name, disabled.
    Kept(Holdings),
}

/// The user of a name.
///
/// # Errors
/// When there is none.
pub fn named(store: &mut dyn Store, name: &str) -> JobResult<User> {
    let users = store.users()?;
    let names: Vec<String> = users.iter().map(|user| one_line(&user.name)).collect();
    users.into_iter().find(|user| user.name == name).ok_or_else(|| {
        let what = format!("there is no user '{}' in this file", one_line(name));
        JobError::refused(what, format!("there is: {}", names.join(", ")))
    })
}

/// Makes a user, in workspaces that are there. Without `by` the file has no owner yet.
///
/// # Errors
/// When the name is taken, a workspace is missing, or `by` may not.
pub fn create(
    store: &mut dyn Store,
    by: Option<&Caller>,
    (name, role): (&str, Role),
    workspaces: &[String],
    given: &mut JobContext<'_>,
) -> JobResult<User> {
    within(store, false, |store| {
        let by = match by {
            Some(by) => Some(allowed(store, by, Permission::ManageUsers, None, given)?),
            None => unowned(store).map(|()| None)?,
        };
        let uid = (given.uid)();
        let user = store.create_user_by(&uid, name, role, given.at, by.as_ref().map(|by| by.id))?;
        for workspace in workspaces {
            known(store, workspace)?;
            store.change_user(user.id, &UserChange::Joins(workspace), &given.change(by.as_ref().unwrap_or(&user)))?;
        }
        Ok(user)
    })
}

/// Changes a user's name, role, or whether they are let in.
///
/// # Errors
/// When `by` may not, or the file would be left without an owner.
pub fn change_user(
    store: &mut dyn Store,
    by: &Caller,
    name: &str,
    told: &UserChange<'_>,
    given: &mut JobContext<'_>,
) -> JobResult<User> {
    within(store, false, |store| {
        let secret = matches!(told, UserChange::Password(_) | UserChange::Key(..) | UserChange::NoKey(_));
        // Whoever may not is not told who is there.
        let by = if secret && by.user().is_some() {
            entered(store, by, given)?
        } else {
            allowed(store, by, Permission::ManageUsers, None, given)?
        };
        let user = named(store, name)?;
        if secret {
            may_change_secret(store, &Caller::from(&by), &user)?;
        }
        if matches!(told, UserChange::Role(Role::Admin | Role::Annotator) | UserChange::Disabled(true)) {
            not_last_owner(store, &user)?;
        }
        if let UserChange::Joins(workspace) | UserChange::Leaves(workspace) = told {
            known(store, workspace)?;
        }
        store.change_user(user.id, told, &given.change(&by))?;
        Ok(user)
    })
}

/// Whether somebody may set a user's password and keys: their own, or as an owner.
///
/// # Errors
/// When they may not.
pub fn may_change_secret(store: &mut dyn Store, by: &Caller, user: &User) -> JobResult<()> {
    let own = by.user().is_some_and(|by| by.id == user.id);
    if own { Ok(()) } else { may_ask(store, by, Permission::ManageUsers, None).map(drop) }
}

/// Adds an OpenSSH public key, given as a line of a `.pub` file; tells its comment.
///
/// # Errors
/// When it is none, or `by` may not.
pub fn add_key(
    store: &mut dyn Store,
    by: &Caller,
    name: &str,
    line: &str,
    given: &mut JobContext<'_>,
) -> JobResult<String> {
    let key = public_key::parse(line).map_err(|why| {
        JobError::refused(format!("that is no OpenSSH public key: {why}"), "give the line of a .pub file")
    })?;
    let comment = if key.comment.is_empty() { key.algorithm.clone() } else { key.comment.clone() };
    let text = format!("{} {}", key.algorithm, key.blob);
    change_user(store, by, name, &UserChange::Key(&text, &comment), given)?;
    Ok(comment)
}

/// Takes a public key away, named by its comment or its line.
///
/// # Errors
/// When there is none such, or `by` may not.
pub fn remove_key(
    store: &mut dyn Store,
    by: &Caller,
    name: &str,
    key: &str,
    given: &mut JobContext<'_>,
) -> JobResult<()> {
    let user = named(store, name)?;
    may_change_secret(store, by, &user)?;
    let (comments, keys) = (store.access(user.id)?.keys, store.keys(user.id)?);
    let meant: Vec<&String> = keys
        .iter()
        .zip(&comments)
        .filter(|(line, comment)| *comment == key || key.trim().starts_with(line.as_str()))
        .map(|(line, _)| line)
        .collect();
    match meant.as_slice() {
        [only] => change_user(store, by, name, &UserChange::NoKey(only), given).map(drop),
        [] => Err(JobError::refused(
            format!("'{}' has no such key", one_line(name)),
            format!("there is: {}", one_line(&comments.join(", "))),
        )),
        _ => Err(JobError::refused("several keys have that comment", "give the line of the .pub file")),
    }
}

/// Deletes a user; never what they answered.
///
/// # Errors
/// When they hold something and nothing is said about it, or both hold something on one record.
pub fn delete(
    store: &mut dyn Store,
    by: &Caller,
    name: &str,
    work: &OnUserDelete,
    given: &mut JobContext<'_>,
) -> JobResult<Deleted> {
    within(store, false, |store| {
        let by = allowed(store, by, Permission::ManageUsers, None, given)?;
        let user = named(store, name)?;
        not_last_owner(store, &user)?;
        let held = store.holdings(user.id)?;
        if *work == OnUserDelete::Stays && !held.is_empty() {
            return Err(JobError::refused(
                format!("'{}' holds {}, and deleting never takes answers along", one_line(name), held.words()),
                "--reassign-to NAME gives them to somebody else, --keep-responses keeps them under the name",
            ));
        }
        let change = given.change(&by);
        store.begin_changeset(&change.changeset, false)?;
        let done = match work {
            OnUserDelete::Kept => keep(store, &user, &change, given).map(|()| Deleted::Kept(held)),
            OnUserDelete::To(other) => reassign(store, &user, other, &change, given).map(|()| Deleted::Gone(held)),
            OnUserDelete::Stays => Ok(Deleted::Gone(held)),
        };
        if let Ok(Deleted::Gone(_)) = done {
            store.delete_user(user.id, &change)?;
        }
        store.end_changeset()?;
        done
    })
}

fn reassign(
    store: &mut dyn Store,
    user: &User,
    other: &str,
    change: &Change,
    given: &mut JobContext<'_>,
) -> JobResult<()> {
    let other = named(store, other)?;
    if other.id == user.id {
        return Err(JobError::refused("that is the same user", "name somebody else"));
    }
    let (count, some) = store.shared(user.id, other.id, 3)?;
    if count > 0 {
        let names: Vec<String> = some.into_iter().map(|id| Ok(store.record(id)?.name())).collect::<JobResult<_>>()?;
        let more = if count > names.len() as u64 { ", …" } else { "" };
        return Err(JobError::refused(
            format!(
                "'{}' and '{}' both hold something on {count} record{} ({}{more}); nothing was changed",
                one_line(&user.name),
                one_line(&other.name),
                if count == 1 { "" } else { "s" },
                one_line(&names.join(", ")),
            ),
            "--keep-responses keeps both; 'labelry responses delete' takes one of two away first",
        ));
    }
    Ok(store.reassign(user.id, other.id, change, given.uid)?)
}

/// The name stays beside the answers; nobody comes in by it any more.
fn keep(store: &mut dyn Store, user: &User, change: &Change, given: &mut JobContext<'_>) -> JobResult<()> {
    let mut turns = vec![UserChange::Disabled(true), UserChange::Password(None)];
    let keys = store.keys(user.id)?;
    turns.extend(keys.iter().map(|key| UserChange::NoKey(key)));
    turns.extend(user.workspaces.iter().map(|name| UserChange::Leaves(name)));
    for (at, turned) in turns.iter().enumerate() {
        let event = if at == 0 { change.event.clone() } else { (given.uid)() };
        store.change_user(user.id, turned, &Change { event, ..change.clone() })?;
    }
    Ok(())
}

/// Makes a workspace.
///
/// # Errors
/// When the name is taken or `by` may not.
pub fn create_workspace(store: &mut dyn Store, by: &Caller, name: &str, given: &mut JobContext<'_>) -> JobResult<()> {
    if name.contains('/') {
        return Err(JobError::refused("a workspace's name has no '/'", "that parts it from a dataset's name"));
    }
    if let Some(why) = names::fault(name) {
        let what = format!("no workspace can be called '{}': {why}", one_line(name));
        return Err(JobError::refused(what, names::RULE));
    }
    within(store, false, |store| {
        let by = allowed(store, by, Permission::ManageUsers, None, given)?;
        let uid = (given.uid)();
        Ok(store.create_workspace(&uid, name, &given.change(&by))?)
    })
}

/// Deletes a workspace that has no datasets.
///
/// # Errors
/// When it has some, there is none, or `by` may not.
pub fn delete_workspace(store: &mut dyn Store, by: &Caller, name: &str, given: &mut JobContext<'_>) -> JobResult<()> {
    within(store, false, |store| {
        let by = allowed(store, by, Permission::ManageUsers, None, given)?;
        let count = known(store, name)?;
        if count > 0 {
            let what =
                format!("the workspace '{}' has {count} dataset{}", one_line(name), if count == 1 { "" } else { "s" });
            return Err(JobError::refused(what, "a workspace is deleted once nothing is in it"));
        }
        Ok(store.delete_workspace(name, &given.change(&by))?)
    })
}

/// How many datasets a workspace has.
fn known(store: &mut dyn Store, name: &str) -> JobResult<usize> {
    let all = store.workspaces()?;
    let found = all.iter().find(|workspace| workspace.name == name);
    found.map(|workspace| workspace.datasets.len()).ok_or_else(|| {
        let names: Vec<String> = all.iter().map(|workspace| one_line(&workspace.name)).collect();
        let there = if names.is_empty() { String::new() } else { format!("there is: {}; ", names.join(", ")) };
        JobError::refused(
            format!("there is no workspace '{}'", one_line(name)),
            format!("{there}make one with 'labelry workspaces create'"),
        )
    })
}

fn not_last_owner(store: &mut dyn Store, user: &User) -> JobResult<()> {
    let owners = store.users()?.into_iter().filter(|user| user.role == Role::Owner && !user.disabled);
    let others = owners.filter(|owner| owner.id != user.id).count();
    if user.role == Role::Owner && !user.disabled && others == 0 {
        let what = format!("'{}' is the last owner of this file", one_line(&user.name));
        return Err(JobError::refused(what, "make somebody else owner first: labelry users set-role NAME owner"));
    }
    Ok(())
}
