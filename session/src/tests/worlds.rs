//! The worlds: each small enough to be explored to closure.

use super::explore::explore;
use super::world::Budget;

const NONE: Budget = Budget {
    client_sends: 0,
    server_sends: 0,
    drops: 0,
    cuts: 0,
    crashes: 0,
    client_crashes: 0,
    nodes: 1,
    expiries: 0,
    tails: 0,
    closes: 0,
    endings: false,
    transactional: true,
};

#[test]
fn messages_both_ways() {
    explore("messages both ways", Budget { client_sends: 3, server_sends: 2, ..NONE }, 50_000);
}

#[test]
fn cut_links() {
    explore("cut links", Budget { client_sends: 1, server_sends: 1, cuts: 2, ..NONE }, 400_000);
}

#[test]
fn crashes_of_the_server() {
    explore("crashes", Budget { client_sends: 2, server_sends: 1, crashes: 1, ..NONE }, 50_000);
}

#[test]
fn crashes_and_cuts() {
    let budget = Budget { client_sends: 1, server_sends: 1, crashes: 2, cuts: 1, ..NONE };
    explore("crashes and cuts", budget, 400_000);
}

#[test]
fn effects_that_do_not_survive() {
    let budget =
        Budget { client_sends: 2, server_sends: 1, crashes: 1, cuts: 1, transactional: false, ..NONE };
    explore("effects without transaction", budget, 400_000);
}

#[test]
fn expiry() {
    let budget = Budget { client_sends: 1, server_sends: 1, cuts: 1, expiries: 1, endings: true, ..NONE };
    explore("expiry", budget, 50_000);
}

#[test]
fn a_client_that_crashes() {
    let budget = Budget {
        client_sends: 1,
        server_sends: 2,
        cuts: 1,
        client_crashes: 1,
        expiries: 1,
        endings: true,
        ..NONE
    };
    explore("client crash", budget, 400_000);
}

#[test]
fn expiry_at_a_node_that_was_overtaken() {
    let budget = Budget { client_sends: 1, cuts: 2, nodes: 2, expiries: 1, endings: true, ..NONE };
    explore("expiry and takeover", budget, 1_500_000);
}

#[test]
fn takeover_back_and_forth() {
    let budget = Budget { client_sends: 1, cuts: 2, nodes: 2, ..NONE };
    explore("takeover back and forth", budget, 1_500_000);
}

#[test]
fn takeover_by_another_node() {
    let budget = Budget { client_sends: 1, server_sends: 1, cuts: 1, nodes: 2, ..NONE };
    explore("takeover", budget, 50_000);
}

#[test]
fn a_store_that_loses_its_tail() {
    let budget = Budget { client_sends: 1, server_sends: 1, cuts: 1, tails: 1, ..NONE };
    explore("lost tail", budget, 50_000);
}

#[test]
fn dropped_messages() {
    let budget = Budget { client_sends: 1, server_sends: 2, drops: 1, cuts: 1, ..NONE };
    explore("dropped messages", budget, 400_000);
}

#[test]
fn closing_by_both() {
    let budget = Budget { client_sends: 1, server_sends: 1, closes: 2, endings: true, ..NONE };
    explore("closing by both", budget, 50_000);
}

#[test]
fn closing_over_cut_links() {
    let budget = Budget { client_sends: 1, server_sends: 1, closes: 1, endings: true, cuts: 1, ..NONE };
    explore("closing over cut links", budget, 50_000);
}

#[test]
fn a_crash_and_a_lost_tail() {
    let budget = Budget { client_sends: 1, server_sends: 1, crashes: 1, tails: 1, ..NONE };
    explore("crash and lost tail", budget, 50_000);
}
