//! What each role may do: one table, and the one door that commands and interface go through.

use super::{Dataset, Hide, Role, User};

/// Things a person may want to do; see [`may`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Look at a dataset: records, suggestions, agreement.
    Read,
    /// Give answers, notes and flags.
    Annotate,
    /// See everybody's answers before one's own: export them, say who gave what.
    ReadOthers,
    /// See suggestions before one's own answers.
    ReadSuggestions,
    /// Decide which of everybody's answers is right.
    Adjudicate,
    /// Import, change a dataset and its labels.
    Manage,
    /// Say who labels what, and see how far everybody is.
    Assign,
    /// What reaches into every workspace: merge files, copy the file whole, undo what touches several datasets.
    WholeFile,
    /// Make, change and delete users and workspaces.
    ManageUsers,
}

/// How far a right goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Right {
    Yes,
    /// In the workspaces they are in, and in those without any member.
    Open,
    /// In the workspaces they are in; where they are in none, in all.
    Theirs,
    /// If they are in no workspace, and so in all.
    All,
    /// As [`Right::Open`], where the dataset does not hide others' answers.
    Shown,
    /// As [`Right::Open`], where the dataset does not hide suggestions.
    Suggested,
    No,
}

/// The table: an action in words, and what an owner, an admin and an annotator may.
const TABLE: [(Permission, &str, [Right; 3]); 9] = [
    (Permission::Read, "read a dataset: records, suggestions, agreement", [Right::Yes, Right::Open, Right::Open]),
    (Permission::Annotate, "answer, note, flag, and undo what is theirs", [Right::Yes, Right::Open, Right::Open]),
    (Permission::ReadOthers, "see everybody's answers before their own", [Right::Yes, Right::Theirs, Right::Shown]),
    (
        Permission::ReadSuggestions,
        "see suggestions before their own answers",
        [Right::Yes, Right::Theirs, Right::Suggested],
    ),
    (Permission::Adjudicate, "adjudicate", [Right::Yes, Right::Theirs, Right::No]),
    (Permission::Manage, "import; change a dataset, its labels and settings", [Right::Yes, Right::Theirs, Right::No]),
    (
        Permission::Assign,
        "say who labels what, keep control records, see everybody's progress",
        [Right::Yes, Right::Theirs, Right::No],
    ),
    (Permission::WholeFile, "merge files, back the file up", [Right::Yes, Right::All, Right::No]),
    (Permission::ManageUsers, "make and change users and workspaces", [Right::Yes, Right::No, Right::No]),
];

/// The one door before every job: may `user` do `action`, to this dataset, or without one anywhere?
#[must_use]
pub fn may(user: &User, action: Permission, dataset: Option<&Dataset>) -> bool {
    match dataset {
        None => match right(user.role, action) {
            Right::No => false,
            Right::All => !user.disabled && user.workspaces.is_empty(),
            _ => !user.disabled,
        },
        Some(dataset) => within(user, action, &dataset.workspace, dataset.open, Some(dataset.hide)),
    }
}

/// The same for a workspace in which a dataset is to be made; `open`: it has no member.
#[must_use]
pub fn may_in(user: &User, action: Permission, workspace: &str, open: bool) -> bool {
    within(user, action, workspace, open, None)
}

/// Whether somebody sees that there is such a dataset; nobody known is a newcomer.
#[must_use]
pub fn sees(viewer: Option<&User>, dataset: &Dataset) -> bool {
    viewer.map_or(dataset.open, |user| may(user, Permission::Read, Some(dataset)))
}

/// Without a word on what is hidden, all is.
fn within(user: &User, action: Permission, workspace: &str, open: bool, hide: Option<Hide>) -> bool {
    let belongs = user.belongs(workspace);
    let granted = match right(user.role, action) {
        Right::Yes => true,
        Right::Open => open || belongs,
        Right::Theirs => belongs,
        Right::All => user.workspaces.is_empty(),
        Right::Shown => matches!(hide, Some(Hide::None | Hide::Suggestions)) && (open || belongs),
        Right::Suggested => matches!(hide, Some(Hide::None | Hide::Others)) && (open || belongs),
        Right::No => false,
    };
    granted && !user.disabled
}

fn right(role: Role, action: Permission) -> Right {
    let row = TABLE.iter().find(|(known, ..)| *known == action);
    row.map_or(Right::No, |(.., rights)| rights[role as usize])
}

/// The table as docs/teams.md prints it.
#[must_use]
pub fn markdown() -> String {
    let mut out = format!("| what | {} |\n|---|---|---|---|\n", Role::ALL.map(Role::word).join(" | "));
    for (_, words, rights) in TABLE {
        out.push_str(&format!("| {words} | {} |\n", rights.map(Right::word).join(" | ")));
    }
    out.push_str("| their own password and keys | yes | yes | yes |\n");
    out
}

impl Right {
    fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Open => "in their workspaces and in open ones",
            Self::Theirs => "in their workspaces; all, if they are in none",
            Self::All => "if they are in no workspace",
            Self::Shown => "where `hide` is none or suggestions; else once they submitted a record",
            Self::Suggested => "where `hide` is none or others; else once they submitted a record",
            Self::No => "no",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Permission, may, may_in, sees};
    use crate::model::{Role, Uid, User, UserId};

    fn user(role: Role, workspaces: &[&str]) -> User {
        User {
            id: UserId(1),
            uid: Uid("u".into()),
            name: "ana".into(),
            role,
            login: None,
            workspaces: workspaces.iter().map(|&name| name.to_owned()).collect(),
            disabled: false,
        }
    }

    #[test]
    fn an_annotator_answers_in_their_workspaces_and_in_open_ones_only() {
        let ana = user(Role::Annotator, &["w"]);
        assert!(may_in(&ana, Permission::Annotate, "w", false) && may_in(&ana, Permission::Annotate, "v", true));
        assert!(!may_in(&ana, Permission::Read, "v", false) && !may_in(&ana, Permission::Manage, "w", false));
        assert!(!may(&ana, Permission::ManageUsers, None) && !may(&ana, Permission::Assign, None));
    }

    #[test]
    fn an_admin_manages_their_workspaces_or_all() {
        let some = user(Role::Admin, &["w"]);
        assert!(may_in(&some, Permission::Manage, "w", false) && !may_in(&some, Permission::Manage, "v", true));
        assert!(may_in(&some, Permission::Read, "v", true) && !may_in(&some, Permission::Read, "v", false));
        let all = user(Role::Admin, &[]);
        assert!(may_in(&all, Permission::Manage, "v", false) && !may(&all, Permission::ManageUsers, None));
    }

    #[test]
    fn who_is_disabled_may_nothing() {
        let gone = User { disabled: true, ..user(Role::Owner, &[]) };
        assert!(!may(&gone, Permission::Read, None) && !may_in(&gone, Permission::Read, "w", true));
    }

    #[test]
    fn a_newcomer_sees_what_is_open_and_hidden_answers_stay_hidden_from_annotators() {
        let mut dataset = crate::model::Dataset::bare("w", "d");
        assert!(sees(None, &dataset));
        let ana = user(Role::Annotator, &[]);
        assert!(!may(&ana, Permission::ReadOthers, Some(&dataset)));
        dataset.hide = crate::model::Hide::None;
        assert!(may(&ana, Permission::ReadOthers, Some(&dataset)));
        dataset.open = false;
        assert!(!sees(None, &dataset) && !sees(Some(&ana), &dataset));
        assert!(!may(&ana, Permission::ReadOthers, Some(&dataset)));
        assert!(sees(Some(&user(Role::Owner, &[])), &dataset));
    }
}
