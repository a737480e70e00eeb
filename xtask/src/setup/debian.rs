//! Packages of a Debian-like distribution.

use std::path::Path;
use std::process::Command;

use super::is_root;
use crate::error::{Error, Result};
use crate::proc;

/// Packages that serve as soon as they are installed, and after every boot. The tests start these programs themselves.
const SERVICES: [&str; 4] = ["mosquitto", "nginx", "postgresql", "redis-server"];

/// Returns whether this system has such packages.
pub fn is_there() -> bool {
    Path::new("/usr/bin/apt-get").is_file()
}

/// Installs packages as root; otherwise prints the command to run.
pub fn provide(packages: Vec<&str>) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    if !is_there() {
        return Err(Error::new(
            format!("missing: {list} (as Debian names them)"),
            "Install what your system calls these packages, then run this command again.",
        ));
    }
    // Packages that are installed already must not be removed.
    let mut line = format!("apt-get update && apt-get install -y --no-remove --no-install-recommends {list}");
    let services = if systemd_runs() { services(&packages) } else { Vec::new() };
    if !services.is_empty() {
        line = format!("{line} && systemctl disable --now {}", services.join(" "));
    }
    if !is_root() {
        return Err(Error::new(
            format!("missing: {list}"),
            format!("Run `sudo sh -c '{line}'`, then this command again."),
        ));
    }
    let advice = format!("Run `{line}` by hand and read its output.");
    let apt = || {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        apt
    };
    // If a mirror is down, the existing package lists may be sufficient.
    let _ = proc::step("reading the package lists", apt().arg("update"), &advice);
    let mut install = apt();
    install.args(["install", "-y", "--no-remove", "--no-install-recommends"]).args(packages);
    proc::step(&format!("installing {list}"), &mut install, &advice)?;
    if services.is_empty() {
        return Ok(());
    }
    let mut disable = Command::new("systemctl");
    disable.args(["disable", "--now"]).args(&services);
    proc::step("stopping the services that came along", &mut disable, &advice)
}

/// Returns the packages whose services must be prevented from starting.
fn services<'a>(packages: &[&'a str]) -> Vec<&'a str> {
    packages.iter().copied().filter(|package| SERVICES.contains(package)).collect()
}

/// The test of systemd's `sd_booted`.
fn systemd_runs() -> bool {
    Path::new("/run/systemd/system").is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_missing_is_stopped() {
        assert_eq!(services(&["chromium", "nginx"]), ["nginx"]);
        assert_eq!(services(&["chromium"]), [""; 0]);
    }
}
