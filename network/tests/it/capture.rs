//! Wireshark's decoder reads the captures.

use crate::support::{ms, open, run};
use std::process::Command;
use steady_network::{Network, Options};

/// A line for each packet, with these fields.
fn decode(network: &Network, name: &str, fields: &[&str]) -> Vec<Vec<String>> {
    let file = std::env::temp_dir().join(format!("steady-network-{}-{name}.pcapng", std::process::id()));
    std::fs::write(&file, network.wire().pcapng()).unwrap();
    let mut tshark = Command::new("tshark");
    // tshark validates checksums only on request.
    tshark.args(["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-T", "fields"]);
    tshark.arg("-r").arg(&file);
    for field in fields {
        tshark.args(["-e", field]);
    }
    let output = tshark.output().expect("tshark: `cargo xtask setup` installs it");
    std::fs::remove_file(&file).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "the set-up installs tshark on Linux only")]
fn tshark_decodes_the_handshake_and_the_frames() {
    let (mut network, id) = open(Options { latency: ms(10), ..Options::default() });
    network.send(id, "Hello").unwrap();
    run(&mut network, ms(100));
    network.peer(id).unwrap().write(&[0x01, 1, b'a', 0x89, 0, 0x80, 1, b'b']).unwrap();
    run(&mut network, ms(200));
    network.close(id, Some(3000), "bye").unwrap();
    run(&mut network, ms(5000));
    let fields = ["http.request.method", "http.response.code", "websocket.opcode", "websocket.payload.text"];
    let rows = decode(&network, "life", &fields);
    let column = |index: usize| -> Vec<&str> {
        rows.iter().map(|row| row[index].as_str()).filter(|cell| !cell.is_empty()).collect()
    };
    assert_eq!(column(0), ["GET"]);
    assert_eq!(column(1), ["101"]);
    // Hello; the fragments with a ping between; the pong; the two Close frames.
    assert_eq!(column(2), ["1", "1,9,0", "10", "8", "8"]);
    assert_eq!(column(3)[0], "Hello");
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "the set-up installs tshark on Linux only")]
fn tshark_finds_nothing_wrong_with_the_segments() {
    let options = Options { latency: ms(1), buffer: 2000, bandwidth: Some(100_000), ..Options::default() };
    let (mut network, id) = open(options);
    network.send(id, "x".repeat(10_000)).unwrap();
    network.peer(id).unwrap().send("y".repeat(10_000)).unwrap();
    run(&mut network, ms(5000));
    network.peer(id).unwrap().reset().unwrap();
    run(&mut network, ms(9000));
    let fields = ["tcp.flags.str", "tcp.checksum.status", "ip.checksum.status", "tcp.analysis.flags"];
    let rows = decode(&network, "segments", &fields);
    for row in &rows {
        assert_eq!((row[1].as_str(), row[2].as_str()), ("1", "1"), "{row:?}");
        assert_eq!(row[3], "", "{row:?}");
    }
    let flags: Vec<&str> = rows.iter().map(|row| row[0].trim_matches('·')).collect();
    assert_eq!(flags[..3], ["S·", "A··S·", "A····"].map(|flag| flag.trim_matches('·')));
    assert!(flags.last().unwrap().contains('R'), "{flags:?}");
}
