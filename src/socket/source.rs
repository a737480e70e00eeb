//! Sources of addresses and sub-protocols: fixed, or a provider called at each attempt.

use super::abort_on_drop::AbortOnDrop;
use super::error::OpenError;
use super::shell::Shell;
use crate::core::{self, Attempt};
use crate::web::Driver;
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

/// A source of addresses that starts connections to them.
pub(super) trait AddressSource: Source<String> {
    /// Calls [`Shell::dial_target`] with an address and its sub-protocols, now or later.
    fn dial(&self, driver: &Rc<Driver<Shell>>, attempt: Attempt);
}

// Without a callback, so that an app whose address is fixed does not carry one.
impl AddressSource for FixedSource<String> {
    fn dial(&self, driver: &Rc<Driver<Shell>>, attempt: Attempt) {
        driver.host().dial_target(driver, attempt, Some((&self.0, Ok(NO_PROTOCOLS))));
    }
}

impl<F> AddressSource for ProviderSource<F>
where
    Self: Source<String>,
{
    fn dial(&self, driver: &Rc<Driver<Shell>>, attempt: Attempt) {
        let dial = dial_later(driver, attempt);
        self.get(Box::new(move |url| dial(url.map(|url| (url, Ok(NO_PROTOCOLS))))));
    }
}

/// Returns what starts this attempt unless the socket is gone.
fn dial_later(
    driver: &Rc<Driver<Shell>>,
    attempt: Attempt,
) -> impl FnOnce(Option<(String, CheckedProtocols)>) + 'static {
    let driver = Rc::downgrade(driver);
    move |target| {
        if let Some(driver) = driver.upgrade() {
            let target = target.as_ref().map(|(url, protocols)| (&**url, protocols.clone()));
            driver.host().dial_target(&driver, attempt, target);
        }
    }
}

/// An address with sub-protocols.
struct WithProtocols<S> {
    address: Address,
    protocols: Rc<S>,
    #[cfg(feature = "session")]
    offer: std::cell::OnceCell<Offer>,
}

impl<S: Source<Vec<String>>> Source<String> for WithProtocols<S> {
    fn get(&self, then: Callback<String>) {
        self.address.0.get(then);
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

impl<S: Source<Vec<String>> + 'static> AddressSource for WithProtocols<S> {
    fn dial(&self, driver: &Rc<Driver<Shell>>, attempt: Attempt) {
        let dial = dial_later(driver, attempt);
        let protocols = self.protocols.clone();
        #[cfg(feature = "session")]
        let offer = self.offer.get().cloned();
        #[cfg(feature = "session")]
        let checked = move |list: Vec<String>| checked(&offer.map_or(list.clone(), |offer| offer(list)));
        #[cfg(not(feature = "session"))]
        let checked = |list: Vec<String>| checked(&list);
        self.get(Box::new(move |url| match url {
            Some(url) => {
                protocols.get(Box::new(move |list| dial(list.map(|list| (url, checked(list))))));
            }
            None => dial(None),
        }));
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
pub struct Address(pub(super) Box<dyn AddressSource>);

impl Address {
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
        Self(Box::new(FixedSource(url)))
    }
}

impl<F, A> From<F> for Address
where
    F: Fn() -> A + 'static,
    A: Future<Output: Provided<String>> + 'static,
{
    fn from(ask: F) -> Self {
        Self(Box::new(ProviderSource::new(ask)))
    }
}
