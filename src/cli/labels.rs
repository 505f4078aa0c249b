//! `labelry labels`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Common, Failure, Which, label_edit, say};
use crate::jobs::{self, JobContext};
use crate::model::transfer::LabelFull;
use crate::model::{Label, Permission};
use crate::text::one_line;

/// Labels of a question.
#[derive(Debug, Subcommand)]
pub enum Labels {
    #[command(flatten)]
    Cut(label_edit::LabelEditCommand),
    /// List labels with their keys
    List {
        #[command(flatten)]
        which: Which,
        /// The question, where there are several
        #[arg(long)]
        question: Option<String>,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Add a label as a new label set; answers given before count it as missing, not as "no"
    Add {
        /// Value of the new label
        value: String,
        /// The dataset
        #[arg(long)]
        dataset: Option<String>,
        /// The question, where there are several
        #[arg(long)]
        question: Option<String>,
        /// What belongs to it and what does not
        #[arg(long)]
        description: Option<String>,
    },
}

pub(super) fn run(args: Labels, common: &Common) -> Result<(), Failure> {
    if let Labels::Cut(cut) = args {
        return label_edit::run(&cut, common);
    }
    let mut store = common.store()?;
    match args {
        Labels::Cut(_) => Ok(()),
        Labels::List { which, question, json } => {
            let dataset = common.dataset(&mut store, which.name())?;
            let question = super::agreement::question(&dataset, question.as_deref())?;
            for label in &question.labels {
                if json { super::say_json(&object(label))? } else { say(row(label))? }
            }
            Ok(())
        }
        Labels::Add { value, dataset, question, description } => {
            let dataset = common.dataset(&mut store, dataset.as_deref())?;
            let by = common.asks(&mut store, Permission::Manage, Some(&dataset))?;
            let question = super::agreement::question(&dataset, question.as_deref())?;
            let label = LabelFull { value: value.clone(), description, ..LabelFull::default() };
            let mut given = JobContext { at: crate::runtime::now(), uid: &mut crate::runtime::uid };
            jobs::labels::add(&mut store, &by, (&dataset, question), &[label], &mut given)?;
            say(format!(
                "{} has the label {} now; answers given before count it as missing",
                one_line(&question.name),
                one_line(&value)
            ))
        }
    }
}

fn object(label: &Label) -> Value {
    json!({
        "label": label.value,
        "title": label.title,
        "key": label.key,
        "group": label.group,
        "description": label.description,
        "since": label.since,
        "retired": label.retired,
    })
}

/// `2 fees                    “Fees and charges” · group: money · retired · what the bank takes`.
fn row(label: &Label) -> String {
    let key = label.key.map_or_else(|| String::from("-"), String::from);
    let title = Some(&label.title).filter(|title| !title.is_empty() && **title != label.value);
    let told = [
        title.map(|title| format!("“{}”", one_line(title))),
        label.group.as_deref().map(|group| format!("group: {}", one_line(group))),
        label.retired.map(|_| String::from("retired")),
        Some(one_line(&label.description)).filter(|text| !text.is_empty()),
    ];
    let told: Vec<String> = told.into_iter().flatten().collect();
    format!("{key} {:<23} {}", one_line(&label.value), told.join(" · ")).trim_end().to_owned()
}
