//! Verdicts: apart from responses, undone whole, and never over somebody else's.

use super::Ground;
use crate::model::{Entry, Role, Timestamp, UserId, Verdict, Verdicts};
use crate::store::{Direction, Result, Reversed, Save, Store, StoreError};

impl Ground {
    /// A save of the verdict that these labels are right, by this person, on top of what stood.
    fn verdict(&mut self, store: &mut dyn Store, user: UserId, value: &str, stood: &Verdicts) -> Result<Save> {
        let entry = store.entry(user, self.records[0])?;
        let verdict = Verdict {
            user: user.0,
            value: serde_json::json!([value]),
            reason: Some(String::from("as the guidelines say")),
            at: Some(5),
            extra: serde_json::Map::new(),
        };
        let after = Entry { verdicts: Some([(self.question.0, verdict)].into()), ..entry };
        Ok(Save { user, stood: stood.clone(), ..self.save("verdict", 0, after) })
    }
}

pub(super) fn check(store: &mut dyn Store, ground: &mut Ground) -> Result<()> {
    let record = ground.records[0];
    let (none, before) = (Verdicts::new(), store.agreement_classes(ground.question)?);
    let uid = ground.uid();
    let judge = store.create_user(&uid, "judge", Role::Admin, Timestamp(3))?.id;
    assert_eq!(store.verdicts(record)?, none);
    let left = store.last_touched(ground.dataset, ground.ana)?;
    assert_ne!(left, Some(record));
    let mine = ground.verdict(store, ground.ana, "praise", &none)?;
    store.save(&mine)?;
    let first = store.verdicts(record)?;
    assert_eq!(store.last_touched(ground.dataset, ground.ana)?, left, "it is not where I left");
    assert_eq!(Some(&first), mine.after.verdicts.as_ref());
    assert_eq!(store.agreement_classes(ground.question)?, before, "a verdict is no rater's answer");
    assert_eq!(store.entry(ground.ana, record)?.response, mine.after.response, "and no response");

    let blind = ground.verdict(store, judge, "other", &none)?;
    match store.save(&blind) {
        Err(StoreError::Conflict(stands)) => assert_eq!(stands.verdicts.as_ref(), Some(&first)),
        other => panic!("{other:?}"),
    }
    let knowing = ground.verdict(store, judge, "other", &first)?;
    store.save(&knowing)?;
    let ask = ground.reverse("sitting-1", true);
    assert!(matches!(store.reverse(Direction::Undo, &ask), Err(StoreError::Overtaken)), "another decided since");
    let ask = crate::store::Reverse { user: judge, ..ground.reverse("sitting-1", true) };
    match store.reverse(Direction::Undo, &ask)? {
        Reversed::Done(done) => assert_eq!((done.kind.as_str(), done.record), ("verdict", record)),
        other => panic!("{other:?}"),
    }
    assert_eq!(store.verdicts(record)?, first, "whoever gave it, what stood before stands again");
    let ask = ground.reverse("sitting-1", true);
    store.reverse(Direction::Undo, &ask)?;
    assert_eq!(store.verdicts(record)?, none);
    let ask = ground.reverse("sitting-1", true);
    store.reverse(Direction::Redo, &ask)?;
    assert_eq!(store.verdicts(record)?, first);
    Ok(())
}
