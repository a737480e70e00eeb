//! Orders the wasm's functions for compression. Engines do not care, but gzip encodes the distance of a repetition:
//! 100 bytes less if similar functions are adjacent.
//!
//! The best order is unknown. This one is found by moving a few functions at a time and keeping improvements.

use std::ops::Range;

use super::encode::Code;
use super::size;

/// The number of moves tried. A thousand take one second; two thousand more would save six bytes.
const MOVES: usize = 4_000;

/// Returns the WAT of `wasm`, as `wasm-dis` writes it, in a better order; `None` if the two do not match.
pub fn arrange(wat: &str, wasm: &[u8]) -> Option<String> {
    let (module, forms) = (Module::read(wasm)?, Forms::read(wat));
    if forms.functions.len() != module.functions.len() {
        return None;
    }
    let order = search(module.functions.len(), |order| module.weight(order));
    let functions = order.iter().filter_map(|place| forms.functions.get(*place).copied());
    Some([forms.before].into_iter().chain(functions).chain([forms.after]).collect())
}

/// Returns the smallest of the tried orders.
fn search(count: usize, weigh: impl Fn(&[usize]) -> usize) -> Vec<usize> {
    let mut best: Vec<usize> = (0..count).collect();
    let mut least = weigh(&best);
    // The moves are the same every time, so that the same sources produce the same package.
    let mut chance = 1_u64;
    let mut below = |most: usize| {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (chance >> 33) as usize % most.max(1)
    };
    for _ in 0..MOVES {
        let mut order = best.clone();
        let from = below(count);
        let some: Vec<usize> = order.drain(from..count.min(from + 1 + below(3))).collect();
        let to = below(order.len() + 1);
        order.splice(to..to, some);
        let weight = weigh(&order);
        if weight <= least {
            (best, least) = (order, weight);
        }
    }
    best
}

/// A module in WAT, split at its functions, which are adjacent.
struct Forms<'w> {
    before: &'w str,
    functions: Vec<&'w str>,
    after: &'w str,
}

impl<'w> Forms<'w> {
    fn read(wat: &'w str) -> Self {
        let (mut before, mut after) = (0, 0);
        let mut functions: Vec<Range<usize>> = Vec::new();
        let mut at = 0;
        for line in wat.split_inclusive('\n') {
            let end = at + line.len();
            let begins = line.starts_with(" (") || line.starts_with(')');
            if line.starts_with(" (func ") {
                functions.push(at..end);
            } else if after > 0 || begins && !functions.is_empty() {
                after += line.len();
            } else if let Some(function) = functions.last_mut() {
                function.end = end;
            } else {
                before = end;
            }
            at = end;
        }
        let cut = |range: Range<usize>| wat.get(range).unwrap_or_default();
        Self {
            before: cut(0..before),
            functions: functions.into_iter().map(cut).collect(),
            after: cut(wat.len() - after..wat.len()),
        }
    }
}

/// A module in bytes, split in the same way.
struct Module {
    before: String,
    functions: Vec<String>,
    after: String,
}

impl Module {
    fn read(wasm: &[u8]) -> Option<Self> {
        const CODE: u8 = 10;
        let code = Code::of(wasm);
        let mut at = 8;
        while *wasm.get(at)? != CODE {
            let (size, start) = number(wasm, at + 1)?;
            at = start + size;
        }
        let (size, start) = number(wasm, at + 1)?;
        let end = start + size;
        let (count, first) = number(wasm, start)?;
        let mut from = first;
        let mut functions = Vec::with_capacity(count);
        for _ in 0..count {
            let (size, start) = number(wasm, from)?;
            functions.push(code.text(wasm.get(from..start + size)?));
            from = start + size;
        }
        let (before, after) = (code.text(wasm.get(..first)?), code.text(wasm.get(end..)?));
        (from == end).then_some(Self { before, functions, after })
    }

    /// Returns the compressed size. Calls still contain the numbers of the old order, which is accurate enough.
    fn weight(&self, order: &[usize]) -> usize {
        let functions = order.iter().filter_map(|place| self.functions.get(*place));
        let parts = [&self.before].into_iter().chain(functions).chain([&self.after]);
        size::packed(parts.map(String::as_bytes)).unwrap_or(usize::MAX)
    }
}

/// Decodes a LEB128 number; returns it and the rest.
fn number(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = *bytes.get(at)?;
        number |= usize::from(byte & 0x7F) << shift;
        at += 1;
        if byte < 0x80 {
            return Some((number, at));
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_between_the_rest() {
        let wat = "(module\n (type $0)\n (func $0\n  (nop)\n )\n (func $1\n )\n (data \"x\")\n)\n";
        let forms = Forms::read(wat);
        assert_eq!(forms.before, "(module\n (type $0)\n");
        assert_eq!(forms.functions, [" (func $0\n  (nop)\n )\n", " (func $1\n )\n"]);
        assert_eq!(forms.after, " (data \"x\")\n)\n");
    }

    #[test]
    fn a_better_order_is_found() {
        // The test's order: as few neighbours as possible differ by one.
        let order = search(8, |order| order.windows(2).filter(|pair| pair[0] + 2 != pair[1]).count());
        assert_eq!(order.windows(2).filter(|pair| pair[0] + 2 != pair[1]).count(), 1);
        let mut sorted = order;
        sorted.sort_unstable();
        assert_eq!(sorted, (0..8).collect::<Vec<_>>());
    }

    #[test]
    fn what_does_not_fit_is_not_arranged() {
        assert_eq!(arrange("(module\n (func $0)\n)\n", b"\0asm\x01\0\0\0"), None);
    }
}
