//! Judgements straight from ratings files: no dataset, no store.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::repeats::{RepeatNames, Repeats, UnitLine, settle};
use super::scale::{AnswerPool, Level, Understood};
use super::source_lines::{SourceLine, some};
use super::{Judgement, Judgements, NONE, UnitNames, Visibility};
use crate::exchange::{self, Item, Located, Options, Summary};
use crate::jobs::JobError;
use crate::model::transfer::{LabelFull, QuestionSpec, ResponseSpec};
use crate::model::{LabelSets, Offered, Status, Timestamp, Values};
use crate::progress::Progress;
use crate::text::one_line;

/// What is to be read, and how it is to be understood.
#[derive(Debug, Clone, Default)]
pub struct RatingsRequest {
    /// The files; `-` is standard input.
    pub files: Vec<PathBuf>,
    /// How they are read.
    pub options: Options,
    /// The question, where there are several.
    pub question: Option<String>,
    /// The labels there are, in order; empty: those that are met.
    pub labels: Vec<String>,
    /// How numbers are compared; also whether they are labels.
    pub level: Option<Level>,
    /// The lowest and highest number there may be.
    pub range: Option<(f64, f64)>,
    /// What becomes of several lines of one person about one unit.
    pub repeats: Repeats,
}

/// What all files say of one question. `input` is read for a file named `-`.
///
/// # Errors
/// The first thing that is wrong, with file and line; when there are no answers; when there are several questions and
/// none was named.
pub fn of_files(asked: &RatingsRequest, input: &mut dyn Read, progress: &dyn Progress) -> Result<Judgements, JobError> {
    let mut pools = Pools { wanted: asked.question.clone(), ..Pools::default() };
    let mut notes = Vec::new();
    for (file, path) in asked.files.iter().enumerate() {
        pools.header.clear();
        let mut sink = |located: Located| pools.take(located, (file as u32, path));
        let summary = if path.as_os_str() == "-" {
            exchange::read_from(&mut *input, path, 0, &asked.options, &mut sink, progress)?
        } else {
            exchange::read(path, &asked.options, &mut sink, progress)?
        };
        notes.push(file_note(path, &summary, pools.answers - pools.before));
        pools.before = pools.answers;
    }
    pools.finish(asked, notes)
}

fn file_note(path: &Path, summary: &Summary, answers: u64) -> String {
    let gaps = match summary.gaps {
        0 => String::new(),
        gaps => format!(", {gaps} empty or NA"),
    };
    let aside = match summary.metadata.as_slice() {
        [] => String::new(),
        names => format!("; left aside: {}", some(names)),
    };
    let name = one_line(&path.display().to_string());
    let form = match summary.format {
        exchange::Format::Native => "native JSONL",
        exchange::Format::Wide => "wide form",
        _ => "long form",
    };
    format!("{name}: read as {form}, {answers} answers{gaps}{aside}")
}

/// Names, numbered in the order they come.
#[derive(Default)]
struct Interner {
    all: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Interner {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.all.len() as u32;
        self.all.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }
}

/// The rows of one question.
#[derive(Default)]
struct QuestionRows {
    name: String,
    spec: Option<QuestionSpec>,
    rows: Vec<UnitLine>,
    /// The different answers, and where each stands first.
    values: Vec<(Value, SourceLine)>,
    numbers: HashMap<String, u32>,
}

#[derive(Default)]
struct Pools {
    wanted: Option<String>,
    units: Interner,
    raters: Interner,
    questions: Vec<QuestionRows>,
    /// Questions of the present file's header.
    header: Vec<QuestionSpec>,
    answers: u64,
    before: u64,
}

impl Pools {
    fn take(&mut self, located: Located, (file, path): (u32, &Path)) -> Result<(), JobError> {
        let place = SourceLine { file, line: located.line.min(u64::from(u32::MAX)) as u32 };
        let done = match located.item {
            Item::Header(spec) => {
                self.header = spec.questions;
                Ok(())
            }
            Item::Record(spec) => {
                let unit = spec.id.clone().unwrap_or_else(|| format!("{}:{}", path.display(), located.line));
                spec.responses.iter().try_for_each(|response| self.response(&unit, None, response, place))
            }
            Item::Response(row) => self.response(&row.item, Some(&row.question), &row.response, place),
            Item::Bad(bad) => return Err(bad.error.into()),
        };
        done.map_err(|(what, way_out)| {
            JobError::refused(
                format!("{}: found {what}", place.words(&vec![path.to_owned(); file as usize + 1])),
                way_out,
            )
        })
    }

