/** A socket with the native class's interface, and what the bench wants to hear of it. */
export function plug(socket, opened, take) {
  socket.binaryType = "arraybuffer";
  socket.addEventListener("open", opened);
  socket.addEventListener("message", (event) => take(event.data));
  return socket;
}
