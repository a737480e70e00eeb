//! Listeners by address.

use crate::error::Error;
use crate::event::ListenerId;
use crate::url::Url;

/// What a listener listens at: an address with one path or a path prefix.
#[derive(Clone, Debug)]
struct Listener {
    id: ListenerId,
    url: Url,
}

/// The listeners of a network.
#[derive(Debug, Default)]
pub(crate) struct Listeners {
    list: Vec<Listener>,
    last: u64,
}

/// The result of looking up an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Listener(ListenerId),
    /// There are listeners at this address, but none for this path.
    OtherPaths,
    Nobody,
}

impl Listeners {
    pub(crate) fn add(&mut self, pattern: &str) -> Result<ListenerId, Error> {
        let url = Url::parse(pattern)?;
        if url.credentials.is_some() {
            return Err(Error::argument("url", format!("of a listener has credentials: {pattern}")));
        }
        if url.query.is_some() {
            return Err(Error::argument("url", format!("of a listener has a query: {pattern}")));
        }
        if self.list.iter().any(|other| other.url == url) {
            return Err(Error::argument("url", format!("is listened at already: {pattern}")));
        }
        self.last += 1;
        let id = ListenerId(self.last);
        self.list.push(Listener { id, url });
        Ok(id)
    }

    pub(crate) fn remove(&mut self, id: ListenerId) -> Result<(), Error> {
        let before = self.list.len();
        self.list.retain(|listener| listener.id != id);
        if self.list.len() == before {
            return Err(Error::argument("listener", "does not listen"));
        }
        Ok(())
    }

    /// Returns the listener for a URL: the one with the longest matching path.
    pub(crate) fn find(&self, url: &Url) -> Found {
        let here = |listener: &&Listener| {
            let at = &listener.url;
            (at.secure, &at.host, at.port) == (url.secure, &url.host, url.port)
        };
        let fits = |listener: &&Listener| match listener.url.path.strip_suffix('*') {
            Some(prefix) => url.path.starts_with(prefix),
            None => listener.url.path == url.path,
        };
        let best = self
            .list
            .iter()
            .filter(here)
            .filter(fits)
            .max_by_key(|listener| (!listener.url.path.ends_with('*'), listener.url.path.len()));
        match best {
            Some(listener) => Found::Listener(listener.id),
            None if self.list.iter().any(|listener| here(&listener)) => Found::OtherPaths,
            None => Found::Nobody,
        }
    }
}
