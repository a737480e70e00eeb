//! Independent programs: servers that the tests start on their own ports, and Wireshark's decoder.

use std::path::Path;

use super::debian;
use crate::error::Result;
use crate::proc;

/// The programs that `cargo xtask test` needs. Their packages have the same names.
pub const LIGHT: &[&str] = &["mosquitto", "nginx", "tshark"];

/// The programs that `cargo xtask interop` needs besides.
pub const JAVA: &[&str] =
    &["default-jdk-headless", "libjetty9-java", "libjetty9-extra-java", "libtomcat10-java"];

/// Installs these packages, or prints how to.
pub fn provide(packages: &[&'static str]) -> Result<()> {
    debian::provide(missing(packages))
}

/// Returns those that are missing.
pub fn missing(packages: &[&'static str]) -> Vec<&'static str> {
    packages.iter().copied().filter(|package| !is_there(package)).collect()
}

fn is_there(package: &str) -> bool {
    let jar = |name| Path::new("/usr/share/java").join(name).is_file();
    match package {
        "default-jdk-headless" => proc::which("javac").is_some(),
        "libjetty9-java" => jar("jetty9-server.jar"),
        "libjetty9-extra-java" => jar("jetty9-websocket-server.jar"),
        "libtomcat10-java" => jar("tomcat10-catalina.jar"),
        // Debian installs servers to a folder that is not on every PATH.
        program => proc::which(program).is_some() || Path::new("/usr/sbin").join(program).is_file(),
    }
}
