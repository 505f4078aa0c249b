//! `labelry users`.

use std::io::Read;

use clap::Subcommand;
use serde_json::json;

use super::{Common, Failure, say, say_json};
use crate::jobs::accounts::{self, Deleted, OnUserDelete};
use crate::jobs::caller::owned;
use crate::jobs::{Caller, JobContext, JobError};
use crate::model::{Permission, Role};
use crate::runtime;
use crate::store::sqlite::SqliteStore;
use crate::store::{Store, UserChange, UserStore};
use crate::text::{names, one_line};

/// Users of the file.
#[derive(Debug, Subcommand)]
pub enum Users {
    /// Add a user
    Create {
        /// Name: the login name, where people log in to one machine
        name: String,
        /// owner, admin or annotator
        #[arg(long, default_value = "annotator", value_parser = role)]
        role: Role,
        /// A workspace to be a member of; may be given several times
        #[arg(long, value_name = "WORKSPACE")]
        workspace: Vec<String>,
    },
    /// List users with their role and workspaces
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Give a user another name
    Rename {
        /// Name so far
        name: String,
        /// Name from now on
        new: String,
    },
    /// Give a user another role
    SetRole {
        /// Name
        name: String,
        /// owner, admin or annotator
        #[arg(value_parser = role)]
        role: Role,
    },
    /// Set a password, asked for without echo or read from standard input; without a name: your own
    Password {
        /// Name
        name: Option<String>,
    },
    /// Add an OpenSSH public key: `add-key NAME KEY`, a .pub file, or - for standard input
    AddKey {
        /// Name
        name: String,
        /// The line of a .pub file, the file, or -
        key: String,
    },
    /// Take a public key away, named by its comment as `users list --json` shows it, or by its line
    RemoveKey {
        /// Name
        name: String,
        /// The comment, or the line of the .pub file
        key: String,
    },
    /// Refuse a user at the door; their answers stay
    Disable {
        /// Name
        name: String,
    },
    /// Let a disabled user in again
    Enable {
        /// Name
        name: String,
    },
    /// Delete a user, never their answers
    Delete {
        /// Name
        name: String,
        /// Who gets their responses, notes, flags and verdicts
        #[arg(long, value_name = "NAME", conflicts_with = "keep_responses")]
        reassign_to: Option<String>,
        /// Their answers stay under the name, which nobody can come in by any more
        #[arg(long)]
        keep_responses: bool,
    },
}

fn role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| format!("there is: {}", Role::ALL.map(Role::word).join(", ")))
}

pub(super) fn run(args: Users, common: &Common) -> Result<(), Failure> {
    let mut given = JobContext { at: runtime::now(), uid: &mut runtime::uid };
    let (name, told, words) = match args {
        Users::Create { name, role, workspace } => return create(&name, role, &workspace, common, &mut given),
        Users::List { json } => return list(json, common),
        Users::Password { name } => return password(name, common, &mut given),
        Users::AddKey { name, key } => return add_key(&name, &key, common, &mut given),
        Users::RemoveKey { name, key } => {
            let mut store = common.store()?;
            let by = Caller::from(&common.myself(&mut store)?);
            accounts::remove_key(&mut store, &by, &name, &key, &mut given)?;
            return say(format!("{} has one key less", one_line(&name)));
        }
        Users::Delete { name, reassign_to, keep_responses } => {
            let work = match reassign_to {
                Some(other) => OnUserDelete::To(other),
                None if keep_responses => OnUserDelete::Kept,
                None => OnUserDelete::Stays,
            };
            return delete(&name, &work, common, &mut given);
        }
        Users::Rename { name, new } => {
            let words = format!("{} is called {} now", one_line(&name), one_line(&new));
            return rename(&name, &new, &words, common, &mut given);
        }
        Users::SetRole { name, role } => {
            let words = format!("{} is {} now", one_line(&name), role.word());
            (name, UserChange::Role(role), words)
        }
        Users::Disable { name } => {
            let words = format!("{} is refused at the door now", one_line(&name));
            (name, UserChange::Disabled(true), words)
        }
        Users::Enable { name } => {
            let words = format!("{} is let in again", one_line(&name));
            (name, UserChange::Disabled(false), words)
        }
    };
    let (mut store, by) = owner(common)?;
    accounts::change_user(&mut store, &by, &name, &told, &mut given)?;
    say(words)
}

/// The file, and who may change its users.
fn owner(common: &Common) -> Result<(SqliteStore, Caller), Failure> {
    let mut store = common.store()?;
    let by = common.asks(&mut store, Permission::ManageUsers, None)?;
    Ok((store, by))
}

fn valid(name: &str) -> Result<(), Failure> {
    let Some(why) = names::fault(name) else { return Ok(()) };
    Err(Failure::failed(format!("nobody can be called '{}': {why}", one_line(name))).or_hint(names::RULE))
}

