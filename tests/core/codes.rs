//! The close codes, compared with DESIGN.md.

use super::api::*;
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn the_codes_that_stop() {
    let design = "1000, 1002, 1003, 1007, 1008, 1009, 1010, 3000, 3003";
    for code in 0..=u16::MAX {
        let stops = design.split(", ").any(|word| word == code.to_string()) || (4400..=4499).contains(&code);
        let row = close_code(code);
        assert_eq!(row.retried, !stops, "{code}");
        assert!(!row.name.is_empty() && !row.meaning.is_empty() && row.first <= code && code <= row.last);
        // A script in a page may send exactly the codes that close() accepts.
        let page = close_arguments(Some(code), 0).is_ok();
        assert_eq!(row.sender == CodeSender::Anyone, page, "{code}");
    }
}

#[test]
fn one_row_says_what_the_registry_says() {
    for (code, name) in [
        (1000, "Normal Closure"),
        (1001, "Going Away"),
        (1006, "Abnormal Closure"),
        (1012, "Service Restart"),
        (1013, "Try Again Later"),
        (1015, "TLS Handshake"),
        (3000, "Unauthorized"),
        (3003, "Forbidden"),
        (3008, "Timeout"),
    ] {
        assert_eq!(close_code(code).name, name);
        assert_eq!((close_code(code).first, close_code(code).last), (code, code));
    }
}

/// Each rule of a configuration, just inside and just outside its bound.
#[test]
fn a_configuration_names_the_field_and_the_rule() {
    type Change = fn(&mut Config);
    fn s(config: &mut Config) -> &mut SteadyConfig {
        config.steady.get_or_insert_default()
    }
    let cases: &[(&str, Change, Change)] = &[
        ("flow.low", |c| c.flow.low = c.flow.high, |c| c.flow.low = c.flow.high + 1),
        ("connect_timeout", |c| s(c).connect_timeout = LONGEST, |c| s(c).connect_timeout = LONGEST + 1),
        ("connect_timeout", |c| s(c).connect_timeout = 1, |c| s(c).connect_timeout = 0),
        ("close_timeout", |c| s(c).close_timeout = 1, |c| s(c).close_timeout = 0),
        ("retry.first", |c| s(c).retry.first = 1, |c| s(c).retry.first = 0),
        ("retry.first", |c| s(c).retry.first = 30_000, |c| s(c).retry.first = 30_001),
        ("retry.ceiling", |c| s(c).retry.ceiling = LONGEST, |c| s(c).retry.ceiling = LONGEST + 1),
        ("retry.growth", |c| s(c).retry.growth = 100, |c| s(c).retry.growth = 99),
        ("retry.floor", |c| s(c).retry.floor = 30_000, |c| s(c).retry.floor = 30_001),
        (
            "retry.stable_after",
            |c| s(c).retry.stable_after = LONGEST,
            |c| {
                s(c).retry.stable_after = LONGEST + 1;
            },
        ),
        (
            "retry.restart_floor",
            |c| s(c).retry.restart_floor = LONGEST,
            |c| {
                s(c).retry.restart_floor = LONGEST + 1;
            },
        ),
        ("retry.busy_floor", |c| s(c).retry.busy_floor = LONGEST, |c| s(c).retry.busy_floor = LONGEST + 1),
        ("queue.lifetime", |c| s(c).queue.lifetime = Some(1), |c| s(c).queue.lifetime = Some(0)),
        (
            "heartbeat.interval",
            |c| s(c).heartbeat = Some(HeartbeatConfig { interval: 1, timeout: 1 }),
            |c| s(c).heartbeat = Some(HeartbeatConfig { interval: 0, timeout: 1 }),
        ),
        (
            "heartbeat.timeout",
            |c| s(c).heartbeat = Some(HeartbeatConfig { interval: 1, timeout: LONGEST }),
            |c| s(c).heartbeat = Some(HeartbeatConfig { interval: 1, timeout: LONGEST + 1 }),
        ),
    ];
    let mut numbers = BTreeMap::new();
    for (field, inside, outside) in cases {
        let mut config = Config::steady();
        inside(&mut config);
        assert_eq!(config.check(), Ok(()), "{field}");
        outside(&mut config);
        let error = config.check().expect_err(field);
        assert_eq!(error.field, *field);
        assert!(error.rule.starts_with("must "), "{}", error.rule);
        numbers.insert(error.number, (error.field, error.rule));
        assert_eq!(Machine::<()>::new(config, 0).err(), Some(error));
    }
    // `src/js/options.js` uses the same numbers.
    let rules: BTreeSet<_> = numbers.values().collect();
    assert_eq!((numbers.keys().copied().collect(), rules.len()), ((0..14).collect::<Vec<u8>>(), 14));
}
