//! Adjudications: apart from responses, undone whole, and never over somebody else's.

use super::ContractFixture;
use crate::model::{Adjudication, Adjudications, Entry, Role, Timestamp, UserId};
use crate::store::{Direction, Result, Reversed, Save, Store, StoreError};

impl ContractFixture {
    /// A save of the adjudication that these labels are right, by this person, on top of what stood.
    fn adjudication(
        &mut self,
        store: &mut dyn Store,
        user: UserId,
        value: &str,
        stood: &Adjudications,
    ) -> Result<Save> {
        let entry = store.entry(user, self.records[0])?;
        let adjudication = Adjudication {
            user,
            value: serde_json::json!([value]),
            reason: Some(String::from("as the guidelines say")),
            at: Some(5),
            extra: serde_json::Map::new(),
        };
        let after = Entry { adjudications: Some([(self.question, adjudication)].into()), ..entry };
        Ok(Save { user, stood: stood.clone(), ..self.save("verdict", 0, after) })
    }
}

pub(super) fn check(store: &mut dyn Store, ground: &mut ContractFixture) -> Result<()> {
    let record = ground.records[0];
    let (none, before) = (Adjudications::new(), store.agreement_classes(ground.question)?);
    let uid = ground.uid();
    let judge = store.create_user(&uid, "judge", Role::Admin, Timestamp(3))?.id;
    assert_eq!(store.adjudications(record)?, none);
    let left = store.last_touched(ground.dataset, ground.ana)?;
    assert_ne!(left, Some(record));
    let mine = ground.adjudication(store, ground.ana, "praise", &none)?;
    store.save(&mine)?;
    let first = store.adjudications(record)?;
    assert_eq!(store.last_touched(ground.dataset, ground.ana)?, left, "it is not where I left");
    assert_eq!(Some(&first), mine.after.adjudications.as_ref());
    assert_eq!(store.agreement_classes(ground.question)?, before, "a verdict is no rater's answer");
    assert_eq!(store.entry(ground.ana, record)?.response, mine.after.response, "and no response");

    let blind = ground.adjudication(store, judge, "other", &none)?;
    match store.save(&blind) {
        Err(StoreError::Conflict(stands)) => assert_eq!(stands.adjudications.as_ref(), Some(&first)),
        other => panic!("{other:?}"),
    }
    let knowing = ground.adjudication(store, judge, "other", &first)?;
    store.save(&knowing)?;
    let ask = ground.reverse("session-1", true);
    assert!(matches!(store.reverse(Direction::Undo, &ask), Err(StoreError::Overtaken)), "another decided since");
    let ask = crate::store::Reverse { user: judge, ..ground.reverse("session-1", true) };
    match store.reverse(Direction::Undo, &ask)? {
        Reversed::Done(done) => assert_eq!((done.kind.word(), done.record), ("verdict", record)),
        other => panic!("{other:?}"),
    }
    assert_eq!(store.adjudications(record)?, first, "whoever gave it, what stood before stands again");
    let ask = ground.reverse("session-1", true);
    store.reverse(Direction::Undo, &ask)?;
    assert_eq!(store.adjudications(record)?, none);
    let ask = ground.reverse("session-1", true);
    store.reverse(Direction::Redo, &ask)?;
    assert_eq!(store.adjudications(record)?, first);
    Ok(())
}
