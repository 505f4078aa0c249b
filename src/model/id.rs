//! Identities: integer keys that never leave a file, and uids that do.

use serde::{Deserialize, Serialize};

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);
    };
}

key!(/** Key of a dataset in one file. */ DatasetId);
key!(/** Key of a question in one file. */ QuestionId);
key!(/** Key of a record in one file. */ RecordId);
key!(/** Key of a user in one file. */ UserId);

/// Identity across files: a UUID v7 as text, made outside the pure rooms and passed in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(pub String);
