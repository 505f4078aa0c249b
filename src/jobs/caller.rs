//! Who asks for a job, and whether they may: looked at afresh, within the transaction of what they ask for.

use super::{JobContext, JobError};
use crate::model::{Dataset, DatasetId, Permission, Role, Uid, User, UserId, may, may_in};
use crate::store::{Store, StoreError};
use crate::text::one_line;

/// Who asks for a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A user of the file, as they stood when they came in.
    Known(User),
    /// Somebody whom the file does not know. They become a user with what they write, and with nothing else: in a file
    /// without an owner its owner.
    New(String),
}

impl From<&User> for Caller {
    fn from(user: &User) -> Self {
        Self::Known(user.clone())
    }
}

impl Caller {
    /// What they are called.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Known(user) => &user.name,
            Self::New(name) => name,
        }
    }

    /// The user, if they are one.
    #[must_use]
    pub fn user(&self) -> Option<&User> {
        match self {
            Self::Known(user) => Some(user),
            Self::New(_) => None,
        }
    }
}

/// Imported annotators come without an owner; the first person who writes becomes it.
#[must_use]
pub fn owned(users: &[User]) -> bool {
    users.iter().any(|user| user.role != Role::Annotator)
}

/// The caller as they stand now, or as they would stand; with key 0 where they are no user yet.
fn now(store: &mut dyn Store, by: &Caller) -> Result<User, JobError> {
    let found = match by {
        // A key can be another one's by now; an identity cannot.
        Caller::Known(known) => store.user(known.id)?.filter(|user| user.uid == known.uid),
        Caller::New(_) => among(&store.users()?, by),
    };
    standing(found, by)
}

/// The caller among the users of the file, or as they would stand among them.
fn among(users: &[User], by: &Caller) -> Option<User> {
    match by {
        Caller::Known(known) => users.iter().find(|user| user.uid == known.uid).cloned(),
        Caller::New(name) => {
            let role = if owned(users) { Role::Annotator } else { Role::Owner };
            let found = users.iter().find(|user| user.name == *name).cloned();
            Some(found.unwrap_or_else(|| newcomer(name, role)))
        }
    }
}

fn standing(found: Option<User>, by: &Caller) -> Result<User, JobError> {
    match found {
        Some(user) if user.disabled => {
            let name = one_line(&user.name);
            let way_out = format!("an owner lets you in again with 'labelry users enable {name}'");
            Err(JobError::NotAllowed(format!("'{name}' is disabled in this file"), way_out))
        }
        Some(user) => Ok(user),
        None => {
            let what = format!("'{}' is no user of this file any more", one_line(by.name()));
            Err(JobError::NotAllowed(what, String::from("ask the file's owner")))
        }
    }
}

fn newcomer(name: &str, role: Role) -> User {
    User {
        id: UserId(0),
        uid: Uid(String::new()),
        name: name.to_owned(),
        role,
        login: None,
        workspaces: Vec::new(),
        disabled: false,
    }
}

/// What is said to who may not.
pub(super) fn not_allowed(user: &User) -> JobError {
    let what = format!("'{}' is {} here and may not do this", one_line(&user.name), user.role.word());
    JobError::NotAllowed(what, String::from("ask the file's owner"))
}

/// Whether `by` may do `action`, to this dataset or, without one, anywhere; as they and the dataset stand now. It makes
/// nobody a user. A door asks this to refuse early; a job that writes asks `allowed`.
///
/// # Errors
/// [`JobError::NotAllowed`] when they may not.
pub fn may_ask(
    store: &mut dyn Store,
    by: &Caller,
    action: Permission,
    dataset: Option<DatasetId>,
) -> Result<User, JobError> {
    let user = now(store, by)?;
    let granted = match dataset {
        None => may(&user, action, None),
        Some(id) => {
            let place = store.workspace_of(id)?;
            let (workspace, open) = place.ok_or_else(gone)?;
            may_in(&user, action, &workspace, open)
        }
    };
    if granted { Ok(user) } else { Err(not_allowed(&user)) }
}

/// The same of users and a dataset that were read just now: for a door that reads them anyway.
///
/// # Errors
/// [`JobError::NotAllowed`] when they may not.
pub fn may_among(users: &[User], by: &Caller, action: Permission, dataset: &Dataset) -> Result<User, JobError> {
    let user = standing(among(users, by), by)?;
    if may(&user, action, Some(dataset)) { Ok(user) } else { Err(not_allowed(&user)) }
}

/// The same for a job that writes, within its transaction: who is new becomes a user with it.
///
/// # Errors
/// [`JobError::NotAllowed`] when they may not.
pub(super) fn allowed(
    store: &mut dyn Store,
    by: &Caller,
    action: Permission,
    dataset: Option<&Dataset>,
    given: &mut JobContext<'_>,
) -> Result<User, JobError> {
    let user = may_ask(store, by, action, dataset.map(|dataset| dataset.id))?;
    enter(store, user, given)
}

/// The caller as they stand now, whatever they may; who is new becomes a user.
///
/// # Errors
/// [`JobError::NotAllowed`] when nobody lets them in.
pub(super) fn entered(store: &mut dyn Store, by: &Caller, given: &mut JobContext<'_>) -> Result<User, JobError> {
    let user = now(store, by)?;
    enter(store, user, given)
}

fn enter(store: &mut dyn Store, user: User, given: &mut JobContext<'_>) -> Result<User, JobError> {
    if user.id != UserId(0) {
        return Ok(user);
    }
    Ok(store.create_user(&(given.uid)(), &user.name, user.role, given.at)?)
}

/// Who looks at a dataset, as they stand now; nobody known is a newcomer.
///
/// # Errors
/// [`JobError::NotAllowed`] when they may not read it.
pub(super) fn reader(
    store: &mut dyn Store,
    viewer: Option<&User>,
    dataset: &Dataset,
) -> Result<Option<User>, JobError> {
    let viewer = viewer.map(|viewer| now(store, &Caller::from(viewer))).transpose()?;
    let place = store.workspace_of(dataset.id)?;
    let (workspace, open) = place.ok_or_else(gone)?;
    if viewer.as_ref().map_or(open, |viewer| may_in(viewer, Permission::Read, &workspace, open)) {
        return Ok(viewer);
    }
    let what = format!("'{}' is not yours to read", one_line(&dataset.path()));
    Err(viewer
        .map_or_else(|| JobError::NotAllowed(what, String::from("ask the file's owner")), |user| not_allowed(&user)))
}

fn gone() -> StoreError {
    StoreError::Missing(String::from("the dataset is not there any more"))
}

/// Refuses a job without a caller where somebody owns the file: only a file that is made just now has nobody to ask.
///
/// # Errors
/// [`JobError::NotAllowed`] when the file has an owner.
pub(super) fn unowned(store: &mut dyn Store) -> Result<(), JobError> {
    if owned(&store.users()?) {
        let what = String::from("this file has an owner, and nobody is named who asks");
        return Err(JobError::NotAllowed(what, String::from("say who you are with --user NAME")));
    }
    Ok(())
}
