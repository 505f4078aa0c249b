//! People: users with their role and workspaces.

use super::{Uid, UserId};

/// A person or an imported annotator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Key within this file.
    pub id: UserId,
    /// Identity across files.
    pub uid: Uid,
    /// Unique within a file, case-sensitive.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// The shared login name (root, ubuntu …) under which this person works here.
    pub login: Option<String>,
    /// Names of the workspaces they are a member of.
    pub workspaces: Vec<String>,
    /// Whether they are refused at the door.
    pub disabled: bool,
}

impl User {
    /// Whether the person belongs to a workspace by its name. An admin in none belongs to all, an owner always does.
    #[must_use]
    pub fn belongs(&self, workspace: &str) -> bool {
        let everywhere = match self.role {
            Role::Owner => true,
            Role::Admin => self.workspaces.is_empty(),
            Role::Annotator => false,
        };
        everywhere || self.workspaces.iter().any(|name| name == workspace)
    }
}

/// The fewest characters of a password.
pub const SHORTEST_PASSWORD: usize = 10;

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    Owner,
    /// Everything in the datasets of their workspaces.
    Admin,
    /// Answers.
    Annotator,
}

impl Role {
    /// All roles, in the order of what they may do.
    pub const ALL: [Self; 3] = [Self::Owner, Self::Admin, Self::Annotator];

    /// The word used in SQL, commands and on screen.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Annotator => "annotator",
        }
    }

    /// The role of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// A workspace with who is in it and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Unique within a file.
    pub name: String,
    /// Names of its members; without any it is open to all.
    pub members: Vec<String>,
    /// Names of its datasets.
    pub datasets: Vec<String>,
}

/// How much a person holds in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Holdings {
    /// Responses of any status and pass.
    pub responses: u64,
    /// Notes.
    pub notes: u64,
    /// Flags.
    pub flags: u64,
    /// Adjudications.
    pub adjudications: u64,
}

impl Holdings {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// `12 responses, 1 note`.
    #[must_use]
    pub fn words(&self) -> String {
        let all =
            [(self.responses, "response"), (self.notes, "note"), (self.flags, "flag"), (self.adjudications, "verdict")];
        let some = all.into_iter().filter(|(count, _)| *count > 0);
        let words = some.map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }));
        words.collect::<Vec<_>>().join(", ")
    }
}
