//! The flags of `labelry agreement`.

use std::path::PathBuf;

use super::super::{Common, Failure, output};
use crate::exchange::{Options, Outputs};
use crate::jobs::ratings::{Level, Missing, Policy, Repeats};
use crate::model::{Resampling, Timestamp};

/// Agreement of annotators, of a dataset or straight from ratings files: Krippendorff's alpha and more, with intervals
///
/// Of a dataset by its name, or of any ratings file without one: one answer a line (--item, --rater, --value), a column
/// per rater (--wide), or what `import` reads with the responses in it. `-` is standard input; several files are joined.
/// A name that is an existing file is that file; --dataset names a dataset whatever files there are.
/// Numbers are ratings, words are labels, lists are sets of labels. Only submitted answers count unless --count says more.
/// Who may not see others' answers is shown figures of a whole dataset from 20 records on; whatever is narrower counts only
/// records that they submitted.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Args {
    /// A dataset, or ratings files
    #[arg(value_name = "DATASET|FILE")]
    pub(super) names: Vec<PathBuf>,
    /// The dataset, whatever files there are
    #[arg(long, value_name = "NAME", conflicts_with = "names")]
    pub(super) dataset: Option<String>,
    /// The question, where there are several
    #[arg(long, value_name = "NAME")]
    pub(super) question: Option<String>,
    /// One row per label
    #[arg(long)]
    pub(super) by_label: bool,
    /// Every pair of annotators: Cohen's kappa and percent agreement
    #[arg(long)]
    pub(super) pairs: bool,
    /// Every annotator beside the others
    #[arg(long)]
    pub(super) people: bool,
    /// This label alone, as a yes/no question; overall figures and pairs are then about it
    #[arg(long, value_name = "LABEL")]
    pub(super) label: Option<String>,
    /// One JSON object
    #[arg(long, conflicts_with_all = ["format", "methods"])]
    pub(super) json: bool,
    /// Write the figures of the labels to this CSV file
    #[arg(long, value_name = "FILE")]
    pub(super) csv: Option<PathBuf>,
    /// Tables to paste: md or latex
    #[arg(long, value_name = "FORM", value_parser = form, conflicts_with = "methods")]
    pub(super) format: Option<Form>,
    /// A paragraph to paste: formula, policy, raters, units, seed, version
    #[arg(long)]
    pub(super) methods: bool,
    /// Write one row per unit and label to this CSV file: what each annotator gave, whether it counted and why not
    #[arg(long, value_name = "FILE")]
    pub(super) explain: Option<PathBuf>,
    /// Write a report to this HTML file: tables, plots and the ten most divided records, fit for mail
    #[arg(long, value_name = "FILE", conflicts_with = "label")]
    pub(super) html: Option<PathBuf>,
    /// Replace files of --csv, --explain and --html that are there; a labelry file never is
    #[arg(long)]
    pub(super) force: bool,
    /// Exit with 3 where alpha of a label lies below this (numbers: the overall alpha)
    #[arg(long, value_name = "ALPHA", allow_negative_numbers = true)]
    pub(super) fail_under: Option<f64>,
    /// With --fail-under: n/a does not fail
    #[arg(long, requires = "fail_under")]
    pub(super) allow_undefined: bool,
    /// Resamples of the 95 % bootstrap interval over records; 0 leaves it out. Fewer than 10 ticks of a label, or whole
    /// answers other than the most frequent one, give none: it would look more certain than it is
    #[arg(long, value_name = "N", default_value_t = Resampling::default().resamples)]
    resamples: u32,
    /// Seed of the resamples
    #[arg(long, value_name = "N", default_value_t = Resampling::default().seed)]
    seed: u64,
    #[command(flatten, next_help_heading = "Which answers count")]
    counting: Counting,
    #[command(flatten, next_help_heading = "Reading files")]
    pub(super) reading: FileOptions,
}

/// Which answers count.
#[derive(Debug, clap::Args)]
struct Counting {
    /// Count drafts or discarded responses too, where they carry an answer
    #[arg(long, value_name = "WHICH", value_parser = ["drafts", "discarded"])]
    count: Vec<String>,
    /// What a missing answer counts as: no (a counted response without an answer), no-matrix (no response, too)
    #[arg(long, value_name = "WHAT", value_parser = ["no", "no-matrix"])]
    missing: Option<String>,
    /// Of a dataset: only these records: a queue as in `labelry --queue`, or words of a search
    #[arg(long, value_name = "QUEUE|WORDS")]
    query: Option<String>,
    /// Only this annotator; may be given several times
    #[arg(long, value_name = "NAME")]
    by: Vec<String>,
    /// Only answers from then on: a date or an RFC 3339 time (UTC)
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<Timestamp>,
    /// Only answers up to and with that date, or before that time
    #[arg(long, value_name = "TIME", value_parser = until)]
    until: Option<Timestamp>,
    /// Only answers given without a suggestion or others' answers in sight
    #[arg(long)]
    unassisted: bool,
}

