//! The application of the nodes behind nginx: it sends messages of its own while it handles the client's.
//!
//! It writes a journal, which survives the process: one line for each message that `send` accepted, and
//! one for each that is being handled, with the process.

use futures_util::SinkExt;
use sqlx::{PgConnection, PgPool};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use steady_websocket_server::store::{PositionError, commit_position};
use steady_websocket_server::{Received, Session};
use tokio::time::{MissedTickBehavior, interval, sleep};

/// The client's last message: then the application closes the session.
pub const LAST: &str = "last";

/// The messages that are sent at once.
const BATCH: u64 = 8;

pub const TABLE: &str =
    "CREATE TABLE booked (id bigserial PRIMARY KEY, session text, number int8, text text)";

/// Opens a journal, which others write, too.
pub fn open(journal: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(journal).unwrap()
}

/// Writes lines in one piece, between those of others.
pub fn write(mut journal: &File, lines: &str) {
    assert_eq!(journal.write(lines.as_bytes()).unwrap(), lines.len());
}

#[derive(Clone)]
pub struct App {
    journal: Arc<File>,
    /// The database in which each message is booked, in the transaction that commits its position.
    pool: Option<PgPool>,
}

impl App {
    pub fn new(journal: &Path, pool: Option<PgPool>) -> Self {
        Self { journal: Arc::new(open(journal)), pool }
    }

    fn write(&self, lines: &str) {
        write(&self.journal, lines);
    }

    /// The handler of a session.
    pub async fn run(self, mut session: Session) {
        let mut rounds = interval(Duration::from_millis(5));
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Adopted with the session: what was accepted at another node, and survived it.
        let mut accepted = session.stats().accepted;
        let mut is_last = false;
        while !is_last {
            tokio::select! {
                received = session.receive() => {
                    let Some(received) = received else { return };
                    is_last = received.message().as_text() == Some(LAST);
                    if !self.handle(&session, received).await {
                        return;
                    }
                }
                _ = rounds.tick() => {
                    if !self.send(&mut session, &mut accepted).await {
                        return;
                    }
                }
            }
        }
        // Everything that was accepted is handled first, unless another node has taken over: then that one closes.
        let _ = session.close().await;
    }

    /// Sends messages that say their own numbers. Returns whether they were accepted.
    async fn send(&self, session: &mut Session, accepted: &mut u64) -> bool {
        let mut lines = String::new();
        for _ in 0..BATCH {
            *accepted += 1;
            if session.feed(accepted.to_string().into()).await.is_err() {
                return false;
            }
            lines += &format!("sent {} {accepted}\n", session.id());
        }
        // Until then they survive no crash, and `send` would not have returned.
        let is_stored = session.flush().await.is_ok();
        if is_stored {
            self.write(&lines);
        }
        is_stored
    }

    async fn handle(&self, session: &Session, received: Received) -> bool {
        let (id, number) = (session.id(), received.number());
        let text = received.message().as_text().unwrap().to_owned();
        self.write(&format!("handled {id} {number} {} {text}\n", std::process::id()));
        if let Some(pool) = &self.pool {
            let booking = Booking { id: id.to_string(), number: number as i64, text };
            while let Err(error) = booking.commit(&received, pool).await {
                match error {
                    PositionError::Committed => break,
                    PositionError::Stale => return false,
                    // The database is away.
                    PositionError::Database(_) => sleep(Duration::from_millis(20)).await,
                }
            }
        }
        received.handled().is_ok()
    }
}

struct Booking {
    id: String,
    number: i64,
    text: String,
}

impl Booking {
    async fn commit(&self, received: &Received, pool: &PgPool) -> Result<(), PositionError> {
        let mut transaction = pool.begin().await?;
        self.insert(&mut transaction).await?;
        commit_position(&mut transaction, received).await?;
        Ok(transaction.commit().await?)
    }

    async fn insert(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let insert = "INSERT INTO booked (session, number, text) VALUES ($1, $2, $3)";
        let query = sqlx::query(insert).bind(&self.id).bind(self.number).bind(&self.text);
        query.execute(connection).await.map(drop)
    }
}
