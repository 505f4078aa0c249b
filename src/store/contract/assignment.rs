//! Who labels what: slots are kept by submits and leases, names by assignments, controls come in their own place.

use super::ContractFixture;
use crate::model::{
    Capacity, Control, DatasetId, LeaseRequest, Plan, Queue, RecordId, Role, Setup, Spot, Timestamp, Uid, UserId,
};
use crate::store::{Result, Store};

/// How long a lease holds here.
const HOLDS: i64 = 1_000;

/// A dataset of its own with records, and people.
struct TeamFixture {
    dataset: DatasetId,
    records: Vec<RecordId>,
    people: Vec<UserId>,
    sessions: Vec<Uid>,
}

/// On the ground that the other parts left.
pub(super) fn check(store: &mut dyn Store, ground: &mut ContractFixture) -> Result<()> {
    let team = build(store, ground)?;
    nothing_is_limited_and_nothing_written(store, &team)?;
    leases_leave_room_for_so_many(store, ground, &team)?;
    names_are_dealt(store, ground, &team)?;
    controls_come_in_their_own_place(store, ground, &team)
}

fn build(store: &mut dyn Store, ground: &mut ContractFixture) -> Result<TeamFixture> {
    let spec = crate::model::transfer::DatasetSpec { name: "team".into(), ..Default::default() };
    let mut made = 0;
    let dataset = store.create_dataset(&spec, Timestamp(1), &mut || {
        made += 1;
        Uid(format!("team-{made}"))
    })?;
    let mut records = Vec::new();
    store.begin()?;
    for number in 0..6 {
        let uid = ground.uid();
        let name = format!("t{number}");
        let record = crate::store::NewRecord {
            uid,
            external_id: Some(&name),
            natural_key: &format!("id:{name}"),
            fields: r#"{"text":"hello"}"#,
            metadata: "{}",
            extra: "{}",
        };
        records.push(store.add_record(dataset, &record)?);
    }
    store.finish_bulk(dataset, &ground.uid(), None, Timestamp(1), "{}")?;
    store.commit()?;
    let mut people = Vec::new();
    for name in ["p0", "p1", "p2"] {
        people.push(store.create_user(&ground.uid(), name, Role::Annotator, Timestamp(1))?.id);
    }
    let sessions = (0..3).map(|number| Uid(format!("seat-{number}"))).collect();
    Ok(TeamFixture { dataset, records, people, sessions })
}

impl TeamFixture {
    fn take(&self, store: &mut dyn Store, who: usize, after: Option<usize>, now: i64) -> Result<Option<usize>> {
        let after = after.map(|at| Spot { record: self.records[at], position: at as i64 + 1 });
        let found = store.take_lease(&self.ask(who, after, now))?;
        Ok(found.and_then(|spot| self.records.iter().position(|record| *record == spot.record)))
    }

    fn ask(&self, who: usize, after: Option<Spot>, now: i64) -> LeaseRequest<'_> {
        LeaseRequest {
            dataset: self.dataset,
            user: self.people[who],
            session: &self.sessions[who],
            queue: &Queue::Pending,
            after,
            keep: None,
            now: Timestamp(now),
            until: Timestamp(now + HOLDS),
        }
    }

    fn submit(&self, store: &mut dyn Store, ground: &mut ContractFixture, who: usize, record: usize) -> Result<()> {
        let version = store.entry(self.people[who], self.records[record])?.version;
        let mut entry = ground.submitted(&[], version);
        if let Some(response) = &mut entry.response {
            response.answers.clear();
            response.label_sets.clear();
        }
        let mut save = ground.save("submit", 0, entry);
        (save.dataset, save.user, save.record) = (self.dataset, self.people[who], self.records[record]);
        store.save(&save).map(drop)
    }
}

fn nothing_is_limited_and_nothing_written(store: &mut dyn Store, team: &TeamFixture) -> Result<()> {
    for who in 0..3 {
        assert_eq!(team.take(store, who, None, 0)?, Some(0), "everybody gets every record");
    }
    assert_eq!(store.pending(team.dataset, team.people[0])?, 6);
    Ok(())
}

