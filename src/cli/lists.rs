//! `labelry users`, `datasets` and `labels`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Common, Failure, Which, say, surgery};
use crate::jobs::{self, Given};
use crate::model::transfer::LabelFull;
use crate::model::{Action, Label, Role};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;
use crate::text::one_line;

/// Users of the file.
#[derive(Debug, Subcommand)]
pub enum Users {
    /// Add a user
    Create {
        /// Name
        name: String,
        /// owner, admin or annotator
        #[arg(long, default_value = "annotator", value_parser = role)]
        role: Role,
    },
    /// List users
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
}

/// Datasets of the file.
#[derive(Debug, Subcommand)]
pub enum Datasets {
    /// List datasets
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Show one dataset
    Show {
        #[command(flatten)]
        which: Which,
    },
}

/// Labels of a question.
#[derive(Debug, Subcommand)]
pub enum Labels {
    #[command(flatten)]
    Cut(surgery::Cut),
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

fn role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| String::from("expected owner, admin or annotator"))
}

pub(super) fn users(args: Users, common: &Common) -> Result<(), Failure> {
    match args {
        Users::Create { name, role } => {
            let mut store = SqliteStore::open_or_create(&common.file())?;
            let owned = store.users()?.iter().any(|user| user.role != Role::Annotator);
            let by = if owned { Some(common.user(&mut store, Action::ManageUsers)?.id) } else { None };
            if !super::who::valid(&name) {
                return Err(Failure::failed(
                    "a user's name has to have letters, and no control or invisible characters",
                ));
            }
            let user = store.create_user_by(&crate::runtime::uid(), &name, role, crate::runtime::now(), by)?;
            say(format!("{} is {} now", one_line(&user.name), user.role.word()))
        }
        Users::List { json } => {
            for user in common.store()?.users()? {
                if json {
                    say(json!({"name": user.name, "role": user.role.word(), "uid": user.uid.0}))?;
                } else {
                    say(format!("{:<24}{}", one_line(&user.name), user.role.word()))?;
                }
            }
            Ok(())
        }
    }
}

pub(super) fn datasets(args: Datasets, common: &Common) -> Result<(), Failure> {
    let mut store = common.store()?;
    match args {
        Datasets::List { json } => {
            for dataset in store.datasets()? {
                let records = store.counts(dataset.id, crate::model::UserId(0))?.records;
                if json {
                    say(json!({"workspace": dataset.workspace, "name": dataset.name, "records": records}))?;
                } else {
                    say(format!("{:<32}{records:>9} records", one_line(&dataset.path())))?;
                }
            }
            Ok(())
        }
        Datasets::Show { which } => {
            let dataset = jobs::dataset(&mut store, which.name())?;
            let counts = store.counts(dataset.id, crate::model::UserId(0))?;
            say(format!("{} · {} records · hide {}", one_line(&dataset.path()), counts.records, dataset.hide.word()))?;
            let fields: Vec<_> = dataset.fields.iter().map(|field| one_line(&field.name)).collect();
            say(format!("fields: {}", fields.join(", ")))?;
            for question in &dataset.questions {
                let labels: Vec<_> = question.labels.iter().map(|label| one_line(&label.value)).collect();
                let need = if question.required { "required" } else { "optional" };
                say(format!(
                    "question {} ({}, {need}): {}",
                    one_line(&question.name),
                    question.kind.word(),
                    labels.join(", ")
                ))?;
            }
            for space in &dataset.vectors {
                say(format!("vectors {}: {} dimensions", one_line(&space.name), space.dimensions))?;
            }
            Ok(())
        }
    }
}

pub(super) fn labels(args: Labels, common: &Common) -> Result<(), Failure> {
    if let Labels::Cut(cut) = args {
        return surgery::run(cut, common);
    }
    let mut store = common.store()?;
    match args {
        Labels::Cut(_) => Ok(()),
        Labels::List { which, question, json } => {
            let dataset = jobs::dataset(&mut store, which.name())?;
            let question = super::agreement::question(&dataset, question.as_deref())?;
            for label in &question.labels {
                if json { say(object(label))? } else { say(row(label))? }
            }
            Ok(())
        }
        Labels::Add { value, dataset, question, description } => {
            let user = common.user(&mut store, Action::Manage)?;
            let dataset = jobs::dataset(&mut store, dataset.as_deref())?;
            let question = super::agreement::question(&dataset, question.as_deref())?;
            let label = LabelFull { value: value.clone(), description, ..LabelFull::default() };
            let mut given = Given { at: crate::runtime::now(), uid: &mut crate::runtime::uid };
            jobs::labels::add(&mut store, question, label, user.id, &mut given)?;
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
