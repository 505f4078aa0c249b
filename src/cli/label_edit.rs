//! `labelry labels rename|set|merge|split|retire|restore|delete|keys`.

use std::io::{BufRead, IsTerminal, Write};

use clap::Subcommand;

use super::meter::Meter;
use super::{Common, Failure, say};
use crate::jobs::JobContext;
use crate::jobs::label_edit::{self, Impact};
use crate::model::{Permission, Question};
use crate::text::{near, one_line};

/// Where the label is, and how it is asked for.
#[derive(Debug, clap::Args)]
pub struct Where {
    /// The dataset, where there are several
    #[arg(long, value_name = "NAME")]
    dataset: Option<String>,
    /// The question, where there are several
    #[arg(long, value_name = "NAME")]
    question: Option<String>,
    /// Say what it would touch, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// What is done to labels. Each says first how many responses it touches; each can be undone by 'labelry history undo'.
#[derive(Debug, Subcommand)]
pub enum LabelEditCommand {
    /// Call a label otherwise; its answers, suggestions and verdicts go with it
    Rename {
        /// The label
        value: String,
        /// Its new value
        to: String,
        #[command(flatten)]
        place: Where,
    },
    /// Change what stands beside a label: title, description, group
    Set {
        /// The label
        value: String,
        /// Name on screen
        #[arg(long)]
        title: Option<String>,
        /// What belongs to it and what does not
        #[arg(long)]
        description: Option<String>,
        /// The heading it stands under; '' for none
        #[arg(long)]
        group: Option<String>,
        #[command(flatten)]
        place: Where,
    },
    /// Make two labels one: every tick of the first becomes one of the other
    Merge {
        /// The label that goes
        value: String,
        /// The label that stays
        #[arg(long, value_name = "LABEL")]
        into: String,
        #[command(flatten)]
        place: Where,
    },
    /// Split a new label off: ticks of the label on some records become ticks of the new one
    Split {
        /// The label
        value: String,
        /// The new label
        #[arg(long, value_name = "NEW")]
        into: String,
        /// On which records: a queue or words to search for
        #[arg(long, value_name = "QUERY")]
        query: String,
        #[command(flatten)]
        place: Where,
    },
    /// Offer a label no more; its ticks stay, and it keeps its training column
    Retire {
        /// The label
        value: String,
        #[command(flatten)]
        place: Where,
    },
    /// Offer a retired label again
    Restore {
        /// The label
        value: String,
        #[command(flatten)]
        place: Where,
    },
    /// Offer a label no more, and take its ticks away
    Delete {
        /// The label
        value: String,
        #[command(flatten)]
        place: Where,
    },
    /// Give labels keys: billing=b refund=r; whoever had that key gets the former one
    Keys {
        /// LABEL=KEY
        #[arg(required = true, value_parser = key)]
        keys: Vec<(String, char)>,
        #[command(flatten)]
        place: Where,
    },
}

fn key(text: &str) -> Result<(String, char), String> {
    let (label, key) = text.rsplit_once('=').ok_or("expected LABEL=KEY, as in billing=b")?;
    let mut letters = key.chars();
    match (letters.next(), letters.next()) {
        (Some(key), None) => Ok((label.to_owned(), key)),
        _ => Err(String::from("expected LABEL=KEY, with one letter or digit as the key")),
    }
}

impl LabelEditCommand {
    fn place(&self) -> &Where {
        match self {
            Self::Rename { place, .. }
            | Self::Set { place, .. }
            | Self::Merge { place, .. }
            | Self::Split { place, .. }
            | Self::Retire { place, .. }
            | Self::Restore { place, .. }
            | Self::Delete { place, .. }
            | Self::Keys { place, .. } => place,
        }
    }

