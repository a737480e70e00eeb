//! Builds the wasm. Its glue is only for those who build with wasm-pack alone: `src/js/package/instance.js`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Stage, order};
use crate::error::{Advise, Error, Result};
use crate::proc;
use crate::setup::Env;

/// The name that `wasm-pack` gives the wasm.
pub const FILE: &str = "steady_websocket_bg.wasm";

/// Builds into a folder. `npm`: the value of `STEADY_NPM` for `build.rs`.
pub fn build(stage: &Stage<'_>, npm: &str, folder: &Path) -> Result<()> {
    let mut own: Vec<OsString> = vec!["--cfg=npm_alone".into()];
    own.extend(SMALLER.map(OsString::from));
    pack(stage, super::ENTRIES, "steady_websocket", npm, own, folder)?;

    let file = folder.join(FILE);
    let mut opt = stage.env.wasm("wasm-opt")?;
    opt.args([
        // Only wasm-bindgen's glue uses these.
        "--remove-exports=__*",
        "--remove-exports=memory",
        "--flatten",
        "--rereloop",
        // The second pass uses what the first made possible.
        "-O4",
        "-Oz",
        "--converge",
        // rustc has inlined functions with one caller already, where that was smaller.
        "--one-caller-inline-max-function-size=0",
        // Low addresses are the end of the stack.
        "--low-memory-unused",
        "--strip-debug",
        "--strip-producers",
        "--strip-target-features",
    ]);
    opt.arg(&file).arg("-o").arg(&file);
    proc::step("optimising the wasm", &mut opt, "Run `cargo xtask setup`, then try again.")
}

/// Builds the wasm of an [entry of its own](super::OwnEntry) with wasm-bindgen's glue.
pub fn build_own(stage: &Stage<'_>, entry: &super::OwnEntry) -> Result<()> {
    let folder = stage.own(entry);
    pack(stage, entry.source, entry.name, "0", Vec::new(), &folder)?;
    let file = folder.join(format!("{}_bg.wasm", entry.name));
    let mut opt = stage.env.wasm("wasm-opt")?;
    opt.args(FEATURES).args(["-Oz", "--strip-debug", "--strip-producers"]).arg(&file).arg("-o").arg(&file);
    let what = format!("optimising the wasm of {}.js", entry.name);
    proc::step(&what, &mut opt, "Run `cargo xtask setup`, then try again.")
}

fn pack(
    stage: &Stage<'_>,
    package: &str,
    name: &str,
    npm: &str,
    own: Vec<OsString>,
    folder: &Path,
) -> Result<()> {
    let mut pack = stage.env.wasm("wasm-pack")?;
    pack.arg("build")
        .arg(stage.env.root.join(package))
        .args([
            "--target",
            "web",
            "--profile",
            "npm",
            "--no-opt",
            "--no-pack",
            "--out-name",
            name,
            "--out-dir",
        ])
        .arg(folder)
        .env("STEADY_NPM", npm)
        .env("CARGO_ENCODED_RUSTFLAGS", flags(stage.env, own)?)
        .env_remove("RUSTFLAGS");
    proc::step(&format!("building the wasm in {package}"), &mut pack, "Fix what the compiler reports above.")
}

/// Orders the wasm's functions for compression.
pub fn arrange(stage: &Stage<'_>, folder: &Path) -> Result<()> {
    let (file, text) = (folder.join(FILE), folder.join("wasm.wat"));
    let turn = |program: &str, from: &Path, to: &Path| {
        let mut turn = stage.env.wasm(program)?;
        turn.args(FEATURES).arg(from).arg("-o").arg(to);
        proc::step("ordering its functions", &mut turn, "Run `cargo xtask setup`, then try again.")
    };
    turn("wasm-dis", &file, &text)?;
    let wat = fs::read_to_string(&text).advise("reading the WAT", super::WRITABLE)?;
    let wasm = fs::read(&file).advise("reading the wasm", super::WRITABLE)?;
    let arranged = order::arrange(&wat, &wasm).ok_or_else(|| {
        Error::new(
            "the wasm and its WAT have not the same functions",
            "See what wasm-dis writes now: order.rs reads it.",
        )
    })?;
    super::write(&text, &arranged)?;
    turn("wasm-as", &text, &file)
}

/// The features of rustc's target, which WAT does not record.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Flags for LLVM and the linker. Merging common ends of branches saves 100 bytes after gzip. A machine needs no
/// megabyte of stack; with a smaller one, pages need less memory, and addresses are shorter.
const SMALLER: [&str; 2] = ["-Cllvm-args=-sink-common-insts", "-Clink-arg=-zstack-size=65536"];

/// Returns the developer's flags, replacements for this machine's folders (panics contain the path of their source),
/// and the package's own flags.
fn flags(env: &Env, own: Vec<OsString>) -> Result<OsString> {
    let mut flags: Vec<OsString> = match std::env::var("RUSTFLAGS") {
        Ok(own) => own.split_whitespace().map(OsString::from).collect(),
        Err(_) => Vec::new(),
    };
    let mut remap = |folder: &Path, name: &str| {
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(folder);
        flag.push("=");
        flag.push(name);
        flags.push(flag);
    };
    for folder in crate_sources() {
        remap(&folder, "crates");
    }
    // Where std's sources are installed, its generic code contains their path on this machine.
    if let Some(sysroot) = proc::ask(env.wasm("rustc")?.args(["--print", "sysroot"])) {
        remap(&Path::new(&sysroot).join("lib/rustlib/src/rust"), "rust");
    }
    remap(&env.root, "steady-websocket");
    flags.extend(own);
    Ok(flags.join(&OsString::from("\u{1f}")))
}

/// Returns the folders to which cargo unpacks crates: one per registry, named after its address. At least one exists,
/// because this program has dependencies itself.
fn crate_sources() -> Vec<PathBuf> {
    let set = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let usual = std::env::home_dir().map(|home| home.join(".cargo"));
    let homes = set.into_iter().chain(usual);
    homes
        .filter_map(|home| std::fs::read_dir(home.join("registry/src")).ok())
        .flat_map(|registries| registries.flatten().map(|registry| registry.path()))
        .collect()
}
