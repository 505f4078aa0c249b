//! `labelry similar`.

use super::{Common, Failure};
use crate::jobs;
use crate::jobs::similar::Space;

/// Records nearest to one by the cosine of their stored vectors
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The record: an id, or a number
    record: String,
    /// The dataset, where there are several
    #[arg(long, value_name = "NAME")]
    dataset: Option<String>,
    /// The named vectors [default: the first ones]
    #[arg(long, value_name = "NAME")]
    vectors: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 10)]
    limit: usize,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let mut store = common.store()?;
    let dataset = common.dataset(&mut store, args.dataset.as_deref())?;
    let viewer = common.viewer(&mut store)?;
    let record = jobs::record(&mut store, &dataset, &args.record)?;
    let space = Space::load(&mut store, &dataset, args.vectors.as_deref())?;
    let all = space.nearest(record, args.limit)?.into_iter().map(|(record, score)| (record, f64::from(score)));
    super::hits::print(&mut store, &dataset, viewer.as_ref(), &all.collect::<Vec<_>>(), args.json)
}