fn create(
    name: &str,
    role: Role,
    workspaces: &[String],
    common: &Common,
    given: &mut JobContext<'_>,
) -> Result<(), Failure> {
    valid(name)?;
    let mut store = SqliteStore::open_or_create(&common.file())?;
    let owned = owned(&store.users()?);
    let by = if owned { Some(common.asks(&mut store, Permission::ManageUsers, None)?) } else { None };
    let made = accounts::create(&mut store, by.as_ref(), (name, role), workspaces, given);
    // A refused command leaves no file that it made.
    store.unmake()?;
    let user = made?;
    let places = if workspaces.is_empty() { String::new() } else { format!(" in {}", workspaces.join(", ")) };
    say(format!("{} is {} now{}", one_line(&user.name), user.role.word(), one_line(&places)))
}

fn rename(name: &str, new: &str, words: &str, common: &Common, given: &mut JobContext<'_>) -> Result<(), Failure> {
    let (mut store, by) = owner(common)?;
    valid(new)?;
    accounts::change_user(&mut store, &by, name, &UserChange::Name(new), given)?;
    say(words)
}

fn list(json: bool, common: &Common) -> Result<(), Failure> {
    let mut store = common.store()?;
    common.viewer(&mut store)?;
    for user in store.users()? {
        let access = store.access(user.id)?;
        if json {
            say_json(&json!({
                "name": user.name,
                "role": user.role.word(),
                "uid": user.uid.0,
                "workspaces": user.workspaces,
                "disabled": user.disabled,
                "password": access.password,
                "keys": access.keys,
            }))?;
            continue;
        }
        let keys = match access.keys.len() {
            0 => None,
            1 => Some(String::from("1 key")),
            many => Some(format!("{many} keys")),
        };
        let told = [
            (!user.workspaces.is_empty()).then(|| one_line(&user.workspaces.join(", "))),
            access.password.then(|| String::from("password")),
            keys,
            user.disabled.then(|| String::from("disabled")),
        ];
        let told: Vec<String> = told.into_iter().flatten().collect();
        let line = format!("{:<24}{:<10} {}", one_line(&user.name), user.role.word(), told.join(" · "));
        say(line.trim_end())?;
    }
    Ok(())
}

/// Who changes their own secret needs no right to do so; another's takes an owner.
fn password(name: Option<String>, common: &Common, given: &mut JobContext<'_>) -> Result<(), Failure> {
    let mut store = common.store()?;
    let by = Caller::from(&common.myself(&mut store)?);
    let name = name.unwrap_or_else(|| by.name().to_owned());
    // Whatever is refused is refused before anything is asked.
    let user = accounts::named(&mut store, &name)?;
    accounts::may_change_secret(&mut store, &by, &user)?;
    let Some(password) = runtime::secret::new_password()? else {
        return Err(Failure::failed("nothing was changed"));
    };
    let kept = runtime::secret::hash(&password)?;
    accounts::change_user(&mut store, &by, &name, &UserChange::Password(Some(&kept)), given)?;
    say(format!("{} has a new password", one_line(&name)))
}

fn add_key(name: &str, key: &str, common: &Common, given: &mut JobContext<'_>) -> Result<(), Failure> {
    let mut store = common.store()?;
    let by = Caller::from(&common.myself(&mut store)?);
    let line = if key == "-" {
        read_some(std::io::stdin().lock())?
    } else if key.contains(' ') {
        key.to_owned()
    } else {
        let file = std::path::Path::new(key);
        common.may_read(file)?;
        crate::exchange::read_words(file).map_err(|why| {
            Failure::from(JobError::from(why))
                .or_hint("a key itself stands in quotes: labelry users add-key NAME 'ssh-ed25519 AAAA… comment'")
        })?
    };
    let comment = accounts::add_key(&mut store, &by, name, &line, given)?;
    say(format!("{} has the key {} now", one_line(name), one_line(&comment)))
}

/// A key is short; whatever else is named is not read whole.
fn read_some(from: impl Read) -> Result<String, Failure> {
    let mut text = String::new();
    let read = from.take(65_536).read_to_string(&mut text);
    read.map_err(|why| Failure::failed(format!("the key cannot be read: {why}")))?;
    Ok(text)
}

fn delete(name: &str, work: &OnUserDelete, common: &Common, given: &mut JobContext<'_>) -> Result<(), Failure> {
    let (mut store, by) = owner(common)?;
    let done = accounts::delete(&mut store, &by, name, work, given).map_err(|error: JobError| Failure::from(error))?;
    let name = one_line(name);
    match (done, work) {
        (Deleted::Gone(held), OnUserDelete::To(other)) if !held.is_empty() => {
            say(format!("{name} is deleted; {} went to {}", held.words(), one_line(other)))
        }
        (Deleted::Gone(_), _) => say(format!("{name} is deleted")),
        (Deleted::Kept(held), _) => {
            let what = if held.is_empty() { String::from("nothing") } else { held.words() };
            say(format!("{name} stays as a name with {what}, disabled, without password, keys and workspaces"))
        }
    }
}
