//! `labelry search`.

use std::io::Write;

use super::{Common, Failure};
use crate::model::Search;
use crate::store::Store;

/// How a word that begins with a minus is written.
pub(super) const HINT: &str = "a word that must not be there stands inside quotes: labelry search 'refund -voucher'";

/// Records whose text holds these words, best first
///
/// All words have to be there, in any order; "several words" in quotes stand in a row; -word must not be there, and is
/// written inside the shell's quotes: 'refund -voucher'. Case and accents do not count, and nothing is an operator: C++,
/// 50% and don't are words.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The words
    #[arg(required = true)]
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
    let long = |why: String| Failure::failed(why).or_hint("search for fewer words").with_code(2);
    let search = Search::asked(&args.words.join(" ")).map_err(long)?;
    let mut store = common.store()?;
    let dataset = common.dataset(&mut store, args.dataset.as_deref())?;
    let viewer = common.viewer(&mut store)?;
    if search.terms.is_empty() {
        return Err(Failure::failed("there are no words to search for").or_hint(HINT));
    }
    let all = store.search(dataset.id, &search, args.limit)?;
    if all.is_empty() {
        writeln!(std::io::stderr(), "nothing found")?;
    }
    super::hits::print(&mut store, &dataset, viewer.as_ref(), &all, args.json)
}
