//! `labelry search`.

use super::{Common, Failure, say};
use crate::jobs;
use crate::model::Search;
use crate::store::Store;

/// Records whose text holds these words, best first
///
/// All words have to be there, in any order; "several words" in quotes stand in a row; -word must not be there. Case
/// and accents do not count, and nothing is an operator: C++, 50% and don't are words.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The words
    #[arg(required = true, allow_hyphen_values = true)]
    words: Vec<String>,
    /// The dataset, where there are several
    #[arg(long, value_name = "NAME")]
    dataset: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let mut store = common.store()?;
    let dataset = jobs::dataset(&mut store, args.dataset.as_deref())?;
    let viewer = common.viewer(&mut store)?;
    let search = Search::parse(&args.words.join(" "));
    if search.terms.is_empty() {
        return Err(Failure::failed("there are no words to search for").or_hint("labelry search refund -voucher"));
    }
    for (record, score) in store.search(dataset.id, &search, args.limit)? {
        let found = jobs::found::object(&mut store, &dataset, viewer.as_ref(), record, score)?;
        if args.json { say(found)? } else { super::found::row(&found)? }
    }
    Ok(())
}
