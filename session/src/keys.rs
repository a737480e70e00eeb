//! Identifiers, secrets and nonces, and what a store may know of them.

use core::fmt;

/// 128 bits: the id of a session, its secret, or the nonce of its owner.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bits(pub [u8; 16]);

impl fmt::Display for Bits {
    /// Formats 32 lower-case hexadecimal digits.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Bits {
    /// Formats the first byte only, because logs must not contain secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, ..] = self.0;
        write!(formatter, "{first:02x}…")
    }
}

impl Bits {
    /// Parses what `Display` formats, and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let lower = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
        if text.len() != 32 || !text.as_bytes().iter().all(lower) {
            return None;
        }
        u128::from_str_radix(text, 16).ok().map(|number| Self(number.to_be_bytes()))
    }
}

/// The output of a [`HashFunction`].
pub type Digest = [u8; 32];

/// A cryptographic hash function, such as SHA-256. The store only ever sees what it returns.
pub type HashFunction = fn(&[u8]) -> Digest;

/// Random bits for one open or one resume, from a cryptographic source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fresh {
    /// The client's next secret.
    pub secret: Bits,
    /// The next nonce of the owner.
    pub nonce: Bits,
}

/// The client's credentials as the store knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Keys {
    /// The hash of the secret.
    pub secret: Digest,
    /// The nonce that was sent with it.
    pub nonce: Bits,
}

impl Keys {
    pub(crate) fn new(fresh: &Fresh, hash: HashFunction) -> Self {
        Self { secret: hash(&fresh.secret.0), nonce: fresh.nonce }
    }

    /// Returns whether these are the keys of this secret and nonce, in constant time.
    pub(crate) fn match_secret(&self, secret: &Digest, nonce: &Bits) -> bool {
        equal(&self.secret, secret) & equal(&self.nonce.0, &nonce.0)
    }
}

/// Compares without stopping at the first difference.
pub(crate) fn equal(one: &[u8], other: &[u8]) -> bool {
    let difference = one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && core::hint::black_box(difference) == 0
}
