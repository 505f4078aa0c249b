//! Who I am in a file: `--user`, else `LABELRY_USER`, else the login name.

use super::{Common, Failure};
use crate::jobs::caller::owned;
use crate::jobs::{self, Caller};
use crate::model::{Dataset, Permission, Role, User, may};
use crate::runtime;
use crate::store::{OpenTransaction, Store};
use crate::text::{names, near, one_line};

/// The login name of whoever a file was packed for: they open it under any.
const ANYBODY: &str = "*";

/// Login names that several people are likely to share.
const SHARED: [&str; 7] = ["root", "user", "student", "admin", "ubuntu", "pi", "me"];

impl Common {
    /// Who asks, for a command: commands never ask back, and an unknown `--user` is a typo. It creates nobody: who is
    /// new becomes a user with what they write, in a file without an owner its owner.
    pub(super) fn caller(&self, store: &mut dyn Store) -> Result<Caller, Failure> {
        let users = store.users()?;
        Ok(self.known(&users)?.map_or_else(Caller::New, Caller::Known))
    }

    /// The same; who may not is refused before anything is read or asked. The job asks once more while it writes.
    pub(super) fn asks(
        &self,
        store: &mut dyn Store,
        action: Permission,
        dataset: Option<&Dataset>,
    ) -> Result<Caller, Failure> {
        let caller = self.caller(store)?;
        jobs::may_ask(store, &caller, action, dataset.map(|dataset| dataset.id))?;
        Ok(caller)
    }

    /// Who I am for a session that asks nothing.
    pub(super) fn session_user(
        &self,
        store: &mut dyn Store,
        users: &[User],
        dataset: &Dataset,
    ) -> Result<User, Failure> {
        match self.annotates(users, dataset)? {
            Ok(user) => Ok(user),
            Err(name) => create(store, &name),
        }
    }

    /// The user of the file that I am, or the name that is not in it; who may not annotate is refused.
    fn annotates(&self, users: &[User], dataset: &Dataset) -> Result<Result<User, String>, Failure> {
        let found = self.known(users)?;
        let caller = found.as_ref().map_or_else(|name| Caller::New(name.clone()), Caller::from);
        jobs::may_among(users, &caller, Permission::Annotate, dataset)?;
        Ok(found)
    }

    /// Who I am for a command about myself: it creates nobody.
    pub(super) fn myself(&self, store: &mut dyn Store) -> Result<User, Failure> {
        let users = store.users()?;
        self.known(&users)?.map_err(|name| unknown(&name, &users))
    }

    /// A dataset that I see.
    pub(super) fn dataset(&self, store: &mut dyn Store, name: Option<&str>) -> Result<Dataset, Failure> {
        let viewer = self.viewer(store)?;
        Ok(jobs::dataset(store, name, viewer.as_ref())?)
    }

    /// Who looks, for a command that only reads: it creates nobody.
    pub(super) fn viewer(&self, store: &mut dyn Store) -> Result<Option<User>, Failure> {
        self.viewer_among(&store.users()?)
    }

    /// The same of users that were read just now.
    pub(super) fn viewer_among(&self, users: &[User]) -> Result<Option<User>, Failure> {
        Ok(self.known(users)?.ok())
    }

    /// Who I am for a session, which may ask: whether an unknown login name is right, and for a real name where the
    /// login name is one that people share. None: the person leaves.
    pub(super) fn annotator(
        &self,
        store: &mut dyn Store,
        users: &[User],
        dataset: &Dataset,
        no_color: bool,
    ) -> Result<Option<User>, Failure> {
        // Who would be refused is neither asked anything nor made a user first.
        let found = self.annotates(users, dataset)?;
        let said = self.user.is_some();
        let name = found.as_ref().map_or_else(Clone::clone, |user| user.name.clone());
        let user = match found {
            Ok(user) if said || !SHARED.contains(&name.as_str()) || store.has_answered(user.id)? => user,
            _ if !said && SHARED.contains(&name.as_str()) => {
                let Some(user) = real_name(store, users, &name, no_color)? else { return Ok(None) };
                user
            }
            Ok(user) => user,
            Err(name) if owned(users) => {
                let words = vec![
                    format!("This file does not know '{name}' yet. It knows: {}.", list(users)),
                    format!("Label as '{name}'? To label as somebody else: labelry --user NAME"),
                ];
                let rows = vec![format!("yes, I am {name} and new here"), String::from("no, leave")];
                if runtime::choose(words, rows, no_color)? != Some(0) {
                    return Ok(None);
                }
                create(store, &name)?
            }
            Err(name) => create(store, &name)?,
        };
        allowed(user, Permission::Annotate, Some(dataset)).map(Some)
    }

