//! What `cargo xtask check` needs to compare the public APIs of the crates with `api`.
//!
//! As `RUSTDOC`, it lets a stable rustdoc write JSON. With the paths of such files it prints a crate's public API, one
//! item a line: what all files have in common, then the rest of each.

use std::collections::BTreeSet;
use std::process::{Command, ExitCode};

use public_api::{Builder, PublicApi};

/// The path of the real rustdoc; set when cargo runs this program as rustdoc.
const RUSTDOC: &str = "STEADY_RUSTDOC";

/// Traits that every type has or lacks by its fields, and that no caller names.
const INCIDENTAL: [&str; 5] = [
    "core::marker::Freeze",
    "core::marker::StructuralPartialEq",
    "core::marker::UnsafeUnpin",
    "core::panic::unwind_safe::RefUnwindSafe",
    "core::panic::unwind_safe::UnwindSafe",
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match std::env::var_os(RUSTDOC) {
        Some(rustdoc) => document(Command::new(rustdoc).args(args)),
        None => print(&args),
    };
    done.unwrap_or_else(|why| {
        eprintln!("{why}");
        ExitCode::FAILURE
    })
}

/// Sets the variable for rustdoc alone: build scripts of dependencies read it, so cargo would build them again.
fn document(rustdoc: &mut Command) -> Result<ExitCode, String> {
    let status = rustdoc.env("RUSTC_BOOTSTRAP", "1").status().map_err(|error| format!("rustdoc: {error}"))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints the API in the files, each given as `TARGET=FILE.json`.
fn print(args: &[String]) -> Result<ExitCode, String> {
    let mut targets = Vec::new();
    for arg in args {
        let (target, file) = arg.split_once('=').ok_or("usage: steady-api TARGET=FILE.json…")?;
        targets.push((target, items(file)?));
    }
    let sets: Vec<BTreeSet<&String>> = targets.iter().map(|(_, items)| items.iter().collect()).collect();
    let everywhere = |item: &String| sets.iter().all(|set| set.contains(item));
    let Some((_, first)) = targets.first() else { return Ok(ExitCode::SUCCESS) };
    first.iter().filter(|item| everywhere(item)).for_each(|item| println!("{item}"));
    for (target, items) in &targets {
        let only: Vec<_> = items.iter().filter(|item| !everywhere(item)).collect();
        if !only.is_empty() {
            println!("\nOnly for {target}:\n");
            only.iter().for_each(|item| println!("{item}"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the items in the order of the library: by module and type.
fn items(file: &str) -> Result<Vec<String>, String> {
    let written = build(file, true)?;
    let written: BTreeSet<String> = written.items().map(ToString::to_string).collect();
    // Of a derived trait, the line that names it is enough.
    let shown = |item: &String| item.starts_with("impl") || written.contains(item);
    let incidental = |item: &String| INCIDENTAL.iter().any(|name| names(item, name));
    let all = build(file, false)?;
    Ok(all.items().map(ToString::to_string).filter(|item| shown(item) && !incidental(item)).collect())
}

fn build(file: &str, omit_derived: bool) -> Result<PublicApi, String> {
    Builder::from_rustdoc_json(file)
        .omit_blanket_impls(true)
        .omit_auto_derived_impls(omit_derived)
        .build()
        .map_err(|error| format!("{file}: {error}"))
}

/// Returns whether the item is an implementation of the trait, or says that there is none.
fn names(item: &str, implemented: &str) -> bool {
    let Some((head, _)) = item.split_once(" for ") else { return false };
    head.starts_with("impl") && head.ends_with(implemented)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_implementation_is_known_by_its_trait() {
        let derived = "impl<P> core::marker::Freeze for a::B<P> where P: core::marker::Freeze";
        assert!(names(derived, "core::marker::Freeze"));
        assert!(!names(derived, "core::marker::Send"));
        assert!(names("impl !core::marker::Send for a::B", "core::marker::Send"));
        assert!(!names("pub fn a::b(core::marker::Send)", "core::marker::Send"));
    }
}