    /// A response, to the one question that a line is about or to those of the header.
    fn response(
        &mut self,
        unit: &str,
        question: Option<&str>,
        response: &ResponseSpec,
        place: SourceLine,
    ) -> Result<(), (String, &'static str)> {
        let status = Status::parse(&response.status).ok_or_else(|| {
            (format!("status '{}'", one_line(&response.status)), "expected draft, submitted or discarded")
        })?;
        let at = match response.at.as_deref() {
            None => i64::MIN,
            Some(text) => {
                let wrong = || (format!("time '{}'", one_line(text)), "expected RFC 3339, as in 2026-01-31T10:00:00Z");
                Timestamp::parse(text).ok_or_else(wrong)?.0
            }
        };
        let pass = response.pass.unwrap_or(1);
        let pass = u16::try_from(pass).ok().filter(|pass| *pass > 0);
        let pass = pass.ok_or_else(|| (String::from("a pass that is none"), "passes count from 1"))?;
        let names: Vec<String> = match question {
            Some(name) => vec![name.to_owned()],
            None if self.header.is_empty() => response.answers.keys().cloned().collect(),
            None => self.header.iter().map(|spec| spec.name.clone()).collect(),
        };
        let (unit, rater) = (self.units.number(unit), self.raters.number(&response.user));
        for name in names {
            if self.wanted.as_ref().is_some_and(|wanted| *wanted != name && !name.is_empty()) {
                self.pool(&name);
                continue;
            }
            let answer = response.answers.get(&name).filter(|answer| !answer.is_null());
            self.answers += u64::from(answer.is_some());
            let set = response.label_sets.as_ref().and_then(|sets| sets.get(&name)?.as_i64()).unwrap_or(i64::MAX);
            let pool = self.pool(&name);
            let value = answer.map_or(NONE, |answer| pool.value(answer, place));
            let (saw_agents, saw_others) = (!response.saw_agents.is_empty(), response.saw_others);
            // A response that was given here has its time spent and nothing of another tool; a line of a long form
            // has no room for what was seen.
            let ours = question.is_none() && response.seconds.is_some() && response.extra.is_empty();
            let seen_known = saw_agents || saw_others || ours;
            pool.rows.push(UnitLine {
                unit,
                rater,
                pass,
                value,
                status,
                at,
                set,
                saw_agents,
                saw_others,
                seen_known,
                place,
            });
        }
        Ok(())
    }

    fn pool(&mut self, name: &str) -> &mut QuestionRows {
        let at = self.questions.iter().position(|pool| pool.name == name).unwrap_or_else(|| {
            let spec = self.header.iter().find(|spec| spec.name == name).cloned();
            self.questions.push(QuestionRows { name: name.to_owned(), spec, ..QuestionRows::default() });
            self.questions.len() - 1
        });
        &mut self.questions[at]
    }

    fn finish(mut self, asked: &RatingsRequest, mut notes: Vec<String>) -> Result<Judgements, JobError> {
        let mut pool = self.choose(asked)?;
        if self.answers == 0 {
            let files: Vec<String> = asked.files.iter().map(|file| file.display().to_string()).collect();
            return Err(JobError::refused(
                format!("{}: found no answers", some(&files)),
                "a ratings file has a line for each answer (--item, --rater, --value), or with --wide a column for each rater",
            ));
        }
        let said = RepeatNames { files: &asked.files, units: &self.units.all, raters: &self.raters.all };
        let QuestionRows { rows, values, numbers, .. } = &mut pool;
        let mut join = |rows: &[UnitLine]| join(rows, values, numbers, &said);
        let repeated = settle(rows, asked.repeats, &said, &mut join)?;
        let understood = AnswerPool {
            files: &asked.files,
            values: &pool.values,
            spec: pool.spec.as_ref(),
            labels: &asked.labels,
            level: asked.level,
            range: asked.range,
            separated: asked.options.separator.is_some(),
        }
        .understand()?;
        notes.push(understood.note.clone());
        notes.extend(repeated);
        Ok(self.judgements(pool, understood, asked, notes))
    }

    /// The question that was named, or the only one. Lines that name none and answer nothing (a discard) are about
    /// whatever is asked.
    fn choose(&mut self, asked: &RatingsRequest) -> Result<QuestionRows, JobError> {
        let bare = self.questions.iter().position(|pool| pool.name.is_empty() && pool.values.is_empty());
        let bare = bare.filter(|_| self.questions.len() > 1).map(|at| self.questions.remove(at));
        let mut chosen = self.named(asked)?;
        chosen.rows.extend(bare.map(|bare| bare.rows).unwrap_or_default());
        Ok(chosen)
    }

    fn named(&mut self, asked: &RatingsRequest) -> Result<QuestionRows, JobError> {
        let names: Vec<String> = self.questions.iter().map(|pool| pool.name.clone()).collect();
        let found = match &asked.question {
            Some(name) => {
                names.iter().position(|known| known == name).or_else(|| names.iter().position(String::is_empty))
            }
            None if names.len() > 1 => {
                return Err(JobError::refused(
                    format!("the files are about {} questions and none was named", names.len()),
                    format!("name one with --question: {}", some(&names)),
                ));
            }
            None => (!names.is_empty()).then_some(0),
        };
        match found {
            Some(at) => Ok(self.questions.swap_remove(at)),
            None if names.is_empty() => Ok(QuestionRows::default()),
            None => Err(JobError::refused(
                format!("the files have no question '{}'", asked.question.as_deref().unwrap_or_default()),
                format!("there is: {}", some(&names)),
            )),
        }
    }

