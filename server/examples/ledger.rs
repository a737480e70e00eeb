//! A ledger that books every amount exactly once, even after a crash: the transaction that books an amount also
//! commits the position in the session. Arguments: the address of a PostgreSQL database, and a port.

use axum::{Router, extract::State, response::Response, routing::any};
use sqlx::{Executor, PgPool, raw_sql};
use std::env::args;
use steady_websocket_server::store::{PositionError, Postgres, commit_position};
use steady_websocket_server::{Limits, Received, Session, SessionUpgrade, Sessions};
use tokio::net::TcpListener;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS amounts (id bigserial PRIMARY KEY, amount text NOT NULL)";

async fn join(upgrade: SessionUpgrade, State((sessions, pool)): State<(Sessions, PgPool)>) -> Response {
    upgrade.accept(&sessions, |session| keep(session, pool))
}

async fn keep(mut session: Session, pool: PgPool) {
    while let Some(received) = session.receive().await {
        loop {
            match book(&received, &pool).await {
                // Already committed: the answer to the first attempt was lost.
                Ok(()) | Err(PositionError::Committed) => break,
                // Another node has taken the session over. Clients without sessions have no position and are not
                // served.
                Err(PositionError::Stale) => return,
                Err(PositionError::Database(error)) => eprintln!("{error}; retrying"),
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        if received.handled().is_err() {
            return;
        }
    }
}

async fn book(received: &Received, pool: &PgPool) -> Result<(), PositionError> {
    let mut transaction = pool.begin().await?;
    sqlx::query("INSERT INTO amounts (amount) VALUES ($1)")
        .bind(received.message().as_text())
        .execute(&mut *transaction)
        .await?;
    commit_position(&mut transaction, received).await?;
    transaction.commit().await?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let database =
        args().nth(1).ok_or("the first argument must be the address of a database: postgres://…")?;
    let listener =
        TcpListener::bind(format!("127.0.0.1:{}", args().nth(2).as_deref().unwrap_or("8080"))).await?;
    let pool = PgPool::connect(&database).await?;
    pool.execute(raw_sql(TABLE)).await?;
    let store = Postgres::new(pool.clone());
    store.create_tables().await?;
    println!("ws://{}/", listener.local_addr()?);
    let state = (Sessions::new(store, Limits::default())?, pool);
    Ok(axum::serve(listener, Router::new().route("/", any(join)).with_state(state)).await?)
}
