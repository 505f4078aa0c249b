//! What has to be known of other tools' files before their records: questions with their labels, read in a pass of its
//! own over all files.

use std::path::Path;

use serde_json::{Map, Value};

use super::error::{Kind, ReadError};
use super::read::{self, feed};
use super::rows::Take;
use super::source::Source;
use super::tool::{Learned, Tool};
use super::{Format, Options, tools};
use crate::progress::{Cancelled, Progress};

/// Reads files of another tool, or plain ones with answers in them, once through to learn their dataset; none where
/// there is nothing to learn.
///
/// # Errors
/// [`ReadError`] for bad input, also for files of two tools; [`Cancelled`] from `progress`.
pub fn learn<E>(sources: &[Source], options: &Options, progress: &dyn Progress) -> Result<Option<Learned>, E>
where
    E: From<ReadError> + From<Cancelled>,
{
    let mut all: Option<(Format, Box<dyn Tool>)> = None;
    for source in sources {
        let (format, layout) = read::tell(source, options)?;
        if all.is_none() {
            all = tools::tool(format, source.path(), options)?.map(|tool| (format, tool));
        }
        let Some((first, tool)) = &mut all else { continue };
        if format != *first {
            let found = format!("a file that is read as {}", format.word());
            let error = ReadError::new(Kind::OtherFormat, found, format!("another one of {}", first.word()))
                .with_hint("import files of different formats one by one");
            return Err(error.placed(source.path(), None).into());
        }
        let mut learner = Learner { path: source.path(), skip: options.skip_bad, tool: &mut **tool };
        feed::<E>(source, layout, options, &mut learner, progress)?;
    }
    let Some((format, mut tool)) = all else { return Ok(None) };
    let place = |error: ReadError| match sources.first() {
        Some(source) => error.placed(source.path(), None),
        None => error,
    };
    let dataset = tool.dataset().map_err(place)?;
    Ok(Some(Learned { format, tool, dataset }))
}

struct Learner<'a> {
    path: &'a Path,
    skip: bool,
    tool: &'a mut dyn Tool,
}

impl<E: From<ReadError> + From<Cancelled>> Take<E> for Learner<'_> {
    fn header(&mut self, _: &Map<String, Value>) -> Result<(), ReadError> {
        Ok(())
    }

    fn row(&mut self, line: u64, row: Result<Map<String, Value>, ReadError>, _: &dyn Fn() -> Vec<u8>) -> Result<(), E> {
        match row.and_then(|row| self.tool.learn(self.path, &row)) {
            Err(error) if !self.skip => Err(error.placed(self.path, Some(line)).into()),
            _ => Ok(()),
        }
    }
}