    fn judgements(
        self,
        pool: QuestionRows,
        understood: Understood,
        asked: &RatingsRequest,
        notes: Vec<String>,
    ) -> Judgements {
        let Understood { labels, values, numbers, .. } = understood;
        let specs: Vec<LabelFull> =
            pool.spec.iter().flat_map(|spec| &spec.labels).map(|label| label.clone().full()).collect();
        let mut offers = Offers::new(&specs, labels.len());
        let judgement = |row: &UnitLine| Judgement {
            at: row.at,
            unit: row.unit,
            rater: row.rater,
            value: if row.value == NONE { NONE } else { numbers[row.value as usize] },
            offered: offers.number(row.set),
            status: row.status,
            pass: row.pass,
            saw_agents: row.saw_agents,
            saw_others: row.saw_others,
            seen_known: row.seen_known,
        };
        let all: Vec<Judgement> = pool.rows.iter().map(judgement).collect();
        let named = if pool.name.is_empty() { asked.question.clone().unwrap_or_default() } else { pool.name };
        Judgements {
            question: named,
            offers: if matches!(values, Values::Numbers(_)) { LabelSets::default() } else { offers.finish() },
            declared: !asked.labels.is_empty() || !specs.is_empty(),
            labels,
            raters: self.raters.all,
            units: UnitNames::Named(self.units.all),
            values,
            all,
            notes,
            seen: Visibility::Each,
        }
    }
}

impl QuestionRows {
    fn value(&mut self, answer: &Value, place: SourceLine) -> u32 {
        number_of(&mut self.values, &mut self.numbers, answer, place)
    }
}

fn number_of(
    values: &mut Vec<(Value, SourceLine)>,
    numbers: &mut HashMap<String, u32>,
    answer: &Value,
    place: SourceLine,
) -> u32 {
    *numbers.entry(answer.to_string()).or_insert_with(|| {
        values.push((answer.clone(), place));
        values.len() as u32 - 1
    })
}

/// One answer of several lines: the labels of all of them.
fn join(
    rows: &[UnitLine],
    values: &mut Vec<(Value, SourceLine)>,
    numbers: &mut HashMap<String, u32>,
    said: &RepeatNames<'_>,
) -> Result<UnitLine, JobError> {
    let mut labels: Vec<Value> = Vec::new();
    for row in rows {
        if row.status != rows[0].status {
            return Err(JobError::refused(
                format!(
                    "{}: found status {} after {} of {}",
                    row.place.words(said.files),
                    row.status.word(),
                    rows[0].status.word(),
                    said.whose(row)
                ),
                "lines that are joined must have one status",
            ));
        }
        let value = values.get(row.value as usize).map(|(value, _)| value.clone());
        let more = match value {
            None => Vec::new(),
            Some(Value::Array(list)) => list,
            Some(one) => vec![one],
        };
        for label in more {
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
    }
    let value = number_of(values, numbers, &Value::Array(labels), rows[0].place);
    Ok(UnitLine { value, ..rows[0] })
}

/// The different sets of labels that were offered, by label-set number.
pub(super) struct Offers {
    offered: Vec<Offered>,
    words: usize,
    /// Numbers at which what is offered changes, ascending; a set between two of them is that of the lower one.
    changes: Vec<i64>,
}

impl Offers {
    /// Of labels with the numbers from which and before which they are offered.
    pub(super) fn new(labels: &[LabelFull], count: usize) -> Self {
        let span = |label: &LabelFull| Offered {
            since: label.since.unwrap_or(1),
            until: label.retired.unwrap_or(i64::MAX),
            exceptions: label.exceptions.clone(),
        };
        let mut offered: Vec<Offered> = labels.iter().map(span).collect();
        offered.resize(count, Offered::ALWAYS);
        Self::of(offered)
    }

    pub(super) fn of(offered: Vec<Offered>) -> Self {
        let ends = |label: &Offered| [label.since, label.until];
        let mut changes: Vec<i64> = offered.iter().flat_map(ends).collect();
        changes.extend(offered.iter().flat_map(|label| &label.exceptions).flat_map(|set| [*set, set + 1]));
        changes.retain(|set| *set > 1 && *set < i64::MAX);
        changes.push(1);
        changes.sort_unstable();
        changes.dedup();
        Self { words: offered.len().div_ceil(64).max(1), offered, changes }
    }

    /// The number of what was offered in a label set; 0 is the newest.
    pub(super) fn number(&mut self, set: i64) -> u32 {
        let at = self.changes.partition_point(|change| *change <= set).max(1);
        (self.changes.len() - at) as u32
    }

    /// The sets; none where every label was always offered.
    pub(super) fn finish(self) -> LabelSets {
        if self.changes.len() == 1 {
            return LabelSets::default();
        }
        let mut bits = Vec::new();
        for change in self.changes.iter().rev() {
            let mut words = vec![0u64; self.words];
            for (label, offered) in self.offered.iter().enumerate() {
                if offered.in_set(*change) {
                    words[label / 64] |= 1 << (label % 64);
                }
            }
            bits.extend(words);
        }
        LabelSets { words: self.words, bits }
    }
}
