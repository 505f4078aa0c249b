//! Plain files with answers in them, of one person: a column for each label, or one with the labels that apply.

use std::path::Path;

use serde_json::{Map, Value};

use super::error::{Kind, ReadError, names, quoted, shape};
use super::gather::Gathered;
use super::tool::Tool;
use super::{Item, Options, Summary, long, plain};
use crate::model::QuestionKind;
use crate::model::transfer::{DatasetSpec, ResponseSpec};

/// Reads the rows.
pub(super) struct Reader {
    options: Options,
    gathered: Gathered,
    columns: plain::Columns,
    gaps: u64,
    hot: u64,
    numbered: u64,
}

impl Reader {
    pub fn new(options: &Options) -> Self {
        let mut gathered = Gathered::default();
        gathered.of_kind(options.question_name(), QuestionKind::MultiLabel);
        for label in options.labels.iter().chain(&options.multi_hot) {
            gathered.offer(options.question_name(), label);
        }
        Self { options: options.clone(), gathered, columns: plain::Columns::default(), gaps: 0, hot: 0, numbered: 0 }
    }

    /// The labels of a row, taken out of it; none where nothing is said.
    fn labels(&mut self, row: &mut Map<String, Value>) -> Result<Option<Vec<String>>, ReadError> {
        match self.options.answers.clone() {
            Some(column) => {
                let Some(value) = row.shift_remove(&column) else { return Err(missing(row, &column, "--answers")) };
                self.list(value)
            }
            None => multi_hot(row, &self.options.multi_hot),
        }
    }

    fn list(&mut self, value: Value) -> Result<Option<Vec<String>>, ReadError> {
        let numbers = value.as_array().filter(|list| !list.is_empty() && list.iter().all(Value::is_number));
        if let Some(list) = numbers {
            return self.numbers(list).map(Some);
        }
        let (separator, question) = (self.options.separator, self.options.question_name());
        Ok(match long::answer(value, separator)? {
            Some(Value::Array(list)) => Some(list.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            None => None,
            Some(other) => {
                let wanted = format!("labels of {}", quoted(question));
                return Err(ReadError::new(Kind::WrongShape, shape(&other), wanted)
                    .with_hint("an answer is a JSON list of labels, or a text with --sep between them"));
            }
        })
    }

    /// Numbers stand for the labels of `--labels`: a 1 or 0 for each, or the numbers of those that apply.
    fn numbers(&mut self, list: &[Value]) -> Result<Vec<String>, ReadError> {
        let labels = &self.options.labels;
        let number =
            |value: &Value| value.as_u64().or_else(|| value.as_f64().filter(|x| x.fract() == 0.0).map(|x| x as u64));
        let all: Option<Vec<u64>> = list.iter().map(number).collect();
        let all = all.unwrap_or_default();
        if all.len() == labels.len() && all.iter().all(|number| *number < 2) {
            self.hot += 1;
            let ticked = labels.iter().zip(all).filter(|(_, number)| *number == 1);
            return Ok(ticked.map(|(label, _)| label.clone()).collect());
        }
        self.numbered += 1;
        let label = |number: &u64| labels.get(*number as usize).cloned();
        let found: Option<Vec<String>> = all.iter().map(label).collect();
        found.filter(|found| found.len() == list.len()).ok_or_else(|| {
            let found = format!("a list of {} numbers", list.len());
            ReadError::new(Kind::WrongShape, found, format!("numbers of the {} labels", labels.len()))
                .with_hint("name the labels in the order of their numbers: --labels a,b,c")
        })
    }
}

impl Tool for Reader {
    fn learn(&mut self, _: &Path, row: &Map<String, Value>) -> Result<(), ReadError> {
        let name = self.options.question_name().to_owned();
        for label in self.labels(&mut row.clone())?.into_iter().flatten() {
            if self.options.labels.is_empty() && self.options.multi_hot.is_empty() {
                self.gathered.offer(&name, &label);
            }
        }
        Ok(())
    }

    fn dataset(&mut self) -> Result<DatasetSpec, ReadError> {
        (self.gaps, self.hot, self.numbered) = (0, 0, 0);
        Ok(DatasetSpec { questions: self.gathered.finish(&self.options), ..DatasetSpec::default() })
    }

    fn items(&mut self, _: &Path, mut row: Map<String, Value>, summary: &mut Summary) -> Result<Vec<Item>, ReadError> {
        let labels = self.labels(&mut row)?;
        let mut record = self.columns.record(row, &self.options, summary)?;
        if let Some(labels) = labels {
            let user = self.options.answerer.clone();
            let mut response = ResponseSpec { user, status: String::from("submitted"), ..ResponseSpec::default() };
            response.answers.insert(self.options.question_name().to_owned(), labels.into());
            record.responses.push(response);
        } else {
            self.gaps += 1;
        }
        Ok(vec![Item::Record(Box::new(record))])
    }

    fn assumed(&self) -> Vec<String> {
        let mut all = self.gathered.assumed().to_vec();
        all.push(format!("answers are those of '{}' (--user NAME)", self.options.answerer));
        if self.hot > 0 {
            all.push(format!("{} lists of 1 and 0 say for each label of --labels whether it applies", self.hot));
        }
        if self.numbered > 0 {
            all.push(format!("{} lists hold the numbers of labels, counted from 0 in --labels", self.numbered));
        }
        if self.gaps > 0 {
            all.push(format!("{} rows say nothing about labels: no response", self.gaps));
        }
        all
    }
}

fn missing(row: &Map<String, Value>, column: &str, option: &str) -> ReadError {
    let found = names(row.keys().map(String::as_str));
    ReadError::new(Kind::MissingColumn, found, format!("the column {}", quoted(column)))
        .with_hint(format!("name the columns as the header has them: {option}"))
}

/// A 1 or 0 in each column; a row of empty cells says nothing.
fn multi_hot(row: &mut Map<String, Value>, columns: &[String]) -> Result<Option<Vec<String>>, ReadError> {
    let (mut ticked, mut empty) = (Vec::new(), 0);
    for column in columns {
        let Some(value) = row.shift_remove(column) else { return Err(missing(row, column, "--multi-hot")) };
        let word = match &value {
            Value::String(text) => text.trim().to_lowercase(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        match word.as_str() {
            "" => empty += 1,
            "1" | "1.0" | "true" | "yes" | "x" => ticked.push(column.clone()),
            "0" | "0.0" | "false" | "no" => {}
            other => {
                let (found, wanted) = (quoted(other), format!("1 or 0 in the column {}", quoted(column)));
                return Err(ReadError::new(Kind::WrongShape, found, wanted)
                    .with_hint("true and false, yes and no will do as well"));
            }
        }
    }
    if empty > 0 && empty < columns.len() {
        let found = format!("{empty} empty cells beside filled ones");
        return Err(ReadError::new(Kind::WrongShape, found, "1 or 0 in each column of --multi-hot")
            .with_hint("a row that says nothing is empty in all of them"));
    }
    Ok((empty == 0).then_some(ticked))
}
