//! `labelry agreement`.

pub(super) mod args;
mod check;
mod explain;
mod html;
mod json;
mod markup;
mod methods;
mod metrics;
mod policy;
mod source;
mod table;

use std::io::Write;

pub use args::Args;

use super::{Common, Failure, say, say_json};
use crate::jobs::agreement::{self, MeasureSelection};
use crate::jobs::ratings::Level;
use crate::model::{Dataset, Findings, Measure, Question, QuestionKind, Resampling, few_reason};

/// All that is printed, whatever the form.
pub(super) struct AgreementOutput {
    /// The dataset, or the files.
    title: String,
    dataset: Option<String>,
    files: Vec<String>,
    question: String,
    labels: Vec<String>,
    /// Whether the categories of a nominal answer were declared.
    declared: bool,
    /// The one label that was asked for.
    label: Option<String>,
    /// Names by the raters' numbers in the findings.
    raters: Vec<String>,
    findings: Findings,
    wanted: MeasureSelection,
    level: Option<Level>,
    /// How many counted answers stand for "no".
    filled: u64,
    /// How answers were understood.
    notes: Vec<String>,
    policy: policy::Words,
    resampling: Resampling,
}

impl AgreementOutput {
    /// Why some of the shown figures have no interval, a sentence each.
    fn few(&self) -> impl Iterator<Item = String> {
        let wanted = self.wanted;
        let overall = wanted.overall && self.overall().any(|(_, figure)| figure.few_words().is_some());
        let pairs = wanted.pairs && self.findings.pairs.iter().any(|pair| pair.cohen_kappa.few_words().is_some());
        let labels = wanted.labels && self.findings.labels.iter().any(|found| found.few_words().is_some());
        let label = labels.then(|| few_reason(true));
        label.into_iter().chain((overall || pairs).then(|| few_reason(false)))
    }

    /// The overall measures that are shown.
    fn overall(&self) -> impl Iterator<Item = &(Measure, crate::model::Figure)> {
        let level = |measure: Measure| match measure {
            Measure::Nominal => Some(Level::Nominal),
            Measure::Ordinal => Some(Level::Ordinal),
            Measure::Interval => Some(Level::Interval),
            Measure::Ratio => Some(Level::Ratio),
            _ => None,
        };
        let shown = move |measure| self.level.is_none() || level(measure).is_none_or(|of| Some(of) == self.level);
        self.findings.overall.iter().filter(move |(measure, _)| shown(*measure))
    }
}

pub(super) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let policy = args.policy()?;
    let outputs = args.outputs(common)?;
    let mut source = source::open(args, common)?;
    for note in &source.judgements.notes {
        writeln!(std::io::stderr(), "{}", crate::text::one_line(note))?;
    }
    if let Some(path) = &args.explain {
        explain::write(path, &outputs, &mut source, &policy, args.label.as_deref())?;
    }
    if let Some(path) = &args.html {
        html::write(path, &outputs, &mut source, args)?;
    }
    let report = source.report(args)?;
    if let Some(path) = &args.csv {
        metrics::write(path, &outputs, &report)?;
    }
    if args.json {
        say_json(&json::object(&report))?;
    } else if args.methods {
        say(methods::paragraph(&report))?;
    } else {
        match args.format {
            Some(form) => say(markup::page(form, &report))?,
            None => table::print(&report)?,
        }
    }
    args.fail_under.map_or(Ok(()), |limit| check::holds(&report, limit, args.allow_undefined))
}

/// The question of a dataset that was named, or the first multi-label one, or the only one.
pub(super) fn question<'d>(dataset: &'d Dataset, name: Option<&str>) -> Result<&'d Question, Failure> {
    let names: Vec<_> = dataset.questions.iter().map(|question| question.name.as_str()).collect();
    let found = match name {
        Some(name) => dataset.questions.iter().find(|question| question.name == name),
        None => dataset
            .questions
            .iter()
            .find(|question| question.kind == QuestionKind::MultiLabel)
            .or_else(|| dataset.questions.first().filter(|_| names.len() == 1)),
    };
    found.ok_or_else(|| {
        let what = name.map_or_else(
            || format!("'{}' has {} questions and none was named", dataset.path(), names.len()),
            |name| format!("'{}' has no question '{name}'", dataset.path()),
        );
        Failure::failed(what).or_hint(format!("there is: {}", names.join(", ")))
    })
}

/// The figures of a question of a dataset by its stored sums, for the default policy and labels alone.
fn stored(
    store: &mut dyn crate::store::Store,
    question: &Question,
    resampling: Resampling,
) -> Result<(Findings, Vec<crate::model::UserId>), Failure> {
    let found = agreement::by_label(store, question, resampling)?;
    let most = |count: fn(&crate::model::LabelAgreement) -> u64| found.labels.iter().map(count).max().unwrap_or(0);
    let findings = Findings {
        units: most(|label| label.units),
        values: most(|label| label.values),
        labels: found.labels,
        ..Findings::default()
    };
    Ok((findings, found.raters))
}
