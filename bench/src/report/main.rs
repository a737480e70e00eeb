//! What the values of a run mean: `steady-bench-report SAMPLES OUT [--page FOLDER]`.
//!
//! Reads what `bench/run.mjs` wrote, prints a table, and writes `report.json` and the plots into OUT. Where asked, it
//! writes the browser's page into FOLDER, and what docs/comparison.md there quotes of BENCHMARKS.md.

mod json;
mod machine;
mod page;
mod plot;
mod quote;
mod samples;
mod stats;
mod summary;
mod table;
mod targets;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [samples, out] => report(samples.as_ref(), out.as_ref(), None),
        [samples, out, "--page", page] => report(samples.as_ref(), out.as_ref(), Some(PathBuf::from(page))),
        _ => Err("usage: steady-bench-report SAMPLES OUT [--page FOLDER]".into()),
    };
    let Err(wrong) = outcome else { return ExitCode::SUCCESS };
    eprintln!("{wrong}");
    ExitCode::FAILURE
}

fn report(samples: &Path, out: &Path, page: Option<PathBuf>) -> Result<(), String> {
    let text = std::fs::read_to_string(samples).map_err(|error| format!("{}: {error}", samples.display()))?;
    let run = samples::read(&text)?;
    let rows = summary::rows(&run);
    println!("{}\nBusy with other work, before each case: {}.", table::text(&rows), run.busy());
    write(&out.join("report.json"), &json::rows(&rows))?;
    let plots = plot::all(&run);
    for (name, svg) in &plots {
        write(&out.join(name), svg)?;
    }
    if let Some(home) = page {
        let [name, _, folder] = page::places(&run);
        let folder = home.join(folder);
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for (name, svg) in &plots {
            write(&folder.join(name), svg)?;
        }
        let names: Vec<&str> = plots.iter().map(|(name, _)| name.as_str()).collect();
        let text = page::markdown(&run, &rows, &names);
        write(&home.join(name), &text)?;
        let comparison = home.join(quote::NAME);
        if name == quote::PAGE
            && let Ok(old) = std::fs::read_to_string(&comparison)
        {
            write(&comparison, &quote::put(&old, &text)?)?;
        }
    }
    if run.failures.is_empty() {
        Ok(())
    } else {
        Err(format!("left out: {}", run.failures.join("\nleft out: ")))
    }
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    std::fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    println!("Wrote {}.", file.display());
    Ok(())
}
