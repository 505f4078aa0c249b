//! The log: what went wrong in a session, in a file, since the screen is taken. No text of a record is in it.

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Mutex;

/// From this size on the log is put aside under `.old` and begun anew.
const MOST: u64 = 1 << 20;

/// Begins the log of this process, once; where it cannot be written there is none.
pub fn start(path: &Path) {
    if let Some(folder) = path.parent() {
        let _unwritable = std::fs::create_dir_all(folder);
    }
    if std::fs::metadata(path).is_ok_and(|about| about.len() > MOST) {
        let _unwritable = std::fs::rename(path, path.with_extension("old"));
    }
    let Ok(file) = OpenOptions::new().create(true).append(true).open(path) else { return };
    let log = tracing_subscriber::fmt().with_ansi(false).with_target(false).with_writer(Mutex::new(file)).finish();
    let _already = tracing::subscriber::set_global_default(log);
}