/// How files are read.
#[derive(Debug, clap::Args)]
pub(super) struct FileOptions {
    /// Column with the record's id
    #[arg(long, value_name = "COLUMN")]
    item: Option<String>,
    /// Column with the annotator
    #[arg(long, value_name = "COLUMN")]
    rater: Option<String>,
    /// Column with the answer: a label, a number, a JSON list, or labels separated by --sep
    #[arg(long, value_name = "COLUMN")]
    value: Option<String>,
    /// What separates labels in one cell
    #[arg(long, value_name = "CHARACTER")]
    sep: Option<char>,
    /// One record a line and a column for each annotator
    #[arg(long, conflicts_with_all = ["rater", "value"])]
    wide: bool,
    /// With --wide: the annotators' columns [default: all but the id's]
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', requires = "wide")]
    raters: Vec<String>,
    /// The labels there are, in order: a,b,c or @file.csv; any other in the file is an error
    #[arg(long, value_name = "LABELS")]
    pub(super) labels: Option<String>,
    /// nominal (numbers are labels, too), ordinal, interval or ratio [default: told by the values, all that fit]
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    pub(super) level: Option<Level>,
    /// The lowest and highest number there may be, as in 1..5
    #[arg(long, value_name = "LOW..HIGH", value_parser = range, allow_hyphen_values = true)]
    pub(super) range: Option<(f64, f64)>,
    /// Several answers of one annotator about one record: first, last, error, repeat (later ones serve
    /// self-agreement) or join (their labels together are the answer) [default: error]
    #[arg(long, value_name = "WHICH", value_parser = repeats)]
    pub(super) duplicates: Option<Repeats>,
}

/// A form of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Markdown,
    Latex,
}

fn form(word: &str) -> Result<Form, String> {
    match word {
        "md" => Ok(Form::Markdown),
        "latex" => Ok(Form::Latex),
        _ => Err(String::from("expected md or latex")),
    }
}

fn level(word: &str) -> Result<Level, String> {
    let all = [Level::Nominal, Level::Ordinal, Level::Interval, Level::Ratio];
    let found = all.into_iter().find(|level| level.word() == word);
    found.ok_or_else(|| String::from("expected nominal, ordinal, interval or ratio"))
}

fn repeats(word: &str) -> Result<Repeats, String> {
    match word {
        "error" => Ok(Repeats::Stop),
        "first" => Ok(Repeats::First),
        "last" => Ok(Repeats::Last),
        "repeat" => Ok(Repeats::Again),
        "join" => Ok(Repeats::Join),
        _ => Err(String::from("expected first, last, error, repeat or join")),
    }
}

fn range(text: &str) -> Result<(f64, f64), String> {
    let wrong = || String::from("expected the lowest and the highest number, as in 1..5");
    let (low, high) = text.split_once("..").ok_or_else(wrong)?;
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    match (number(low), number(high)) {
        (Some(low), Some(high)) if low <= high => Ok((low, high)),
        _ => Err(wrong()),
    }
}

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// A time, and whether it is a whole day.
fn time(text: &str) -> Result<(Timestamp, bool), String> {
    let day = || Timestamp::parse(&format!("{text}T00:00:00Z"));
    let found = Timestamp::parse(text).map(|time| (time, false)).or_else(|| day().map(|time| (time, true)));
    found.ok_or_else(|| String::from("expected a date as 2026-01-31, or a time as 2026-01-31T10:00:00Z"))
}

pub(in crate::cli) fn since(text: &str) -> Result<Timestamp, String> {
    time(text).map(|(time, _)| time)
}

fn until(text: &str) -> Result<Timestamp, String> {
    time(text).map(|(time, day)| Timestamp(time.0 + if day { DAY } else { 0 }))
}

impl Args {
    /// The policy that was asked for.
    pub(super) fn policy(&self) -> Result<Policy, Failure> {
        let Counting { count, missing, by, since, until, unassisted, .. } = &self.counting;
        let counts = |word: &str| count.iter().any(|known| known == word);
        if let (Some(since), Some(until)) = (since, until)
            && since >= until
        {
            return Err(Failure::failed("--since lies after --until, so that no answer would count").with_code(2));
        }
        Ok(Policy {
            drafts: counts("drafts"),
            discarded: counts("discarded"),
            missing: match missing.as_deref() {
                Some("no") => Missing::No,
                Some(_) => Missing::NoMatrix,
                None => Missing::Missing,
            },
            people: by.clone(),
            unassisted: *unassisted,
            since: *since,
            until: *until,
        })
    }

    pub(super) fn query(&self) -> Option<&str> {
        self.counting.query.as_deref()
    }

    pub(super) fn resampling(&self) -> Resampling {
        Resampling { resamples: self.resamples, seed: self.seed }
    }

    /// How files are read.
    pub(super) fn options(&self) -> Options {
        let reading = &self.reading;
        Options {
            format: reading.wide.then_some(crate::exchange::Format::Wide),
            item: reading.item.clone(),
            rater: reading.rater.clone(),
            value: reading.value.clone(),
            separator: reading.sep,
            raters: reading.raters.clone(),
            ratings: true,
            ..Options::default()
        }
    }

    /// Where files may be written. What may not be is refused before anything is counted.
    pub(super) fn outputs(&self, common: &Common) -> Result<Outputs, Failure> {
        let labels = self.reading.labels.as_deref().and_then(|text| text.strip_prefix('@')).map(PathBuf::from);
        let mut outputs = common.outputs().replacing(self.force).reading(self.names.iter().chain(&labels));
        for path in [&self.explain, &self.html, &self.csv].into_iter().flatten() {
            outputs.may_write(path).map_err(|why| output::failure(path, &why))?;
            outputs = outputs.writing(path);
        }
        // Each is written when it is whole, and is not in its own way.
        Ok(common.outputs().replacing(self.force).reading(self.names.iter().chain(&labels)))
    }

    /// The first flag that only files have, if any was given.
    pub(super) fn only_for_files(&self) -> Option<&'static str> {
        let FileOptions { item, rater, value, sep, wide, raters: _, labels, level: _, range, duplicates } =
            &self.reading;
        let given = [
            (item.is_some(), "--item"),
            (rater.is_some(), "--rater"),
            (value.is_some(), "--value"),
            (sep.is_some(), "--sep"),
            (*wide, "--wide"),
            (labels.is_some(), "--labels"),
            (range.is_some(), "--range"),
            (duplicates.is_some(), "--duplicates"),
        ];
        given.into_iter().find(|(given, _)| *given).map(|(_, flag)| flag)
    }
}
