//! `labelry workspaces`.

use clap::Subcommand;
use serde_json::json;

use super::{Common, Failure, say, say_json};
use crate::jobs::{JobContext, accounts};
use crate::model::{Permission, Role, Workspace};
use crate::runtime;
use crate::store::{UserChange, UserStore};
use crate::text::one_line;

/// Workspaces of the file: one without members is open to all, one with members to them alone.
#[derive(Debug, Subcommand)]
pub enum Workspaces {
    /// Make a workspace
    Create {
        /// Name
        name: String,
    },
    /// List workspaces with members and datasets
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Make a user a member; the first one closes the workspace to everybody else
    AddUser {
        /// The workspace
        workspace: String,
        /// Name
        #[arg(value_name = "NAME")]
        member: String,
    },
    /// Take a user out; the last one opens the workspace to everybody
    RemoveUser {
        /// The workspace
        workspace: String,
        /// Name
        #[arg(value_name = "NAME")]
        member: String,
    },
    /// Delete a workspace without datasets
    Delete {
        /// Name
        name: String,
    },
}

pub(super) fn run(args: Workspaces, common: &Common) -> Result<(), Failure> {
    let mut store = common.store()?;
    if let Workspaces::List { json } = args {
        let viewer = common.viewer(&mut store)?;
        let sees = |workspace: &Workspace| {
            workspace.members.is_empty() || viewer.as_ref().is_some_and(|user| user.belongs(&workspace.name))
        };
        for workspace in store.workspaces()?.iter().filter(|workspace| sees(workspace)) {
            row(workspace, json)?;
        }
        return Ok(());
    }
    let by = common.asks(&mut store, Permission::ManageUsers, None)?;
    let mut given = JobContext { at: runtime::now(), uid: &mut runtime::uid };
    match args {
        Workspaces::Create { name } => {
            accounts::create_workspace(&mut store, &by, &name, &mut given)?;
            say(format!("{} is a workspace now, open to all till it has a member", one_line(&name)))
        }
        Workspaces::AddUser { workspace, member } => {
            let told = UserChange::Joins(&workspace);
            let user = accounts::change_user(&mut store, &by, &member, &told, &mut given)?;
            say(format!("{} is a member of {} now", one_line(&user.name), one_line(&workspace)))?;
            if user.role == Role::Admin && user.workspaces.is_empty() {
                say(format!("as an admin of some workspaces, {} no longer manages the others", one_line(&user.name)))?;
            }
            Ok(())
        }
        Workspaces::RemoveUser { workspace, member } => {
            let told = UserChange::Leaves(&workspace);
            accounts::change_user(&mut store, &by, &member, &told, &mut given)?;
            let left = store.workspaces()?.into_iter().find(|known| known.name == workspace);
            let open =
                if left.is_some_and(|known| known.members.is_empty()) { ", which is open to all now" } else { "" };
            say(format!("{} is no member of {}{open}", one_line(&member), one_line(&workspace)))
        }
        Workspaces::Delete { name } => {
            accounts::delete_workspace(&mut store, &by, &name, &mut given)?;
            say(format!("{} is deleted", one_line(&name)))
        }
        Workspaces::List { .. } => Ok(()),
    }
}

fn row(workspace: &Workspace, json: bool) -> Result<(), Failure> {
    let Workspace { name, members, datasets } = workspace;
    if json {
        return say_json(&json!({"name": name, "members": members, "datasets": datasets}));
    }
    let members = if members.is_empty() { String::from("open to all") } else { members.join(", ") };
    let datasets = if datasets.is_empty() { String::from("no datasets") } else { datasets.join(", ") };
    say(format!("{:<24}{} · {}", one_line(name), one_line(&members), one_line(&datasets)))
}
