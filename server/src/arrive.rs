//! Opens or resumes the session of a new connection.

use crate::authorize::{Authorize, Denied, Identity, Opening, OpeningKind};
use crate::connection::{self, RESTART};
use crate::counters::count;
use crate::driver::drive;
use crate::hub::{Hub, Place, fresh, hash, random_bits};
use crate::message::Message;
use crate::outlet::Outlet;
use crate::plain::Plain;
use crate::plain_connection;
use crate::session::Session;
use crate::shared::{Handler, Shared};
use crate::store::{Failure, Record};
use crate::transport::{Packet, Transport};
use futures_util::{SinkExt, StreamExt};
use std::future::Future;
use std::sync::Arc;
use steady_session::{
    Bits, Frame, Incoming, Refusal, Resume, STORE_WITHIN, Server, ServerInput, StoreError, close_codes,
    incoming, parse,
};
use tokio::time::timeout;

/// Close code: the client is not allowed to have a session.
const POLICY: u16 = 1008;

/// Close code: the server is full, or its store is unavailable.
const TRY_AGAIN: u16 = 1013;

/// Close code: internal error.
const INTERNAL: u16 = 1011;

/// The most messages that a client may send before it opens or resumes a session.
const OWN_MESSAGES: usize = 16;

/// A connection's request, sub-protocol and handlers.
pub(crate) struct Accepted {
    pub(crate) hub: Arc<Hub>,
    /// Whether the handshake selected a session.
    pub(crate) session: bool,
    pub(crate) request: http::request::Parts,
    pub(crate) protocol: String,
    pub(crate) authorize: Authorize,
    pub(crate) handler: Handler,
}

/// The frame to send and the close code for a connection that gets no session.
struct Rejection(Option<Frame>, u16);

impl Rejection {
    const fn frame(why: Refusal) -> Self {
        Self(Some(Frame::Refused { why, handled: None }), 1000)
    }

    const fn code(code: u16) -> Self {
        Self(None, code)
    }
}

/// Runs a connection until it ends.
///
/// The transport has a place of its own, where every phase uses it, and so has what only the first phase needs: a
/// connection in use has no space for it.
pub(crate) async fn serve<T: Transport>(transport: T, accepted: Box<Accepted>) {
    let hub = accepted.hub.clone();
    let mut transport = Box::new(transport);
    if !accepted.session {
        return Box::pin(serve_plain(hub, *transport, accepted)).await;
    }
    let on = hub.connection();
    let outlet = Outlet::new(&hub.limits);
    if let Some(shared) = Box::pin(open(hub, &mut *transport, accepted, on, outlet.clone())).await {
        connection::run(&mut *transport, &shared, on, outlet).await;
    }
}

/// Opens or resumes the session of a connection. Closes the connection if it gets none.
async fn open<T: Transport>(
    hub: Arc<Hub>,
    transport: &mut T,
    accepted: Box<Accepted>,
    on: u32,
    outlet: Outlet,
) -> Option<Arc<Shared>> {
    hub.start();
    count(&hub.tally.connections);
    let Accepted { request, protocol, authorize, handler, .. } = *accepted;
    let asked = ask(&hub, transport, request, authorize);
    let admitted = match authorized(&hub, asked).await {
        Ok((wish, identity)) => {
            admit(&hub, Admission { wish, identity, protocol, handler }, on, outlet).await
        }
        Err(rejection) => Err(rejection),
    };
    match admitted {
        Ok(shared) => Some(shared),
        Err(rejection) => {
            reject(&hub, transport, rejection).await;
            None
        }
    }
}

/// Waits for a client's authorization, within the limits for connections that do not have it.
async fn authorized<T>(hub: &Hub, asked: impl Future<Output = Result<T, Rejection>>) -> Result<T, Rejection> {
    if hub.is_stopping() {
        return Err(Rejection::code(RESTART));
    }
    let Ok(_permit) = hub.unopened.try_acquire() else {
        count(&hub.tally.crowded);
        return Err(Rejection::code(TRY_AGAIN));
    };
    timeout(hub.limits.open_within, asked).await.unwrap_or(Err(Rejection::code(POLICY)))
}

