//! `--html`: a report that stands alone, for a mail to somebody who has no terminal.

use std::path::Path;

use super::super::{Failure, output};
use super::source::Source;
use super::{Args, policy};
use crate::exchange::{Outputs, Report, write_report};
use crate::jobs::JobError;
use crate::jobs::agreement_report::{of_counted, strongest_disagreements};
use crate::model::Resampling;
use crate::runtime::now;
use crate::store::Store;

/// How many of the most divided records are shown.
const DIVIDED: usize = 10;

pub(super) fn write(path: &Path, outputs: &Outputs, source: &mut Source, args: &Args) -> Result<(), Failure> {
    let policy = args.policy()?;
    let counted = policy.apply(&source.judgements)?;
    let survey = of_counted(&source.judgements, &counted, args.resampling());
    let Source { judgements, store, title, mine, .. } = source;
    let mut record = |id| match store {
        Some(store) => {
            let record = store.record(id)?;
            let texts: Vec<String> = record.fields.iter().map(|(_, text)| text.clone()).collect();
            Ok((record.name(), texts.join("\n\n")))
        }
        None => Ok((String::new(), String::new())),
    };
    let divided = strongest_disagreements(judgements, &counted, DIVIDED, &mut record)?;
    let question = if judgements.question.is_empty() { String::new() } else { format!(" · {}", judgements.question) };
    let cut = survey.findings.narrowed.words().map_or_else(String::new, |words| format!(" Note: {words}."));
    let report = Report {
        title: format!("{title}{question}"),
        labels: judgements.labels.clone(),
        policy: format!(
            "Which answers count: {}.",
            policy::Words { mine: *mine, ..policy::Words::of(policy, args.query(), &counted) }.line()
        ) + &cut,
        intervals: intervals(args.resampling(), survey.labels_only),
        made: made(),
        divided,
    };
    output::write(path, outputs, |out| write_report(&report, &survey, out).map_err(JobError::Write))
}

fn intervals(resampling: Resampling, labels_only: bool) -> String {
    let Resampling { resamples, seed } = resampling;
    if resamples == 0 {
        return String::from("No intervals were computed.");
    }
    if labels_only {
        return format!(
            "Intervals of the labels are 95 % percentile intervals of {resamples} bootstrap resamples of the records \
             (seed {seed}); of whole answers and pairs there are too many answers for one."
        );
    }
    format!("Intervals are 95 % percentile intervals of {resamples} bootstrap resamples of the records (seed {seed}).")
}

fn made() -> String {
    let now = now().to_rfc3339();
    let day = now.split('T').next().unwrap_or_default();
    format!("Made with labelry {} on {day}.", env!("CARGO_PKG_VERSION"))
}
