//! What a store keeps of people: roles, secrets, workspaces. Every change is an event in the same transaction.

use super::{Change, Result};
use crate::model::{DatasetId, Holdings, RecordId, Role, Uid, User, UserId, Workspace};

/// A change to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserChange<'a> {
    /// Another name.
    Name(&'a str),
    /// Another role.
    Role(Role),
    /// Refused at the door, or let in again.
    Disabled(bool),
    /// Another password, as a PHC string, or none. Events say only that it changed.
    Password(Option<&'a str>),
    /// A public key (`algorithm blob`) with its comment. Events say its comment only.
    Key(&'a str, &'a str),
    /// A key less.
    NoKey(&'a str),
    /// Into a workspace.
    Joins(&'a str),
    /// Out of it.
    Leaves(&'a str),
}

/// How somebody may be let in: never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Access {
    /// Whether there is a password.
    pub password: bool,
    /// Comments of the public keys, in the order of [`UserStore::keys`].
    pub keys: Vec<String>,
}

/// Users and workspaces.
pub trait UserStore {
    /// Somebody as they stand at this moment; none where there is no such user, or they were deleted.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn user(&mut self, user: UserId) -> Result<Option<User>>;

    /// The workspace of a dataset at this moment, and whether it is open to all; none where there is no such dataset.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn workspace_of(&mut self, dataset: DatasetId) -> Result<Option<(String, bool)>>;

    /// Changes a user.
    ///
    /// # Errors
    /// When the name is taken, there is no such workspace, or the file cannot be written.
    fn change_user(&mut self, user: UserId, told: &UserChange<'_>, change: &Change) -> Result<()>;

    /// How somebody may be let in.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn access(&mut self, user: UserId) -> Result<Access>;

    /// The password's PHC string, for whoever lets people in.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn password(&mut self, user: UserId) -> Result<Option<String>>;

    /// The public keys, as in `authorized_keys`, without comments.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn keys(&mut self, user: UserId) -> Result<Vec<String>>;

    /// How much a person holds.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn holdings(&mut self, user: UserId) -> Result<Holdings>;

    /// Up to `limit` records on which both hold something, and how many there are.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn shared(&mut self, one: UserId, other: UserId, limit: usize) -> Result<(u64, Vec<RecordId>)>;

    /// Gives all that a person holds to another, with two events a record, and counts anew. The two must not hold
    /// something on one record. `uid` makes identities.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn reassign(&mut self, from: UserId, to: UserId, change: &Change, uid: &mut dyn FnMut() -> Uid) -> Result<()>;

    /// Deletes a user who holds nothing. The history keeps knowing them.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn delete_user(&mut self, user: UserId, change: &Change) -> Result<()>;

    /// All workspaces with members and datasets, by name.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn workspaces(&mut self) -> Result<Vec<Workspace>>;

    /// Makes a workspace.
    ///
    /// # Errors
    /// When the name is taken or the file cannot be written.
    fn create_workspace(&mut self, uid: &Uid, name: &str, change: &Change) -> Result<()>;

    /// Deletes a workspace without datasets.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn delete_workspace(&mut self, name: &str, change: &Change) -> Result<()>;
}