/// Calls the `authorize` hook.
async fn identify(hub: &Hub, authorize: &Authorize, opening: Opening) -> Result<Identity, Rejection> {
    authorize.ask(opening).await.map_err(|Denied| {
        count(&hub.tally.denied);
        Rejection::code(POLICY)
    })
}

/// Closes a rejected connection.
async fn reject<T: Transport>(hub: &Hub, transport: &mut T, Rejection(frame, code): Rejection) {
    if frame.is_some() {
        count(&hub.tally.refused);
    }
    tracing::debug!(code, refused = ?frame, "connection rejected");
    connection::refuse(transport, frame, code).await;
}

/// Runs a connection that did not negotiate sessions until it ends.
async fn serve_plain<T: Transport>(hub: Arc<Hub>, mut transport: T, accepted: Box<Accepted>) {
    let Accepted { request, protocol, authorize, handler, .. } = *accepted;
    let opening = Opening { request, messages: Vec::new(), kind: OpeningKind::Plain };
    let identity = authorized(&hub, identify(&hub, &authorize, opening)).await;
    match identity.and_then(|identity| admit_plain(&hub, identity, protocol)) {
        Ok((plain, _place)) => {
            tokio::spawn(handler(Session::plain(plain.clone())));
            plain_connection::run(transport, &plain).await;
        }
        Err(rejection) => reject(&hub, &mut transport, rejection).await,
    }
}

/// Takes a place for a client without sessions.
fn admit_plain(
    hub: &Arc<Hub>,
    identity: Identity,
    protocol: String,
) -> Result<(Arc<Plain>, Place), Rejection> {
    let id = random_bits().map_err(|_| Rejection::code(INTERNAL))?;
    let full = || Rejection::code(if hub.is_stopping() { RESTART } else { TRY_AGAIN });
    let place = hub.add_plain(&identity).ok_or_else(full)?;
    Ok((Plain::new(id, identity, protocol, hub.clone()), place))
}

/// A client's open or resume.
enum Wish {
    Open { window: u64 },
    Resume { id: Bits, secret: Bits, nonce: Bits, attempt: u64, received: u64, window: u64 },
}

/// Sends the hello, waits for an open or resume, and calls the `authorize` hook.
async fn ask<T: Transport>(
    hub: &Hub,
    transport: &mut T,
    request: http::request::Parts,
    authorize: Authorize,
) -> Result<(Wish, Identity), Rejection> {
    let gone = Rejection::code(1000);
    let hello = Server::<Message>::hello(&hub.limits.config());
    if transport.send(Packet::Text(hello.to_string().into())).await.is_err() {
        return Err(gone);
    }
    let mut messages = Vec::new();
    let mut size = 0;
    let wish = loop {
        let message = match transport.next().await {
            Some(Ok(Packet::Text(text))) => match incoming(&text) {
                Incoming::Control(frame) => break wish(frame).ok_or(Rejection::code(close_codes::FRAME))?,
                Incoming::Data(data) => Message::Text(text.slice_ref(data)),
            },
            Some(Ok(Packet::Binary(data))) => Message::Binary(data),
            Some(Ok(Packet::Ping | Packet::Other)) => continue,
            Some(Ok(Packet::Close(..)) | Err(_)) | None => return Err(gone),
        };
        size += message.as_bytes().len();
        messages.push(message);
        if messages.len() > OWN_MESSAGES || size > hub.limits.message {
            return Err(Rejection::code(POLICY));
        }
    };
    let opening = Opening { request, messages, kind: wish.kind() };
    Ok((wish, identify(hub, &authorize, opening).await?))
}

impl Wish {
    const fn kind(&self) -> OpeningKind {
        match self {
            Self::Open { .. } => OpeningKind::New,
            Self::Resume { .. } => OpeningKind::Resume,
        }
    }
}

fn wish(frame: &str) -> Option<Wish> {
    match parse(frame) {
        Ok(Frame::Open { window }) => Some(Wish::Open { window }),
        Ok(Frame::Resume { id, secret, nonce, attempt, received, window }) => {
            Some(Wish::Resume { id, secret, nonce, attempt, received, window })
        }
        _ => None,
    }
}

