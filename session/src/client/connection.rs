//! Events of a connection at the client.

use super::{Client, Credentials, State};
use crate::effect::{Connection, Effect, Event};
use crate::frame::Frame;
use crate::limits::Millis;
use crate::loss::{Loss, close_codes};
use crate::parse::parse;

impl<P: Clone> Client<P> {
    pub(super) fn message(&mut self, on: Connection, cost: u64) {
        match self.state {
            // The first message is not a hello: the server has no sessions, and this is its message.
            State::Greeting { on: present, .. } if present == on => self.plain_message(on),
            State::Gated { on: present }
            | State::Asking { on: present, .. }
            | State::Plain { on: present }
                if present == on =>
            {
                self.effects.push_back(Effect::Own(on));
            }
            State::Live { on: present } if present == on => match self.counts.receiver.message(cost.max(1)) {
                Ok(number) => {
                    self.trouble = None;
                    // After close() the application receives nothing.
                    if !self.closing {
                        self.effects.push_back(Effect::Deliver(number));
                    }
                }
                Err(loss) => self.lose(loss),
            },
            _ => {}
        }
    }

    pub(super) fn control(&mut self, now: Millis, on: Connection, text: &str) {
        let frame = parse(text);
        match self.state {
            State::Greeting { on: present, .. } if present == on => match frame {
                Ok(Frame::Hello { .. }) => {
                    self.state = State::Gated { on };
                    if self.ready {
                        self.ask_for_session(now, on);
                    }
                }
                // A text of a server without sessions that begins with U+0010, or of a later version.
                _ => self.plain_message(on),
            },
            State::Asking { on: present, .. } if present == on => match frame {
                Ok(frame) => self.answered(now, on, frame),
                Err(_) => self.lose(Loss::Frame),
            },
            State::Live { on: present } if present == on => match frame {
                Ok(frame) => self.frame(on, frame),
                Err(_) => self.lose(Loss::Frame),
            },
            State::Gated { on: present } if present == on => self.lose(Loss::Frame),
            // A hello that was late, or a text that was never escaped.
            State::Plain { on: present } if present == on && !matches!(frame, Ok(Frame::Hello { .. })) => {
                self.effects.push_back(Effect::Own(on));
            }
            _ => {}
        }
    }

    fn plain_message(&mut self, on: Connection) {
        self.plain(on);
        if matches!(self.state, State::Plain { .. }) {
            self.effects.push_back(Effect::Own(on));
        }
    }

    /// Handles the answer to an open or a resume.
    fn answered(&mut self, now: Millis, on: Connection, frame: Frame) {
        match (frame, self.credentials) {
            (Frame::Welcome { id, secret, nonce, life, window }, None) => {
                self.credentials = Some(Credentials { id, secret, nonce, attempts: 0 });
                self.counts.sender.begin(window);
                self.state = State::Live { on };
                self.fire(Event::New { life });
                self.send_close_if_closing(now, on);
            }
            (Frame::Resumed { secret, nonce, received, window }, Some(known)) => {
                if let Err(loss) = self.counts.sender.rewind(received, window) {
                    return self.lose(loss);
                }
                self.credentials = Some(Credentials { secret, nonce, ..known });
                self.state = State::Live { on };
                // The first acknowledgement also shows the server that its keys have arrived.
                self.counts.receiver.ask();
                let sender = &self.counts.sender;
                let replayed = sender.sent() - received;
                let unacknowledged = sender.sent() - sender.acked();
                self.fire(Event::Resumed { replayed, unacknowledged });
                self.send_close_if_closing(now, on);
            }
            (Frame::Refused { why, handled }, _) => self.refused(on, why, handled),
            _ => self.lose(Loss::Frame),
        }
    }

    fn send_close_if_closing(&mut self, now: Millis, on: Connection) {
        if self.closing {
            self.send_close(now, on);
        }
    }

    fn frame(&mut self, on: Connection, frame: Frame) {
        match frame {
            Frame::Ack { handled, credit, sent } => {
                let before = self.counts.sender.acked();
                match self.counts.acknowledged(handled, credit, sent) {
                    Ok(fates) => self.effects.extend(fates),
                    Err(loss) => return self.lose(loss),
                }
                if self.counts.sender.acked() > before {
                    self.trouble = None;
                }
            }
            Frame::Skip(count) => {
                if let Err(loss) = self.counts.receiver.skip(count) {
                    self.lose(loss);
                }
            }
            Frame::Ask => self.counts.receiver.ask(),
            Frame::Ping => {
                self.counts.receiver.ask_if_owed();
                self.write(on, Frame::Pong);
            }
            Frame::Pong => {
                self.counts.receiver.ask_if_owed();
                self.fire(Event::Pong);
            }
            Frame::Bye => self.closed_by_server(on),
            Frame::Refused { why, handled } => self.refused(on, why, handled),
            _ => self.lose(Loss::Frame),
        }
    }

    pub(super) fn disconnected(&mut self, on: Connection, code: u16) {
        let (State::Greeting { on: present, .. }
        | State::Gated { on: present }
        | State::Asking { on: present, .. }
        | State::Live { on: present }) = self.state
        else {
            return;
        };
        if present != on {
            return;
        }
        let asked = matches!(self.state, State::Asking { .. } | State::Live { .. });
        self.state = State::Detached;
        match code {
            close_codes::COUNTS..=close_codes::STORE if asked => self.lose(Loss::Peer(code)),
            // A network failure, a restart or an overloaded server: neither end is at fault.
            1000 | 1001 | 1005 | 1006 | 1012 | 1013 => {}
            _ if !asked => {}
            _ if self.trouble == Some(code) => self.lose(Loss::Repeated(code)),
            _ => self.trouble = Some(code),
        }
    }
}
