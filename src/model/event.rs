//! What a line of the history says was done.

/// The kind of an event. It stands in the history by its word.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum EventKind {
    /// A response was submitted.
    Submit,
    /// A response or a working copy was saved, not handed in.
    Draft,
    /// What was changed was kept without Enter, when the session ended.
    Working,
    /// A record was discarded.
    Discard,
    /// A flag was set, or taken off.
    Flag,
    /// A note was written, or taken away.
    Note,
    /// An adjudication was given, or taken back.
    Adjudication,
    /// One of a person's own events was taken back.
    Undo,
    /// What was taken back was done again.
    Redo,
    /// A whole changeset was taken back.
    UndoChangeset,
    /// Files came in.
    Import,
    /// Another labelry file came in.
    #[default]
    Merge,
    /// A file was made for one person.
    Pack,
    /// Labels of a question were changed.
    Labels,
    /// A dataset was set up otherwise.
    Dataset,
    /// Records were assigned.
    Assign,
    /// Control records were named.
    Controls,
    /// Responses went to another dataset and are left in theirs.
    CopyResponses,
    /// Responses went to another dataset.
    MoveResponses,
    /// Responses were deleted.
    DeleteResponses,
    /// A user was made or changed.
    User,
    /// One that this version does not know, by its word.
    Other(String),
}

/// Kinds and their words.
const WORDS: &[(EventKind, &str)] = &[
    (EventKind::Submit, "submit"),
    (EventKind::Draft, "draft"),
    (EventKind::Working, "working"),
    (EventKind::Discard, "discard"),
    (EventKind::Flag, "flag"),
    (EventKind::Note, "note"),
    (EventKind::Adjudication, "verdict"),
    (EventKind::Undo, "undo"),
    (EventKind::Redo, "redo"),
    (EventKind::UndoChangeset, "undo step"),
    (EventKind::Import, "import"),
    (EventKind::Merge, "merge"),
    (EventKind::Pack, "pack"),
    (EventKind::Labels, "labels"),
    (EventKind::Dataset, "dataset"),
    (EventKind::Assign, "assign"),
    (EventKind::Controls, "controls"),
    (EventKind::CopyResponses, "copy responses"),
    (EventKind::MoveResponses, "move responses"),
    (EventKind::DeleteResponses, "delete responses"),
    (EventKind::User, "user"),
];

impl EventKind {
    /// The word in the history, in SQL and on the screen.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Other(word) => word,
            known => WORDS.iter().find(|(kind, _)| kind == known).map_or("", |(_, word)| word),
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn of(word: &str) -> Self {
        let known = WORDS.iter().find(|(_, known)| *known == word);
        known.map_or_else(|| Self::Other(word.to_owned()), |(kind, _)| kind.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::{EventKind, WORDS};

    #[test]
    fn each_kind_has_its_word_and_an_unknown_one_is_kept() {
        for (kind, word) in WORDS {
            assert_eq!((&EventKind::of(word), kind.word()), (kind, *word));
        }
        assert_eq!(EventKind::of("train").word(), "train");
    }
}
