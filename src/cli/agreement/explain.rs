//! `--explain`: what each annotator gave, whether it counted and why not, as a file.

use std::path::Path;

use super::super::{Failure, output};
use super::source::Source;
use crate::exchange::Outputs;
use crate::jobs::ratings::{Policy, explain};
use crate::store::Store;

pub(super) fn write(
    path: &Path,
    outputs: &Outputs,
    source: &mut Source,
    policy: &Policy,
    label: Option<&str>,
) -> Result<(), Failure> {
    let label = label.map(|label| source.label(label)).transpose()?;
    let Source { judgements, store, .. } = source;
    output::write(path, outputs, |out| {
        let mut name = |record| match store {
            Some(store) => Ok(store.record(record)?.name()),
            None => Ok(String::new()),
        };
        explain(judgements, policy, label, &mut name, out)
    })
}
