// The common dialect (README.md), made with Jetty: java -cp … Jetty.java PORT

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.WebSocketListener;
import org.eclipse.jetty.websocket.api.WebSocketPingPongListener;
import org.eclipse.jetty.websocket.server.WebSocketHandler;
import org.eclipse.jetty.websocket.servlet.WebSocketServletFactory;

public class Jetty {
  static final int MESSAGE = 4 << 20;
  static volatile String last = "";

  public static void main(String[] args) throws Exception {
    var server = new Server(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])));
    server.setHandler(
        new WebSocketHandler() {
          @Override
          public void configure(WebSocketServletFactory factory) {
            factory.getPolicy().setMaxTextMessageSize(MESSAGE);
            factory.getPolicy().setMaxBinaryMessageSize(MESSAGE);
            factory.setCreator(
                (request, response) -> {
                  if (request.hasSubProtocol("interop")) response.setAcceptedSubProtocol("interop");
                  return new Dialect();
                });
          }
        });
    server.start();
    server.join();
  }

  public static class Dialect implements WebSocketListener, WebSocketPingPongListener {
    Session session;

    @Override
    public void onWebSocketConnect(Session opened) {
      session = opened;
    }

    @Override
    public void onWebSocketText(String text) {
      orFail(() -> hear(text));
    }

    @Override
    public void onWebSocketBinary(byte[] bytes, int from, int length) {
      orFail(() -> session.getRemote().sendBytes(ByteBuffer.wrap(bytes, from, length)));
    }

    @Override
    public void onWebSocketPing(ByteBuffer payload) {}

    @Override
    public void onWebSocketPong(ByteBuffer payload) {
      orFail(() -> session.getRemote().sendString("pong"));
    }

    @Override
    public void onWebSocketClose(int code, String reason) {
      last = code + " " + (reason == null ? "" : reason);
    }

    @Override
    public void onWebSocketError(Throwable cause) {
      cause.printStackTrace();
    }

    void hear(String text) throws IOException {
      var remote = session.getRemote();
      var words = text.split(" ", 3);
      switch (words[0]) {
        case "!close" -> {
          if (words.length == 1) session.close(1005, null);
          else session.close(Integer.parseInt(words[1]), words.length == 3 ? words[2] : null);
        }
        case "!ping" -> remote.sendPing(ByteBuffer.wrap(new byte[] {'?'}));
        case "!flood" -> {
          for (int n = 0; n < Integer.parseInt(words[1]); n++) remote.sendString(Integer.toString(n));
        }
        case "!large" -> {
          var large = pattern(1 << 20);
          int fragment = 1 << 16;
          for (int at = 0; at < large.length; at += fragment) {
            remote.sendPartialBytes(ByteBuffer.wrap(large, at, fragment), at + fragment == large.length);
          }
        }
        case "!last" -> remote.sendString(last);
        default -> remote.sendString(text);
      }
    }
  }

  static byte[] pattern(int length) {
    var bytes = new byte[length];
    for (int n = 0; n < length; n++) bytes[n] = (byte) (n * 31 + (n >> 8));
    return bytes;
  }

  interface Action {
    void run() throws IOException;
  }

  static void orFail(Action action) {
    try {
      action.run();
    } catch (IOException cause) {
      throw new UncheckedIOException(cause);
    }
  }
}