    /// What is to be done, and the words for it.
    fn job(
        &self,
        question: &Question,
        records: impl FnOnce(&str) -> Result<Vec<crate::model::RecordId>, Failure>,
    ) -> Result<(label_edit::LabelEdit, String), Failure> {
        let find = |value: &str| label(question, value);
        let named = |value: &str| one_line(value);
        Ok(match self {
            Self::Rename { value, to, .. } => {
                (change(find(value)?, Some(to), None, None, None), format!("rename {} to {}", named(value), named(to)))
            }
            Self::Set { value, title, description, group, .. } => {
                if title.is_none() && description.is_none() && group.is_none() {
                    return Err(Failure::failed("nothing is to be changed")
                        .or_hint("say --title, --description or --group")
                        .with_code(2));
                }
                let cut = change(find(value)?, None, title.as_ref(), description.as_ref(), group.as_ref());
                (cut, format!("change {}", named(value)))
            }
            Self::Merge { value, into, .. } => (
                label_edit::LabelEdit::Merge { label: find(value)?, into: find(into)? },
                format!("merge {} into {}", named(value), named(into)),
            ),
            Self::Split { value, into, query, .. } => (
                label_edit::LabelEdit::Split { label: find(value)?, into: into.clone(), records: records(query)? },
                format!("split {} off {}", named(into), named(value)),
            ),
            Self::Retire { value, .. } => {
                (label_edit::LabelEdit::Retire(find(value)?), format!("retire {}", named(value)))
            }
            Self::Restore { value, .. } => {
                (label_edit::LabelEdit::Restore(find(value)?), format!("restore {}", named(value)))
            }
            Self::Delete { value, .. } => {
                (label_edit::LabelEdit::Delete(find(value)?), format!("delete {}", named(value)))
            }
            Self::Keys { keys, .. } => {
                let keys: Result<Vec<_>, Failure> = keys.iter().map(|(value, key)| Ok((find(value)?, *key))).collect();
                (label_edit::LabelEdit::Keys(keys?), String::from("change keys"))
            }
        })
    }
}

fn change(
    label: u32,
    value: Option<&String>,
    title: Option<&String>,
    description: Option<&String>,
    group: Option<&String>,
) -> label_edit::LabelEdit {
    label_edit::LabelEdit::Change {
        label,
        value: value.cloned(),
        title: title.cloned(),
        description: description.cloned(),
        group: group.cloned(),
    }
}

fn label(question: &Question, value: &str) -> Result<u32, Failure> {
    question.label_index(value).map(|index| index as u32).ok_or_else(|| {
        let values: Vec<&str> = question.labels.iter().map(|label| label.value.as_str()).collect();
        let near = near::names(value, &values);
        let names = if near.is_empty() { &values } else { &near };
        Failure::failed(format!("'{}' has no label '{}'", one_line(&question.name), one_line(value)))
            .or_hint(format!("it has: {}", one_line(&names.join(", "))))
    })
}

pub(super) fn run(cut: &LabelEditCommand, common: &Common) -> Result<(), Failure> {
    let meter = Meter::new();
    let place = cut.place();
    let mut tried = common.tried(place.dry_run)?;
    let store = &mut tried.store;
    let dataset = common.dataset(store, place.dataset.as_deref())?;
    let by = common.asks(store, Permission::Manage, Some(&dataset))?;
    let question = super::agreement::question(&dataset, place.question.as_deref())?.clone();
    let (job, words) = cut.job(&question, |query| super::responses::records(store, &dataset, query, common))?;
    let mut given = JobContext { at: crate::runtime::now(), uid: &mut crate::runtime::uid };
    let what = (&dataset, &question);
    let preview = label_edit::cut(store, what, &job, &by, true, &mut given, &meter);
    meter.done();
    let preview = preview.map_err(|error| meter.failure(error))?;
    let touches = say_impact(&words, &job, &preview)?;
    if place.dry_run {
        return Ok(());
    }
    if touches && !place.yes && std::io::stdin().is_terminal() && !sure()? {
        return say("nothing was changed");
    }
    label_edit::cut(store, what, &job, &by, false, &mut given, &meter).map_err(|error| meter.failure(error))?;
    meter.done();
    say("done")?;
    super::history::undone(store, false)
}

/// Says what would be touched; tells whether any answer is.
fn say_impact(words: &str, job: &label_edit::LabelEdit, impact: &Impact) -> Result<bool, Failure> {
    say(format!("{words}:"))?;
    let what = if matches!(job, label_edit::LabelEdit::Retire(_)) { "keeps its tick in" } else { "changes" };
    for ((name, status), count) in &impact.responses {
        let responses = super::plural(*count, "response");
        say(format!("  {what} {responses} of {} ({status})", one_line(name)))?;
    }
    for (count, word) in
        [(impact.working, "working copy"), (impact.suggestions, "suggestion"), (impact.adjudications, "verdict")]
    {
        if count > 0 {
            say(format!("  {}", super::plural(count, word)))?;
        }
    }
    if impact.emptied > 0 {
        let answers = super::plural(impact.emptied, "answer");
        say(format!("  {answers} ticked nothing else, and would be missing (not \"none of these\")"))?;
    }
    let touches = impact.ticked + impact.working + impact.suggestions + impact.adjudications > 0;
    if !touches {
        say("  no answer is touched")?;
    }
    Ok(touches)
}

fn sure() -> Result<bool, Failure> {
    let mut err = std::io::stderr();
    write!(err, "go on? y/n ")?;
    err.flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim().eq_ignore_ascii_case("y"))
}
