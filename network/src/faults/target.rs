//! Request targets: a path and its parameters, percent-decoded.

/// A parsed request target.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The path, decoded.
    pub path: String,
    pairs: Vec<(String, String)>,
}

impl Target {
    /// Parses `/path?name=value&…`; an absolute form is not expected on a loopback server.
    pub fn parse(raw: &str) -> Self {
        let (path, query) = raw.split_once('?').unwrap_or((raw, ""));
        let pairs = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(name, true), decode(value, true))
            })
            .collect();
        Self { path: decode(path, false), pairs }
    }

    /// Returns the same parameters with another path.
    pub fn at(&self, path: String) -> Self {
        Self { path, pairs: self.pairs.clone() }
    }

    /// Adds a parameter, unless one with that name exists.
    pub fn with_default(mut self, name: &str, value: &str) -> Self {
        if self.get(name).is_none() {
            self.pairs.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Returns the first value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns a number; `None` if the parameter is absent.
    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, String> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => {
                value.parse().map(Some).map_err(|_| format!("{name}: {value} is not a number in range"))
            }
        }
    }

    /// Returns a number, or a default.
    pub fn number_or<T: std::str::FromStr>(&self, name: &str, default: T) -> Result<T, String> {
        Ok(self.number(name)?.unwrap_or(default))
    }

    /// Returns one of these words; the first is the default.
    pub fn choice<'w>(&self, name: &str, words: &[&'w str]) -> Result<&'w str, String> {
        let wanted = self.get(name).or(words.first().copied()).unwrap_or_default();
        words
            .iter()
            .find(|&&word| word == wanted)
            .copied()
            .ok_or_else(|| format!("{name}: {wanted} is none of {}", words.join(", ")))
    }
}

/// Decodes percent escapes and, in a query, `+` as a space. Invalid escapes stay as they are.
pub(crate) fn decode(text: &str, query: bool) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match (byte, tail) {
            (b'+', _) if query => out.push(b' '),
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = after;
                }
                _ => out.push(byte),
            },
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        let target = Target::parse("/a%2fb+c?reason=b%C3%A4d+day&n=3&flag&odd=%zz%2");
        assert_eq!(target.path, "/a/b+c");
        assert_eq!(target.get("reason"), Some("b\u{e4}d day"));
        assert_eq!(target.number_or("n", 0), Ok(3));
        assert_eq!(target.number_or("absent", 7), Ok(7));
        assert_eq!(target.get("flag"), Some(""));
        assert_eq!(target.get("odd"), Some("%zz%2"));
    }

    #[test]
    fn a_wrong_value_is_named() {
        let target = Target::parse("/x?n=many&kind=sound");
        assert_eq!(target.number_or("n", 0), Err("n: many is not a number in range".to_owned()));
        assert_eq!(
            target.choice("kind", &["text", "binary"]),
            Err("kind: sound is none of text, binary".to_owned())
        );
        assert_eq!(target.choice("other", &["text", "binary"]), Ok("text"));
    }
}
