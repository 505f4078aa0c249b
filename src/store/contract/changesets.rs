//! Steps: what a bulk changed is put back whole, or not at all where somebody changed it since; an undo is a step too.

use super::ContractFixture;
use crate::model::{EventKind, Person, Stamp, Stamps};
use crate::store::{Change, Events, HistoryEvent, NewEvent, Result, Store, StoreError};

impl ContractFixture {
    /// Puts a person in another one's place on the first record, as a step; gives its event.
    fn step(&mut self, store: &mut dyn Store, person: &Person) -> Result<HistoryEvent> {
        let change = self.change();
        store.begin()?;
        store.begin_changeset(&change.changeset, false)?;
        store.put_person(self.dataset, self.ana, self.records[0], person, true)?;
        store.recount(self.dataset)?;
        store.end_changeset()?;
        let logged =
            NewEvent { kind: EventKind::Merge, dataset: Some(self.dataset), record: None, before: None, after: "{}" };
        store.log(&change, &logged)?;
        store.commit()?;
        newest(store)
    }
}

fn newest(store: &mut dyn Store) -> Result<HistoryEvent> {
    Ok(store.events(&Events { limit: 1, ..Events::default() })?.remove(0))
}

pub(super) fn check(store: &mut dyn Store, ground: &mut ContractFixture) -> Result<()> {
    let record = ground.records[0];
    let whole = |store: &mut dyn Store, ground: &ContractFixture| -> Result<Person> {
        let found = store.whole_among(ground.dataset, &[record], None)?.remove(0);
        Ok(found.people.get(&ground.ana).cloned().unwrap_or_default())
    };
    let before = whole(store, ground)?;
    let classes = store.agreement_classes(ground.question)?;
    let mut other = before.clone();
    other.entry = ground.submitted(&[1], before.entry.version);
    other.entry.note = Some(String::from("from elsewhere"));
    other.stamps = Stamps { response: Some(Stamp(Some(7), String::from("e"))), ..before.stamps.clone() };
    let told = ground.step(store, &other)?;
    assert!(store.changeset_rows(&told.changeset)?.0 > 0 && store.changeset_rows(&told.changeset)?.1.is_none());
    let stands = whole(store, ground)?;
    assert_eq!((&stands.entry.note, &stands.stamps), (&other.entry.note, &other.stamps));
    assert!(stands.entry.version > before.entry.version, "a save based on the former is a conflict");

    let change = Change { user: Some(ground.ana), ..ground.change() };
    store.undo_changeset(&told, &change, "{}")?;
    assert_eq!(whole(store, ground)?, before);
    assert_eq!(store.agreement_classes(ground.question)?, classes, "the sums follow");
    let undo = newest(store)?;
    assert_eq!((undo.kind.word(), undo.reverses.as_ref()), ("undo step", Some(&told.uid)));
    assert_eq!(store.changeset_rows(&told.changeset)?.1, Some(undo.seq));
    let again = ground.change();
    store.undo_changeset(&undo, &again, "{}")?;
    assert_eq!(whole(store, ground)?.entry.note, other.entry.note, "an undo is undone like any step");

    let redo = newest(store)?;
    let mut mine = store.entry(ground.ana, record)?;
    mine.flag = !mine.flag;
    let save = ground.save("flag", 0, mine);
    store.save(&save)?;
    let late = ground.change();
    assert!(matches!(store.undo_changeset(&redo, &late, "{}"), Err(StoreError::Overtaken)), "it was changed since");
    assert_eq!(store.entry(ground.ana, record)?.flag, save.after.flag, "and nothing was undone");
    Ok(())
}
