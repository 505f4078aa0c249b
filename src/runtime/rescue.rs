//! A person's work of this session, kept beside the file: written into a new one when the file goes away.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::context::SessionContext;
use crate::jobs::JobContext;
use crate::jobs::rescue::{Rescue, Rescued};
use crate::model::{Dataset, RecordId};
use crate::session::Kept;
use crate::store::sqlite::{Anchor, SqliteStore};
use crate::store::{Save, Store, StoreError};

/// What the worker did with records.
pub(super) enum SavedRecords {
    Nothing,
    /// It was looked at.
    Looked(RecordId),
    /// Something of the person's was saved on them.
    Worked(Vec<RecordId>),
}

/// The worker's memory of the work.
#[derive(Default)]
pub(super) struct Keep(Option<Rescue>);

impl Keep {
    /// Remembers what was done. It comes after the answer to the session, and what cannot be read now is remembered with
    /// what is done next.
    pub(super) fn remember(&mut self, store: &mut dyn Store, context: &SessionContext, touched: SavedRecords) {
        if matches!(touched, SavedRecords::Nothing) {
            return;
        }
        if self.0.is_none() {
            self.0 = Rescue::begin(store, &context.dataset, &context.me).ok();
        }
        let Some(rescue) = &mut self.0 else { return };
        let done = match touched {
            SavedRecords::Nothing => Ok(()),
            SavedRecords::Looked(record) => rescue.look(store, record),
            SavedRecords::Worked(records) => rescue.worked(store, &records),
        };
        if let Err(why) = done {
            tracing::warn!(%why, "a record is not kept beside the file");
        }
    }

    pub(super) fn adopt(&mut self, store: &mut dyn Store, dataset: &Dataset) {
        if let Some(rescue) = &mut self.0
            && let Err(why) = rescue.adopt(store, dataset)
        {
            tracing::warn!(%why, "the labels are not kept beside the file");
        }
    }

    /// Why what was saved in this session does not stand in the file, read anew, where that is so.
    pub(super) fn verify(&self, anchor: &Arc<Anchor>) -> Option<String> {
        let rescue = self.0.as_ref()?;
        match SqliteStore::open_again(anchor).and_then(|mut store| rescue.is_in_file(&mut store)) {
            Ok(true) => None,
            Ok(false) => Some(String::from("what was saved does not stand in it")),
            Err(StoreError::Gone { why, .. }) => Some(why),
            Err(why) => Some(why.to_string()),
        }
    }

    /// Writes all of it into a new file: beside the old one, or where else I may write.
    pub(super) fn write(
        &mut self,
        old: &mut dyn Store,
        unsaved: &[Save],
        name: &str,
        file: &Path,
    ) -> Result<Kept, String> {
        let readable = !matches!(old.is_there(), Err(StoreError::Gone { readable: false, .. }));
        let Some(rescue) = &mut self.0 else { return Err(String::from("nothing was done in this session")) };
        let mut said = String::from("there is no folder for it");
        for folder in folders(file) {
            let path = folder.join(file_name(file, name));
            match write(rescue, readable.then_some(&mut *old), unsaved, &path) {
                Ok(Rescued { records, lost }) => {
                    return Ok(Kept { path: path.display().to_string(), records, lost });
                }
                Err(why) => said = format!("'{}': {why}", path.display()),
            }
        }
        Err(said)
    }
}

/// Where it may go: the file's folder, the present one, the one for what does not last.
fn folders(file: &Path) -> Vec<PathBuf> {
    let own = std::path::absolute(file).ok().and_then(|file| file.parent().map(Path::to_owned));
    let here = std::env::current_dir().ok();
    let all = own.into_iter().chain(here).chain([std::env::temp_dir()]);
    all.filter(|folder| folder.is_dir()).collect()
}

/// `team.db` of ana becomes `team.ana-20261129-141500.db`.
fn file_name(file: &Path, name: &str) -> String {
    let stem = file.file_stem().map_or_else(|| String::from("labelry"), |stem| stem.to_string_lossy().into_owned());
    let plain: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).take(40).collect();
    format!("{stem}.{plain}-{}.db", super::stamp())
}

/// Under another name until it is whole; a former one stays.
fn write(rescue: &mut Rescue, old: Option<&mut dyn Store>, unsaved: &[Save], to: &Path) -> Result<Rescued, String> {
    if to.exists() {
        return Err(String::from("there is such a file"));
    }
    let part = to.with_extension("db.part");
    let gone = || {
        for end in ["", "-wal", "-shm"] {
            let _absent = std::fs::remove_file(format!("{}{end}", part.display()));
        }
    };
    gone();
    let made = (|| {
        let mut new = SqliteStore::open_or_create(&part).map_err(|why| why.to_string())?;
        let mut given = JobContext { at: super::now(), uid: &mut super::uid };
        let done = rescue.write(&mut new, unsaved, old, &mut given).map_err(|why| why.to_string())?;
        new.fold().map_err(|why| why.to_string())?;
        Ok(done)
    })();
    let made = made.and_then(|done| {
        if to.parent() == Some(std::env::temp_dir().as_path()) {
            // Where everybody looks, only its owner reads.
            use std::os::unix::fs::PermissionsExt;
            let _as_it_is = std::fs::set_permissions(&part, std::fs::Permissions::from_mode(0o600));
        }
        std::fs::rename(&part, to).map(|()| done).map_err(|why| why.to_string())
    });
    gone();
    made
}
