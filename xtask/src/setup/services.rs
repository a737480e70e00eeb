//! Independent programs: servers that the tests start on their own ports, and Wireshark's decoder.

use std::path::Path;

use super::debian;
use crate::error::Result;
use crate::proc;

/// What `cargo xtask test` needs: programs, whose packages have their names.
pub const LIGHT: &[&str] = &["mosquitto", "nginx", "postgresql", "redis-server", "tshark"];

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
        // Its programs lie in a folder of their version.
        "postgresql" => proc::which("initdb").is_some() || Path::new("/usr/lib/postgresql").is_dir(),
        // Debian puts servers where not everybody's PATH leads.
        program => proc::which(program).is_some() || Path::new("/usr/sbin").join(program).is_file(),
    }
}
