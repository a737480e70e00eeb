// What a record of the wire says, field by field.

import { element } from './dom.js';

/** Bytes of a payload that are shown one by one, and in a row of the table. */
const SHOWN = 64, ROW = 16;

const hex = (value, digits = 2) => value.toString(16).padStart(digits, '0');
const binary = (value, digits) => value.toString(2).padStart(digits, '0');
const row = (bytes, most = ROW) => [...bytes.subarray(0, most)].map(byte => hex(byte)).join(' ') + (bytes.length > most ? ' …' : '');
const isControl = ({ opcode }) => opcode >= 8;
const legible = byte => (byte > 0x20 && byte < 0x7f ? `“${String.fromCharCode(byte)}”` : 'not a letter');

function words(bytes) {
  try {
    return `“${new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, ROW), { stream: bytes.length > ROW })}”${bytes.length > ROW ? ' …' : ''}`;
  } catch {
    return 'not UTF-8';
  }
}

/** A frame's place in its message: `open` says whether one was begun in this direction and not ended. */
export function place(frame, open) {
  if (isControl(frame)) return open ? 'control frame, between two fragments' : 'control frame';
  if (frame.opcode !== 0) return frame.fin ? 'whole message' : 'first fragment';
  return frame.fin ? 'last fragment' : 'fragment';
}

/** Whether a fragmented message is under way behind this frame. */
export const opensAfter = (frame, open) => (isControl(frame) ? open : !frame.fin);

function fields(frame) {
  const { fin, rsv, opcode, name, mask, length, lengthBits, payload, plain } = frame;
  const first = lengthBits === 7 ? length : lengthBits === 16 ? 126 : 127;
  const list = [
    ['FIN', binary(+fin, 1), isControl(frame) ? 'control frames have no fragments' : fin ? 'the message ends here' : 'more fragments follow'],
    ['RSV1–3', binary(rsv, 3), rsv ? 'set, although no extension was agreed' : 'no extension uses them'],
    ['Opcode', binary(opcode, 4), `0x${hex(opcode, 1)}, ${name}`],
    ['MASK', binary(+!!mask, 1), mask ? 'masked, as all frames of a client must be' : 'not masked, as all frames of a server must be'],
    ['Length', binary(first, 7), lengthBits === 7 ? `${length} bytes` : `${first}: the length is in the next ${lengthBits} bits`],
  ];
  if ((frame.direction === 'to-client') === !!mask) list[3][2] = mask ? 'masked, which a server must not do' : 'not masked, which a client must not do';
  if (lengthBits > 7) list.push([`Length, ${lengthBits} bits`, hex(length, lengthBits / 4), `${length.toLocaleString('en')} bytes`]);
  if (mask) {
    list.push(['Masking key', row(mask), 'chosen at random for each frame']);
    list.push(['Masked', row(payload), 'as it crossed the wire']);
  }
  if (opcode === 8 && plain.length >= 2) {
    list.push(['Close code', row(plain.subarray(0, 2)), `${plain[0] * 256 + plain[1]}`]);
    list.push(['Reason', row(plain.subarray(2)), words(plain.subarray(2))]);
  } else list.push(['Payload', row(plain), plain.length ? words(plain) : 'empty']);
  return list;
}

const table = (caption, list) =>
  element('table', {}, element('caption', {}, caption),
    element('thead', {}, element('tr', {}, ...['Field', 'On the wire', 'Meaning'].map(name => element('th', { scope: 'col' }, name)))),
    element('tbody', {}, ...list.map(([name, value, meaning]) =>
      element('tr', {}, element('th', { scope: 'row' }, name), element('td', {}, element('code', {}, value)), element('td', {}, meaning)))));

