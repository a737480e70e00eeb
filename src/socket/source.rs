//! Sources of addresses and sub-protocols: fixed, or a provider called at each attempt.

use super::abort_on_drop::AbortOnDrop;
use super::error::OpenError;
use crate::core;
use crate::web::platform::{NO_PROTOCOLS, NativeProtocols, native_protocols};
use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;

type Callback<T> = Box<dyn FnOnce(Option<T>)>;

/// A source of an address or of sub-protocols.
pub(super) trait Source<T> {
    /// Calls back with the value, now or later; with `None` if the provider fails.
    fn get(&self, then: Callback<T>);
    /// Cancels a pending answer.
    fn release(&self);
    /// Returns whether the value is always the same.
    fn is_fixed(&self) -> bool;
    /// Sets what the sub-protocols become before they are offered.
    #[cfg(feature = "session")]
    fn set_offer(&self, _offer: Offer) {}
}

/// Makes the sub-protocols to offer of the application's.
#[cfg(feature = "session")]
pub(super) type Offer = Rc<dyn Fn(Vec<String>) -> Vec<String>>;

/// The address and the sub-protocols of an attempt.
pub(super) type Target = (String, CheckedProtocols);

pub(super) struct FixedSource<T>(pub(super) T);

impl<T: Clone> Source<T> for FixedSource<T> {
    fn get(&self, then: Callback<T>) {
        then(Some(self.0.clone()));
    }

    fn release(&self) {}

    fn is_fixed(&self) -> bool {
        true
    }
}

pub(super) struct ProviderSource<F> {
    ask: F,
    /// The provider's pending future.
    task: Cell<Option<AbortOnDrop>>,
    /// Counts calls and releases.
    turn: Cell<u32>,
}

impl<F> ProviderSource<F> {
    pub(super) fn new(ask: F) -> Self {
        Self { ask, task: Cell::default(), turn: Cell::default() }
    }

    fn turn(&self) -> u32 {
        self.turn.set(self.turn.get().wrapping_add(1));
        self.turn.get()
    }
}

impl<T, F, A> Source<T> for ProviderSource<F>
where
    T: 'static,
    F: Fn() -> A,
    A: Future<Output: Provided<T>> + 'static,
{
    fn get(&self, then: Callback<T>) {
        let turn = self.turn();
        let answer = (self.ask)();
        let task = AbortOnDrop::new(async move { then(answer.await.provided()) });
        // The provider may have ended the attempt.
        if self.turn.get() == turn {
            let _former = self.task.replace(Some(task));
        }
    }

    fn release(&self) {
        self.turn();
        let _task = self.task.take();
    }

    fn is_fixed(&self) -> bool {
        false
    }
}

/// Sub-protocols for the platform, or why they are invalid.
pub(super) type CheckedProtocols = Result<NativeProtocols, OpenError>;

/// A source of addresses without sub-protocols.
struct WithoutProtocols<S>(S);

impl<S: Source<String>> Source<Target> for WithoutProtocols<S> {
    fn get(&self, then: Callback<Target>) {
        self.0.get(Box::new(|url| then(url.map(|url| (url, Ok(NO_PROTOCOLS))))));
    }

    fn release(&self) {
        self.0.release();
    }

    fn is_fixed(&self) -> bool {
        self.0.is_fixed()
    }
}

/// An address with sub-protocols in place of its own.
struct WithProtocols<S> {
    address: Address,
    protocols: Rc<S>,
    #[cfg(feature = "session")]
    offer: std::cell::OnceCell<Offer>,
}

impl<S: Source<Vec<String>> + 'static> Source<Target> for WithProtocols<S> {
    fn get(&self, then: Callback<Target>) {
        let protocols = self.protocols.clone();
        #[cfg(feature = "session")]
        let offer = self.offer.get().cloned();
        #[cfg(feature = "session")]
        let checked = move |list: Vec<String>| checked(&offer.map_or(list.clone(), |offer| offer(list)));
        #[cfg(not(feature = "session"))]
        let checked = |list: Vec<String>| checked(&list);
        self.address.0.get(Box::new(move |target| match target {
            Some((url, _)) => {
                protocols.get(Box::new(move |list| then(list.map(|list| (url, checked(list))))));
            }
            None => then(None),
        }));
    }

    fn release(&self) {
        self.address.0.release();
        self.protocols.release();
    }

    fn is_fixed(&self) -> bool {
        self.address.0.is_fixed() && self.protocols.is_fixed()
    }

    #[cfg(feature = "session")]
    fn set_offer(&self, offer: Offer) {
        // Set once, by the builder.
        let _ = self.offer.set(offer);
    }
}

fn checked(list: &[String]) -> CheckedProtocols {
    match core::protocols(list) {
        Ok(()) => Ok(native_protocols(list)),
        Err(core::Error::ProtocolRepeated(at)) => Err(OpenError::ProtocolRepeated(at)),
        Err(core::Error::ProtocolToken(at)) => Err(OpenError::ProtocolToken(at)),
        Err(_) => Err(OpenError::NoBrowser),
    }
}

/// What a provider may return: the value, or a `Result`. An error fails the attempt.
pub trait Provided<T>: sealed::Sealed {
    #[doc(hidden)]
    fn provided(self) -> Option<T>;
}

impl Provided<String> for String {
    fn provided(self) -> Option<String> {
        Some(self)
    }
}

impl Provided<Vec<String>> for Vec<String> {
    fn provided(self) -> Option<Vec<String>> {
        Some(self)
    }
}

impl<T, A: Provided<T>, E> Provided<T> for Result<A, E> {
    fn provided(self) -> Option<T> {
        self.ok()?.provided()
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for String {}
    impl Sealed for Vec<String> {}
    impl<T, E> Sealed for Result<T, E> {}
}

/// The address of a socket: a URL, or a closure that returns one at every attempt, for example with a fresh token.
///
/// ```no_run
/// # use steady_websocket::{OpenError, WebSocket};
/// # async fn fresh_token() -> Result<String, std::io::Error> { Ok(String::new()) }
/// # fn example() -> Result<(), OpenError> {
/// let plain = WebSocket::open("wss://example.com/chat")?;
/// let fresh = WebSocket::builder(|| async {
///     fresh_token().await.map(|token| format!("wss://example.com/chat?token={token}"))
/// })
/// .steady()
/// .open()?;
/// # Ok(()) }
/// ```
// A trait object, so that an app carries neither providers nor sub-protocols that it does not use.
pub struct Address(pub(super) Box<dyn Source<Target>>);

impl Address {
    fn new(source: impl Source<String> + 'static) -> Self {
        Self(Box::new(WithoutProtocols(source)))
    }

    /// Adds sub-protocols.
    pub(super) fn with_protocols(self, protocols: impl Source<Vec<String>> + 'static) -> Self {
        Self(Box::new(WithProtocols {
            address: self,
            protocols: Rc::new(protocols),
            #[cfg(feature = "session")]
            offer: std::cell::OnceCell::default(),
        }))
    }
}

impl From<&str> for Address {
    fn from(url: &str) -> Self {
        url.to_owned().into()
    }
}

impl From<String> for Address {
    fn from(url: String) -> Self {
        Self::new(FixedSource(url))
    }
}

impl<F, A> From<F> for Address
where
    F: Fn() -> A + 'static,
    A: Future<Output: Provided<String>> + 'static,
{
    fn from(ask: F) -> Self {
        Self::new(ProviderSource::new(ask))
    }
}
