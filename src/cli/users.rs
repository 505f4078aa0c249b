//! `labelry users`.

use clap::Subcommand;
use serde_json::json;

use super::{Common, Failure, say};
use crate::model::{Action, Role};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;
use crate::text::one_line;

/// Users of the file.
#[derive(Debug, Subcommand)]
pub enum Users {
    /// Add a user
    Create {
        /// Name
        name: String,
        /// owner, admin or annotator
        #[arg(long, default_value = "annotator", value_parser = role)]
        role: Role,
    },
    /// List users
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
}

fn role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| String::from("expected owner, admin or annotator"))
}

pub(super) fn run(args: Users, common: &Common) -> Result<(), Failure> {
    match args {
        Users::Create { name, role } => {
            let mut store = SqliteStore::open_or_create(&common.file())?;
            let owned = store.users()?.iter().any(|user| user.role != Role::Annotator);
            let by = if owned { Some(common.user(&mut store, Action::ManageUsers)?.id) } else { None };
            if !super::who::valid(&name) {
                return Err(Failure::failed(
                    "a user's name has to have letters, and no control or invisible characters",
                ));
            }
            let user = store.create_user_by(&crate::runtime::uid(), &name, role, crate::runtime::now(), by)?;
            say(format!("{} is {} now", one_line(&user.name), user.role.word()))
        }
        Users::List { json } => {
            for user in common.store()?.users()? {
                if json {
                    say(json!({"name": user.name, "role": user.role.word(), "uid": user.uid.0}))?;
                } else {
                    say(format!("{:<24}{}", one_line(&user.name), user.role.word()))?;
                }
            }
            Ok(())
        }
    }
}
