//! The task of one session: it sends, and receives, until the session ends.

use crate::account::{Account, Accounts};
use crate::chance::Chance;
use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use steady_websocket_server::{Message, Session};

/// From so many on there are few more.
const MOST_MESSAGES: usize = 300;
const FILLERS: [&str; 4] = ["x", "ä", "漢", "🦀"];

/// Serves one session. Its application sends when the client has sent: if the welcome was lost, no client knows of the
/// session, and it expires.
pub async fn run(session: Session, accounts: Accounts, id: String, large: bool) {
    let mut status = session.status();
    let (sink, mut stream) = session.split();
    let Some(message) = stream.next().await else { return };
    let account = accounts.open(&id);
    account.received(&message);
    let first = account.count();
    let sending = tokio::spawn(send(sink, account.clone(), Chance::new(&id), large));
    while let Some(message) = stream.next().await {
        account.received(&message);
    }
    // It fails when the session is over.
    let _ = sending.await;
    let ended = status.wait_for(|status| status.end.is_some()).await;
    if let Some(end) = ended.ok().and_then(|status| status.end.clone()) {
        account.ended(first, end.reason, &end.fates);
    }
}

/// Sends messages until the page has enough of them; then holds its half, since a session ends with both.
async fn send(
    mut sink: SplitSink<Session, Message>,
    account: Account,
    mut chance: Chance,
    large: bool,
) -> SplitSink<Session, Message> {
    let mut stopped = account.stopped();
    'all: while !*stopped.borrow_and_update() {
        let many = account.count() >= MOST_MESSAGES;
        for _ in 0..if many { 1 } else { chance.between(1, 5) } {
            let message = make(account.count(), &mut chance, large);
            if sink.send(message.clone()).await.is_err() {
                break 'all;
            }
            account.sent(&message);
        }
        let pause = Duration::from_millis(if many { 200 } else { chance.between(1, 12) });
        // It is over with the run.
        let _ = tokio::time::timeout(pause, stopped.changed()).await;
    }
    account.silent();
    sink
}

/// Returns message `number`. Its size is as the page's messages'.
fn make(number: usize, chance: &mut Chance, large: bool) -> Message {
    let (least, most) = match chance.between(0, if large { 7 } else { 3 }) {
        0 | 1 => (0, 100),
        2 => (100, 5_000),
        3 => (5_000, 70_000),
        _ => (200_000, 1_000_000),
    };
    let size = usize::try_from(chance.between(least, most)).unwrap_or_default();
    if chance.between(0, 4) < 3 {
        let place = chance.between(0, 3);
        let filler =
            FILLERS.iter().cycle().nth(usize::try_from(place).unwrap_or_default()).copied().unwrap_or("x");
        return Message::from(format!("{number} {}", filler.repeat(size.div_ceil(filler.len()))));
    }
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    let mut data = number.to_be_bytes().to_vec();
    data.resize(size.max(4), number.to_le_bytes()[0]);
    Message::from(data)
}
