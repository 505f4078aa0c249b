//! Users and workspaces: what changes is told by events, and answers change hands whole.

use super::ContractFixture;
use crate::model::{Entry, Role, Timestamp};
use crate::store::{Access, Result, Store, UserChange};

/// On the ground that the other parts left.
pub(super) fn check(store: &mut dyn Store, ground: &mut ContractFixture) -> Result<()> {
    let eve = store.create_user(&ground.uid(), "eve", Role::Annotator, Timestamp(1))?.id;
    let seq = store.changes_since(0)?;
    let told = [
        UserChange::Role(Role::Admin),
        UserChange::Password(Some("$argon2id$x")),
        UserChange::Key("ssh-ed25519 AAAA", "eve@lab"),
        UserChange::Joins("default"),
        UserChange::Name("eva"),
        UserChange::Disabled(true),
    ];
    for told in &told {
        let change = ground.change();
        store.change_user(eve, told, &change)?;
    }
    assert_eq!(store.changes_since(seq)?, seq + told.len() as i64, "an event each");
    let eva = store.users()?.into_iter().find(|user| user.id == eve).map(|user| (user.name, user.role, user.disabled));
    assert_eq!(eva, Some((String::from("eva"), Role::Admin, true)));
    assert_eq!(store.access(eve)?, Access { password: true, keys: vec![String::from("eve@lab")] });
    assert!(!store.datasets()?[0].open, "a member closes a workspace");
    let change = ground.change();
    store.change_user(eve, &UserChange::Leaves("default"), &change)?;
    assert!(store.datasets()?[0].open);
    let change = ground.change();
    assert!(store.change_user(eve, &UserChange::Name("ana"), &change).is_err(), "the name is taken");
    what_is_held_changes_hands(store, ground)?;
    let change = ground.change();
    store.create_workspace(&ground.uid(), "lab", &change)?;
    assert_eq!(store.workspaces()?.len(), 2);
    let change = ground.change();
    store.delete_workspace("lab", &change)?;
    assert_eq!(store.workspaces()?.len(), 1);
    Ok(())
}

fn what_is_held_changes_hands(store: &mut dyn Store, ground: &mut ContractFixture) -> Result<()> {
    let from = store.create_user(&ground.uid(), "fay", Role::Annotator, Timestamp(1))?.id;
    let to = store.create_user(&ground.uid(), "gus", Role::Annotator, Timestamp(1))?.id;
    let record = ground.records[0];
    let answered = Entry { note: Some("why".into()), ..ground.submitted(&[1], 0) };
    let mut save = ground.save("submit", 0, answered.clone());
    save.user = from;
    store.save(&save)?;
    let classes = store.agreement_classes(ground.question)?;
    assert_eq!(store.shared(from, ground.ana, 3)?.0, 1, "ana has answered that record too");
    let change = ground.change();
    let mut made = 0;
    store.reassign(from, to, &change, &mut || {
        made += 1;
        crate::model::Uid(format!("given-{made}"))
    })?;
    assert!(store.holdings(from)?.is_empty());
    assert!(store.entry(to, record)?.same_content(&answered));
    assert_eq!(store.counts(ground.dataset, to)?.submitted, 1);
    assert_eq!(store.counts(ground.dataset, from)?.submitted, 0);
    assert_eq!(store.agreement_classes(ground.question)?, classes, "whose answer it is changes no sum");
    assert!(store.raters(ground.question)?.contains(&to) && !store.raters(ground.question)?.contains(&from));
    let change = ground.change();
    store.delete_user(from, &change)?;
    assert!(store.users()?.iter().all(|user| user.id != from));
    store.create_user(&ground.uid(), "fay", Role::Annotator, Timestamp(1))?;
    Ok(())
}
