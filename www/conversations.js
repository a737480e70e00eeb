// Short conversations for the inspector, each on a network of its own that stands still until it is stepped.

const SERVER = 'ws://server.test/chat';
const LATENCY = 20;
const bytes = text => new TextEncoder().encode(text);
/** An unmasked frame of at most 125 bytes. */
const frame = (first, text) => Uint8Array.of(first, text.length, ...bytes(text));
const [TEXT, LAST, PING] = [0x01, 0x80, 0x89];

/** `play` makes the server and the client; `origin` is the page's, as the server sees it. */
export const CONVERSATIONS = [
  {
    name: 'hello', title: 'Hello, echo, close',
    about: 'The client offers two sub-protocols, and the server chooses one. Then a message, its echo, and the closing handshake.',
    play(network) {
      network.listen(SERVER, request => {
        const peer = request.accept({ protocol: 'chat.v2' });
        peer.onmessage = data => peer.send(data);
      });
      const socket = new network.WebSocket(SERVER, ['chat.v1', 'chat.v2']);
      socket.onopen = () => socket.send('Hello');
      socket.onmessage = () => socket.close(1000, 'bye');
    },
  },
  {
    name: 'fragments', title: 'Fragments, with a ping between them',
    about: 'One message in three frames. Control frames may stand between them, and are answered before the message is complete.',
    play(network) {
      network.listen(SERVER, request => {
        const peer = request.accept();
        peer.write(frame(TEXT, 'One message '));
        peer.write(frame(PING, 'alive?'));
        peer.write(frame(0, 'in three '));
        peer.write(frame(LAST, 'frames'));
      });
      const socket = new network.WebSocket(SERVER);
      socket.onmessage = ({ data }) => {
        socket.send(`${data.length} characters`);
        socket.close(1000);
      };
    },
  },
  {
    name: 'lengths', title: 'Lengths in 7, 16 and 64 bits',
    about: 'The length of a payload is written in the shortest of three forms.',
    play(network) {
      network.listen(SERVER, request => {
        request.accept();
      });
      const socket = new network.WebSocket(SERVER);
      socket.onopen = () => {
        for (const length of [125, 126, 65_536]) socket.send(new Uint8Array(length).fill(0x2e));
        socket.close(1000);
      };
    },
  },
  {
    name: 'origin', title: 'An origin refused with 403', origin: 'https://elsewhere.test',
    about: 'Any page can open a socket to any server. The Origin header tells the server which page it was.',
    play(network) {
      network.listen(SERVER, request => {
        if (request.origin === 'https://app.test') request.accept();
        else request.refuse(403, { headers: { 'content-type': 'text/plain' }, body: `not for ${request.origin}` });
      });
      new network.WebSocket(SERVER);
    },
  },
  {
    name: 'accept', title: 'A wrong Sec-WebSocket-Accept',
    about: 'The answer to another key: a cache, or a server that does not speak WebSocket. The client fails the connection.',
    play(network) {
      network.listen(SERVER, request => request.fault('refuse', { how: 'accept-key' }));
      new network.WebSocket(SERVER);
    },
  },
  {
    name: 'violation', title: 'A server that masks its frames',
    about: 'Only clients mask. The client fails the connection with 1002.',
    play(network) {
      network.listen(SERVER, request => request.accept().violate('masked'));
      new network.WebSocket(SERVER);
    },
  },
];

export async function begin({ play, origin = 'https://app.test' }) {
  const { Network } = await import('./pkg/network.js');
  const network = new Network({ latency: LATENCY, origin });
  play(network);
  return network;
}
