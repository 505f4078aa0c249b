//! Parquet: not in this build.

use super::error::{Kind, ReadError};
use super::rows::Take;
use super::source::Source;
use crate::progress::{Cancelled, Progress};

/// Says that the feature is missing.
pub(super) fn rows<E>(source: &Source, _: &mut dyn Take<E>, _: &dyn Progress) -> Result<(), E>
where
    E: From<ReadError> + From<Cancelled>,
{
    let error = ReadError::new(Kind::OtherFormat, "Parquet", "a format that this build reads")
        .with_hint("build labelry with the feature 'parquet', or write the file as JSONL");
    Err(error.placed(source.path(), None).into())
}