/// A client that the `authorize` hook accepted.
struct Admission {
    wish: Wish,
    identity: Identity,
    protocol: String,
    handler: Handler,
}

/// Opens a session, or finds the one to resume.
async fn admit(
    hub: &Arc<Hub>,
    admission: Admission,
    on: u32,
    outlet: Outlet,
) -> Result<Arc<Shared>, Rejection> {
    if hub.is_stopping() {
        return Err(Rejection::code(RESTART));
    }
    let Admission { wish, identity, protocol, handler } = admission;
    let random = |_| Rejection::code(INTERNAL);
    let fresh = fresh().map_err(random)?;
    let owner = hash(identity.as_str().as_bytes());
    match wish {
        Wish::Open { window } => {
            if !hub.store.answers().await {
                return Err(Rejection::code(TRY_AGAIN));
            }
            if !hub.has_room() {
                return Err(Rejection::frame(Refusal::Full));
            }
            let id = random_bits().map_err(random)?;
            let machine = Server::open(hub.limits.config(), hash, on, window, owner, id, fresh);
            let shared = Shared::new(hub.clone(), machine, identity, protocol, false, handler);
            if !hub.insert(&shared, true) {
                return Err(Rejection::frame(Refusal::Full));
            }
            shared.state().attach(on, outlet);
            // Produces the write that creates the session.
            let _ = shared.step(ServerInput::Tick);
            tokio::spawn(drive(shared.clone()));
            Ok(shared)
        }
        Wish::Resume { id, secret, nonce, attempt, received, window } => {
            let resume = Resume { on, secret, nonce, attempt, received, window, identity: owner, fresh };
            let record = load(hub, id).await?;
            let present = hub.find(id);
            let overtaken = present.as_ref().zip(record.as_ref());
            let overtaken =
                overtaken.is_some_and(|(present, record)| present.state().machine.is_overtaken_by(record));
            let machine = match record {
                Some(record) => Some(
                    Server::restore(hub.limits.config(), hash, record)
                        .ok_or_else(|| corrupt(hub, id, "a number is out of range"))?,
                ),
                None => None,
            };
            match present {
                Some(present) if overtaken => {
                    let _ = present.step(ServerInput::StoreFailed(StoreError::Fenced));
                    hub.remove(&present);
                }
                Some(present) => {
                    present.resume(resume, outlet);
                    return Ok(present);
                }
                None => {}
            }
            let machine = machine.ok_or(Rejection::frame(Refusal::Unknown))?;
            let shared = Shared::new(hub.clone(), machine, identity, protocol, true, handler);
            shared.resume(resume, outlet);
            // Otherwise the resume was refused, or the client was informed how the session ended.
            let accepted = !shared.state().requests.is_empty();
            if !accepted || !hub.insert(&shared, false) {
                // The session never gets a task, which would do this at its end.
                shared.leave();
                return if accepted { Err(Rejection::code(TRY_AGAIN)) } else { Ok(shared) };
            }
            tokio::spawn(drive(shared.clone()));
            Ok(shared)
        }
    }
}

/// Loads the session from the store.
async fn load(hub: &Hub, id: Bits) -> Result<Option<Record>, Rejection> {
    match timeout(std::time::Duration::from_millis(STORE_WITHIN), hub.store.load(id)).await {
        Ok(Ok(Some(record))) if record.id != id => Err(corrupt(hub, id, "it is another session")),
        Ok(Ok(record)) => Ok(record),
        Ok(Err(Failure::Corrupt(what))) => Err(corrupt(hub, id, &what)),
        Ok(Err(_)) | Err(_) => Err(Rejection::code(TRY_AGAIN)),
    }
}

/// Rejects a resume whose stored session is invalid, and ends the session at this node.
fn corrupt(hub: &Hub, id: Bits, what: &str) -> Rejection {
    tracing::warn!(session = ?id, what, "stored session is invalid");
    if let Some(present) = hub.find(id) {
        // An answer of the store never fails.
        let _ = present.step(ServerInput::StoreFailed(StoreError::Gap));
    }
    Rejection(Some(Frame::Refused { why: Refusal::Store, handled: None }), close_codes::STORE)
}