fn leases_leave_room_for_so_many(
    store: &mut dyn Store,
    ground: &mut ContractFixture,
    team: &TeamFixture,
) -> Result<()> {
    let change = ground.change();
    store.set_up(team.dataset, &Setup { min_submitted: Some(Some(1)), ..Setup::default() }, &change)?;
    assert_eq!(team.take(store, 0, None, 0)?, Some(0));
    assert_eq!(team.take(store, 1, None, 0)?, Some(1), "the first is on somebody's screen");
    assert_eq!(team.take(store, 2, None, 0)?, Some(2));
    assert_eq!(team.take(store, 2, Some(2), 0)?, Some(3), "what is left is let go");
    assert_eq!(team.take(store, 0, Some(0), 0)?, Some(2));
    store.release(&team.sessions[0])?;
    team.submit(store, ground, 1, 1)?;
    assert_eq!(team.take(store, 1, None, 0)?, Some(0));
    assert_eq!(
        store.next_in_queue(team.dataset, team.people[2], &Queue::Pending, Some(spot(team, 0)))?,
        Some(team.records[2])
    );
    // Nobody hears of p1 any more: what they held runs out.
    assert_eq!(team.take(store, 2, None, HOLDS + 1)?, Some(0));
    store.renew_leases(&team.sessions[2], Timestamp(HOLDS + 2), Timestamp(3 * HOLDS))?;
    assert_eq!(team.take(store, 0, None, 2 * HOLDS + 2)?, Some(2), "what is renewed is held");
    // An answer that comes too late is kept, and more than enough.
    team.submit(store, ground, 2, 0)?;
    team.submit(store, ground, 1, 0)?;
    assert_eq!(store.counts(team.dataset, team.people[1])?.submitted, 2);
    assert_eq!(store.completed(team.dataset)?, 2);
    for session in &team.sessions {
        store.release(session)?;
    }
    let left = store.pending(team.dataset, team.people[0])?;
    assert_eq!((left, store.size(team.dataset, team.people[0], &Queue::Pending)?), (4, crate::model::Size::Exactly(4)));
    assert!(!store.hold_lease(&team.ask(0, None, 0), team.records[0])?, "it is full");
    assert!(store.hold_lease(&team.ask(0, None, 0), team.records[5])?);
    store.release(&team.sessions[0])
}

fn spot(team: &TeamFixture, at: usize) -> Spot {
    Spot { record: team.records[at], position: at as i64 + 1 }
}

fn names_are_dealt(store: &mut dyn Store, ground: &mut ContractFixture, team: &TeamFixture) -> Result<()> {
    let people = vec![(team.people[0], None), (team.people[1], Some(9))];
    let plan = Plan { overlap: 0.5, raters: 2, seed: 7, stratify: Some("x".into()), people };
    let slots: Vec<Capacity> = team.records.iter().map(|record| Capacity { record: *record, wanted: 1 }).collect();
    let named = [(team.records[3], team.people[0]), (team.records[4], team.people[1])];
    let change = ground.change();
    store.set_plan(team.dataset, Some(&plan), &slots, &named, &change)?;
    assert_eq!(store.plan(team.dataset)?, Some(plan));
    assert_eq!(team.take(store, 0, None, 0)?, Some(3));
    assert_eq!(team.take(store, 1, None, 0)?, Some(4));
    assert_eq!(team.take(store, 2, None, 0)?, None, "nothing is theirs");
    assert_eq!(store.pending(team.dataset, team.people[2])?, 0);
    assert_eq!(store.counts(team.dataset, team.people[0])?.assigned, Some(1));
    assert_eq!(store.assigned(team.dataset)?, vec![(team.people[0], 1), (team.people[1], 1)]);
    let mut seen = 0;
    store.scan_raters(team.dataset, Some("x"), &mut |given| seen += given.people.len())?;
    assert_eq!(seen, 3);
    let change = ground.change();
    store.set_plan(team.dataset, None, &[], &[], &change)?;
    let change = ground.change();
    store.set_up(team.dataset, &Setup { min_submitted: Some(None), ..Setup::default() }, &change)
}

fn controls_come_in_their_own_place(
    store: &mut dyn Store,
    ground: &mut ContractFixture,
    team: &TeamFixture,
) -> Result<()> {
    let control = Control { record: team.records[3], answers: serde_json::Map::new() };
    let before = ways(store, team)?;
    let change = ground.change();
    store.set_controls(team.dataset, std::slice::from_ref(&control), &change)?;
    assert_eq!(store.controls(team.dataset)?, vec![control]);
    assert_eq!(ways(store, team)?, before, "nothing tells where there is one");
    // Where records want one person, it is for everybody all the same.
    let change = ground.change();
    store.set_up(team.dataset, &Setup { min_submitted: Some(Some(1)), ..Setup::default() }, &change)?;
    team.submit(store, ground, 0, 3)?;
    assert_eq!(team.take(store, 1, Some(2), 0)?, Some(3), "somebody else's submit does not take it away");
    assert_eq!(team.take(store, 0, Some(2), 0)?, Some(4), "each comes once");
    assert!(store.hold_lease(&team.ask(1, None, 0), team.records[3])?);
    for session in &team.sessions {
        store.release(session)?;
    }
    let left = store.pending(team.dataset, team.people[1])?;
    assert_eq!(store.size(team.dataset, team.people[1], &Queue::Pending)?, crate::model::Size::Exactly(left));
    let change = ground.change();
    store.set_controls(team.dataset, &[], &change)?;
    assert_eq!(store.pending(team.dataset, team.people[1])?, left - 1, "it is full now, as any other");
    let change = ground.change();
    store.set_up(team.dataset, &Setup { min_submitted: Some(None), ..Setup::default() }, &change)
}

/// What one person is shown, in order, and told of what is left.
fn ways(store: &mut dyn Store, team: &TeamFixture) -> Result<(Vec<Spot>, Vec<RecordId>, u64)> {
    let (mut spots, mut after) = (Vec::new(), None);
    while let Some(spot) = store.take_lease(&team.ask(0, after, 0))? {
        spots.push(spot);
        after = Some(spot);
    }
    let all = store.queue_records(team.dataset, team.people[0], &Queue::Pending, None, 100)?;
    Ok((spots, all, store.pending(team.dataset, team.people[0])?))
}
