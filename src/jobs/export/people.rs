//! Who is in a dataset, under their names or under pseudonyms.

use super::ExportSelection;
use crate::exchange::out::Person;
use crate::jobs::JobError;
use crate::model::Dataset;
use crate::model::transfer::RecordSpec;
use crate::store::Store;

pub(super) struct ExportNames {
    /// As they are called in the files that are written.
    all: Vec<Person>,
    /// Their names, and what they are called instead; empty without pseudonyms.
    renamed: Vec<(String, String)>,
}

impl ExportNames {
    /// Those who answered in the dataset, in the order they came into the file. A pseudonym is `annotator-` and the
    /// number in that order among all users of the file, so it stays when others come.
    pub(super) fn of(store: &mut dyn Store, dataset: &Dataset, wanted: &ExportSelection) -> Result<Self, JobError> {
        let mut people = Self { all: Vec::new(), renamed: Vec::new() };
        for (at, user) in store.users()?.into_iter().enumerate() {
            let counts = store.counts(dataset.id, user.id)?;
            let answered = counts.submitted + counts.drafts + counts.discarded > 0;
            let number = at + 1;
            let person = if wanted.pseudonyms {
                let person =
                    Person { name: format!("annotator-{number}"), id: format!("00000000-0000-4000-8000-{number:012}") };
                people.renamed.push((user.name, person.name.clone()));
                person
            } else {
                // People of an Argilla file are called by its ids.
                let id = if is_uuid(&user.name) { user.name.clone() } else { user.uid.0 };
                Person { name: user.name, id }
            };
            let name = people.renamed.last().filter(|_| wanted.pseudonyms).map_or(&person.name, |(real, _)| real);
            if answered && wanted.writes(dataset, name) {
                people.all.push(person);
            }
        }
        Ok(people)
    }

    pub(super) fn all(&self) -> &[Person] {
        &self.all
    }

    /// What somebody is called.
    pub(super) fn name<'a>(&'a self, name: &'a str) -> &'a str {
        self.renamed.iter().find(|(real, _)| real == name).map_or(name, |(_, pseudonym)| pseudonym)
    }

    /// Their place in the order.
    pub(super) fn place(&self, name: &str) -> usize {
        self.all.iter().position(|person| person.name == name).unwrap_or(usize::MAX)
    }

    /// Puts the pseudonyms into a record. Keys that this version does not know go too: they may hold names.
    pub(super) fn rename(&self, record: &mut RecordSpec) {
        if self.renamed.is_empty() {
            return;
        }
        let rename = |name: &mut String| *name = self.name(name).to_owned();
        for response in &mut record.responses {
            rename(&mut response.user);
            response.extra.clear();
        }
        for note in &mut record.notes {
            rename(&mut note.user);
            note.extra.clear();
        }
        for adjudication in &mut record.adjudications {
            rename(&mut adjudication.user);
            adjudication.extra.clear();
        }
        record.extra.clear();
        // The order of names is not to tell which is which.
        record.responses.sort_by(|a, b| (&a.user, a.pass).cmp(&(&b.user, b.pass)));
        record.notes.sort_by(|a, b| a.user.cmp(&b.user));
    }
}

fn is_uuid(name: &str) -> bool {
    let groups: Vec<usize> = name.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && name.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}