    /// The user of the file that I am, or the name that is not in it. An unknown `--user` in a file with an owner
    /// fails: a typo must not split a person's work.
    fn known(&self, users: &[User]) -> Result<Result<User, String>, Failure> {
        let name = self.user.clone().unwrap_or_else(login);
        let said = self.user.is_some();
        let login =
            |user: &&User| !said && user.login.as_deref().is_some_and(|login| login == name || login == ANYBODY);
        let found = users.iter().find(|user| user.name == name).or_else(|| users.iter().find(login));
        if let Some(user) = found {
            return if user.disabled { Err(disabled(user)) } else { Ok(Ok(user.clone())) };
        }
        if said && owned(users) {
            return Err(unknown(&name, users));
        }
        Ok(Err(name))
    }
}

pub(super) fn disabled(user: &User) -> Failure {
    let name = one_line(&user.name);
    Failure::failed(format!("'{name}' is disabled in this file"))
        .or_hint(format!("an owner lets you in again with 'labelry users enable {name}'"))
}

pub(super) fn unknown(name: &str, users: &[User]) -> Failure {
    let all: Vec<&str> = users.iter().map(|user| user.name.as_str()).collect();
    let near = near::names(name, &all);
    let known = if near.is_empty() {
        format!("there is: {};", list(users))
    } else {
        format!("did you mean {}?", near.join(" or "))
    };
    Failure::failed(format!("there is no user '{name}' in this file"))
        .or_hint(format!("{known} add one with 'labelry users create'"))
}

/// Asks for a real name before the first answer, and remembers it for this login name.
fn real_name(store: &mut dyn Store, users: &[User], login: &str, no_color: bool) -> Result<Option<User>, Failure> {
    let mut words = vec![
        format!("You are logged in as '{login}', a name that several people may share."),
        String::from(
            "Your name, as it will stand beside your answers (LABELRY_USER or --user says it without asking):",
        ),
    ];
    loop {
        let Some(name) = runtime::answer_line(words.clone(), no_color)? else { return Ok(None) };
        if !valid(&name) {
            continue;
        }
        let standing = users.iter().find(|user| user.name == login);
        match (users.iter().find(|user| user.name == name), standing) {
            (Some(user), _) if user.name == login => return Ok(Some(user.clone())),
            (Some(user), _) => {
                // Somebody of this file: it is said, since a name typed by chance would mix two people's work.
                let rows = vec![format!("yes, I am {name}"), String::from("no, another name")];
                let asked = vec![format!("'{name}' has worked in this file before. Is that you?")];
                if runtime::choose(asked, rows, no_color)? == Some(0) {
                    store.name_user(user.id, &name, Some(login))?;
                    return Ok(Some(user.clone()));
                }
                words.truncate(2);
            }
            (None, Some(user)) => {
                store.name_user(user.id, &name, Some(login))?;
                return Ok(Some(User { name, login: Some(login.to_owned()), ..user.clone() }));
            }
            (None, None) => {
                let user = create(store, &name)?;
                store.name_user(user.id, &name, Some(login))?;
                return Ok(Some(user));
            }
        }
    }
}

/// Whether a user may be called so.
pub(super) fn valid(name: &str) -> bool {
    names::fault(name).is_none()
}

fn list(users: &[User]) -> String {
    users.iter().map(|user| user.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Makes me a user of the file, or its owner where it has none. Others may be opening it at the same moment, so who is
/// there is looked at again while nobody else can write.
fn create(store: &mut dyn Store, name: &str) -> Result<User, Failure> {
    let mut span = OpenTransaction::write(store)?;
    let users = span.users()?;
    if let Some(known) = users.iter().find(|user| user.name == name) {
        return Ok(known.clone());
    }
    let role = if owned(&users) { Role::Annotator } else { Role::Owner };
    let made = span.create_user(&runtime::uid(), name, role, runtime::now())?;
    span.commit()?;
    Ok(made)
}

pub(super) fn allowed(user: User, action: Permission, dataset: Option<&Dataset>) -> Result<User, Failure> {
    if may(&user, action, dataset) {
        return Ok(user);
    }
    Err(Failure::failed(format!("'{}' is {} here and may not do this", user.name, user.role.word()))
        .or_hint("ask the file's owner"))
}

fn login() -> String {
    ["LOGNAME", "USER", "USERNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| String::from("me"))
}

#[cfg(test)]
mod tests {
    use super::create;
    use crate::model::Role;
    use crate::store::Store;
    use crate::store::sqlite::SqliteStore;

    #[test]
    fn of_first_openings_at_one_moment_one_makes_the_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        drop(SqliteStore::open_or_create(&path).unwrap());
        let open = |name: &'static str| {
            let path = path.clone();
            std::thread::spawn(move || create(&mut SqliteStore::open(&path).unwrap(), name).unwrap())
        };
        let made: Vec<_> = ["ana", "ana", "bob", "cy"].map(open).into_iter().map(|one| one.join().unwrap()).collect();
        assert_eq!(made[0].uid, made[1].uid);
        assert_eq!(SqliteStore::open(&path).unwrap().users().unwrap().len(), 3);
        let owners: std::collections::BTreeSet<_> =
            made.iter().filter(|user| user.role == Role::Owner).map(|user| &user.name).collect();
        assert_eq!(owners.len(), 1, "{made:?}");
    }
}
