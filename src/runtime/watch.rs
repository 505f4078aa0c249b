//! The watch: looks at the file every two seconds for what I or others did, and figures agreement when it changed:
//! first alpha, which costs nothing, then intervals, then the same over what I labelled.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SendError, Sender};
use std::time::{Duration, Instant};

use super::context::SessionContext;
use super::queue;
use super::worker;
use crate::jobs;
use crate::model::{Permission, Resampling, may};
use crate::session::Event;
use crate::store::{Store, StoreError};

/// How often the file is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// With which look what this session holds is held longer: every two minutes.
const RENEW: u32 = 60;

/// My figures take a pass over what I labelled: at most this share of the time goes into them.
const SHARE: u32 = 10;

/// Watches until the session is over.
pub(super) fn watch(
    mut store: Box<dyn Store>,
    mut context: SessionContext,
    over: &Receiver<()>,
    inbox: &Sender<Event>,
) {
    let mut watch = Watch { seen: -1, mine: None, rest: LOOK };
    let mut looks = 0u32;
    loop {
        if watch.look(store.as_mut(), &mut context, inbox).is_err() {
            return;
        }
        looks += 1;
        if looks.is_multiple_of(RENEW) {
            let now = crate::runtime::now();
            // What cannot be renewed now is renewed with the next look, or runs out.
            let _later = store.renew_leases(&context.session, now, queue::until(now));
        }
        match over.recv_timeout(LOOK) {
            Err(RecvTimeoutError::Timeout) => {}
            _ => return,
        }
    }
}

struct Watch {
    /// The newest event that is known.
    seen: i64,
    /// When my figures were last made, of which event, and how long they are let alone.
    mine: Option<(Instant, i64)>,
    rest: Duration,
}

impl Watch {
    /// A file that cannot be read now is looked at again; the worker tells of it when it matters.
    fn look(
        &mut self,
        store: &mut dyn Store,
        context: &mut SessionContext,
        inbox: &Sender<Event>,
    ) -> Result<(), SendError<Event>> {
        if let Some(ground) = context.file_event(store) {
            inbox.send(ground)?;
        }
        if context.file_is_gone.load(std::sync::atomic::Ordering::Relaxed) {
            // What another file says is nobody's here.
            return Ok(());
        }
        let newest = store.changes_since(self.seen.max(0)).unwrap_or(self.seen);
        if newest != self.seen {
            let first = self.seen < 0;
            // What cannot be read now is looked at again in two seconds.
            let Ok(mut changed) = changed(store, context) else { return Ok(()) };
            if first {
                // The session was just told how far everybody is; but since it was read who I am and what is asked may
                // have changed.
                changed.retain(|event| !matches!(event, Event::Changed(_)));
            }
            self.seen = newest;
            for event in changed.into_iter().chain(worker::agreement(store, context, Resampling::NONE)) {
                inbox.send(event)?;
            }
            for event in worker::agreement(store, context, Resampling::default()) {
                inbox.send(event)?;
            }
        }
        self.mine(store, context, inbox)
    }

    #[expect(clippy::disallowed_methods, reason = "the watch waits as long as its work took")]
    fn mine(
        &mut self,
        store: &mut dyn Store,
        context: &SessionContext,
        inbox: &Sender<Event>,
    ) -> Result<(), SendError<Event>> {
        let start = Instant::now();
        if self.mine.is_some_and(|(at, of)| of == self.seen || start.duration_since(at) < self.rest) {
            return Ok(());
        }
        for question in &context.dataset.questions {
            let found = jobs::agreement::of_mine(store, question, context.user, Resampling::default());
            if let Ok(figures) = found {
                inbox.send(Event::MyAgreement(question.id, figures))?;
            }
        }
        let end = Instant::now();
        self.mine = Some((end, self.seen));
        self.rest = (end.duration_since(start) * SHARE).max(LOOK);
        Ok(())
    }
}

/// What a change means for the session beside agreement.
fn changed(store: &mut dyn Store, context: &mut SessionContext) -> Result<Vec<Event>, StoreError> {
    let mut events = vec![Event::Changed(worker::counts(store, context)?)];
    let now = store.datasets()?.into_iter().find(|dataset| dataset.id == context.dataset.id);
    let me = store.users()?.into_iter().find(|user| user.id == context.user);
    let stays = me.as_ref().zip(now.as_ref()).is_some_and(|(me, dataset)| may(me, Permission::Annotate, Some(dataset)));
    if let Some(me) = me.filter(|me| *me != context.me) {
        context.me = me.clone();
        events.push(Event::Me(Box::new(me)));
    }
    if !stays {
        // Disabled, or no member any more: what is ticked is kept as on a hang-up.
        events.push(Event::HangUp);
    }
    if let Some(dataset) = now.filter(|dataset| *dataset != context.dataset) {
        context.dataset = dataset.clone();
        events.push(Event::Dataset(Box::new(dataset)));
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::{LOOK, Watch};
    use crate::model::transfer::{DatasetSpec, FieldSpec};
    use crate::model::{Role, Timestamp, Uid};
    use crate::runtime::context::SessionContext;
    use crate::session::Event;
    use crate::store::Store;
    use crate::store::sqlite::SqliteStore;

    #[test]
    fn what_changed_before_the_watch_began_is_told_with_its_first_look() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::open_or_create(&folder.path().join("x.db")).unwrap();
        let mut made = 0;
        let mut uid = || {
            made += 1;
            Uid(format!("u{made}"))
        };
        let me = store.create_user(&uid(), "ana", Role::Owner, Timestamp(0)).unwrap();
        let field = FieldSpec { name: "text".into(), ..FieldSpec::default() };
        let spec = DatasetSpec { name: "d".into(), fields: vec![field], ..DatasetSpec::default() };
        store.create_dataset(&spec, Timestamp(0), &mut uid).unwrap();
        let dataset = store.datasets().unwrap().remove(0);
        let mut told = |me: crate::model::User| {
            let mut context = SessionContext {
                user: me.id,
                me,
                dataset: dataset.clone(),
                session: Uid("s".into()),
                counts: std::cell::Cell::default(),
                file_is_gone: std::sync::Arc::default(),
            };
            let (sender, inbox) = channel();
            let mut watch = Watch { seen: -1, mine: None, rest: LOOK };
            watch.look(&mut store, &mut context, &sender).unwrap();
            inbox.try_iter().filter(|event| matches!(event, Event::Me(_) | Event::Changed(_))).collect::<Vec<_>>()
        };
        assert!(told(me.clone()).is_empty());
        let as_read = crate::model::User { role: Role::Annotator, ..me };
        assert!(matches!(&told(as_read)[..], [Event::Me(now)] if now.role == Role::Owner));
    }
}