/** The masked bytes: pointing at one, or moving to it with the arrow keys, shows how it is unmasked. */
function unmasking({ mask, payload, plain }) {
  const shown = element('p', { class: 'unmasked' }, 'Point at a byte, or move with the arrow keys, to unmask it.');
  const sum = at => `byte ${at}: ${hex(payload[at])} XOR ${hex(mask[at % 4])} (key byte ${at % 4}) = ${hex(plain[at])}, ${legible(plain[at])}`;
  const cells = [...payload.subarray(0, SHOWN)].map((byte, at) =>
    element('button', { type: 'button', class: 'byte', tabindex: at ? -1 : 0, 'aria-label': sum(at) }, hex(byte)));
  const show = at => {
    shown.textContent = sum(at);
    cells.forEach((cell, place) => {
      cell.classList.toggle('plain', place === at);
      cell.textContent = hex(place === at ? plain[place] : payload[place]);
    });
  };
  cells.forEach((cell, at) => {
    cell.addEventListener('pointerenter', () => show(at));
    cell.addEventListener('focus', () => {
      cells.forEach((other, place) => { other.tabIndex = place === at ? 0 : -1; });
      show(at);
    });
    cell.addEventListener('keydown', event => {
      const to = cells[{ ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: cells.length - 1 }[event.key]];
      if (!to) return;
      event.preventDefault();
      to.focus();
    });
  });
  return [element('h3', {}, 'Unmasking'), element('div', { class: 'bytes', role: 'group', 'aria-label': 'Masked bytes' }, ...cells), shown];
}

const MEANINGS = {
  'sec-websocket-key': '16 random bytes in base64: the answer must be derived from them',
  'sec-websocket-version': '13 is the version of RFC 6455',
  'sec-websocket-accept': 'derived from the key, below',
  'sec-websocket-protocol': { request: 'sub-protocols offered, the preferred one first', response: 'the sub-protocol chosen' },
  origin: 'the page that opens the socket; the server decides whether it may',
  upgrade: 'from here on, this connection is WebSocket',
  host: 'the server meant',
};

function head({ type, head }) {
  const [first, ...lines] = head.split('\r\n').filter(Boolean);
  const list = lines.map(line => {
    const [name, value] = [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()];
    const meaning = MEANINGS[name.toLowerCase()] ?? '';
    return [name, value, meaning[type] ?? meaning];
  });
  return table(first, list);
}

function derivation({ key, guid, expected, given }) {
  const digest = row(Uint8Array.from(atob(expected), letter => letter.charCodeAt(0)), 20);
  const step = (name, value) => element('div', {}, element('dt', {}, name), element('dd', {}, element('code', {}, value)));
  return [element('h3', {}, 'How Sec-WebSocket-Accept follows from Sec-WebSocket-Key'),
    element('dl', { class: 'derivation' }, step('Key', key), step('Key + GUID of RFC 6455', key + guid), step('SHA-1 of it', digest),
      step('The same in base64', expected), step('The server answered', given)),
    element('p', { class: given === expected ? 'right' : 'wrong' },
      given === expected ? 'They are equal: the server has read this request and speaks WebSocket.'
        : 'They differ: the client fails the connection.')];
}

/** The details of a record. `where` is a frame's place in its message. */
export function details(record, where) {
  const { type } = record;
  if (type === 'request') return [head(record)];
  if (type === 'response') return [head(record), ...(record.accept ? derivation(record.accept) : [])];
  if (type === 'frame') {
    const { mask, payload, name } = record;
    return [table(`${name} frame: ${where}`, fields(record)), ...(mask && payload.length ? unmasking(record) : [])];
  }
  if (type === 'bytes') return [table('Bytes that are not a frame', [['Bytes', row(record.bytes), words(record.bytes)]])];
  return [element('p', {}, type === 'fin' ? 'FIN of TCP: the sender writes no more.' : 'RST of TCP: the connection is gone, without a closing handshake.')];
}

/** A record in one line. */
export function summary(record, where) {
  const { type } = record;
  if (type === 'request' || type === 'response') return record.head.split('\r\n')[0];
  if (type === 'frame') return `${record.name}, ${record.length.toLocaleString('en')} ${record.length === 1 ? 'byte' : 'bytes'} · ${where}`;
  if (type === 'bytes') return `${record.bytes.length} bytes that are not a frame`;
  return type === 'fin' ? 'TCP: FIN' : 'TCP: RST';
}
