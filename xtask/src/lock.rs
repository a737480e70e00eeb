//! File locks between runs of this program.

use std::fs::File;
use std::path::Path;

use crate::error::{Advise, Result};

/// Waits until no other process holds the lock `name` in `folder`, and holds it until it is dropped. `other`: what to
/// show while waiting.
pub fn hold(folder: &Path, name: &str, other: &str) -> Result<File> {
    let advice = format!("Make sure that `{}` can be written to.", folder.display());
    let locking = format!("locking {}", folder.join(name).display());
    std::fs::create_dir_all(folder).advise(&locking, advice.clone())?;
    let file = File::create(folder.join(name)).advise(&locking, advice.clone())?;
    if file.try_lock().is_err() {
        eprintln!("… waiting for {other}");
        file.lock().advise(&locking, advice)?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_waits_for_the_first() {
        let folder = std::env::temp_dir().join(format!("steady-lock-{}", std::process::id()));
        let first = hold(&folder, "lock", "nobody").unwrap();
        let (send, receive) = std::sync::mpsc::channel();
        let waiting = std::thread::spawn({
            let folder = folder.clone();
            move || {
                let second = hold(&folder, "lock", "the first");
                send.send("the second").unwrap();
                second
            }
        });
        assert!(receive.recv_timeout(std::time::Duration::from_millis(100)).is_err());
        drop(first);
        assert_eq!(receive.recv(), Ok("the second"));
        drop(waiting.join().unwrap());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
