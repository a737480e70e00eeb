//! Rejects a package that reveals where it was built.

use std::fs;
use std::path::Path;

use crate::error::{Advise, Error, Result};
use crate::setup::Env;

/// Fails if the package contains the path of a folder of this machine.
pub fn refuse(env: &Env, pkg: &Path) -> Result<()> {
    let mut words: Vec<String> =
        ["/root/", "/home/", "/Users/", "/.cargo/", "/registry/src/"].map(str::to_owned).into();
    words.extend([r"\Users\".to_owned(), r"\.cargo\".to_owned(), r"\registry\src\".to_owned()]);
    words.push(env.root.to_string_lossy().into_owned());
    words.push(env.cache.to_string_lossy().into_owned());
    // Scripts escape a backslash.
    let escaped: Vec<String> =
        words.iter().filter(|word| word.contains('\\')).map(|word| word.replace('\\', r"\\")).collect();
    words.extend(escaped);
    let again = "Run `cargo xtask build` again.";
    for entry in fs::read_dir(pkg).advise("reading the package", again)? {
        let file = entry.advise("reading the package", again)?.path();
        let bytes = fs::read(&file).advise(format!("reading {}", file.display()), again)?;
        if let Some(word) = words.iter().find(|word| holds(&bytes, word.as_bytes())) {
            return Err(Error::new(
                format!("{} holds `{word}`", file.display()),
                "Remap that path in xtask/src/build/wasm.rs: the package must not reveal where it was built.",
            ));
        }
    }
    Ok(())
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}
