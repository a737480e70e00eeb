// The common dialect (README.md), made with Tomcat: java -cp … Tomcat.java PORT FOLDER

import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import org.apache.catalina.Context;
import org.apache.tomcat.websocket.server.WsSci;

public class Tomcat {
  static final int MESSAGE = 4 << 20;
  static volatile String last = "";

  public static void main(String[] args) throws Exception {
    var tomcat = new org.apache.catalina.startup.Tomcat();
    tomcat.setBaseDir(args[1]);
    tomcat.setHostname("127.0.0.1");
    tomcat.setPort(Integer.parseInt(args[0]));
    tomcat.getConnector().setProperty("address", "127.0.0.1");
    Context context = tomcat.addContext("", args[1]);
    context.addServletContainerInitializer(new WsSci(), Set.of());
    context.addApplicationListener(Deploy.class.getName());
    org.apache.catalina.startup.Tomcat.addServlet(context, "default", "org.apache.catalina.servlets.DefaultServlet");
    context.addServletMappingDecoded("/", "default");
    // Where a source that java runs directly has its classes.
    context.setParentClassLoader(Tomcat.class.getClassLoader());
    tomcat.start();
    tomcat.getServer().await();
  }

  public static class Deploy implements ServletContextListener {
    @Override
    public void contextInitialized(ServletContextEvent event) {
      var container = (ServerContainer) event.getServletContext().getAttribute(ServerContainer.class.getName());
      container.setDefaultMaxTextMessageBufferSize(MESSAGE);
      container.setDefaultMaxBinaryMessageBufferSize(MESSAGE);
      try {
        container.addEndpoint(ServerEndpointConfig.Builder.create(Dialect.class, "/").subprotocols(List.of("interop")).build());
      } catch (Exception cause) {
        throw new IllegalStateException(cause);
      }
    }
  }

  public static class Dialect extends Endpoint {
    @Override
    public void onOpen(Session session, EndpointConfig config) {
      session.addMessageHandler(String.class, (MessageHandler.Whole<String>) text -> orFail(() -> hear(session, text)));
      session.addMessageHandler(ByteBuffer.class, (MessageHandler.Whole<ByteBuffer>) bytes -> orFail(() -> session.getBasicRemote().sendBinary(bytes)));
      session.addMessageHandler(PongMessage.class, (MessageHandler.Whole<PongMessage>) pong -> orFail(() -> session.getBasicRemote().sendText("pong")));
    }

    @Override
    public void onClose(Session session, CloseReason reason) {
      var phrase = reason.getReasonPhrase();
      last = reason.getCloseCode().getCode() + " " + (phrase == null ? "" : phrase);
    }

    void hear(Session session, String text) throws IOException {
      var remote = session.getBasicRemote();
      var words = text.split(" ", 3);
      switch (words[0]) {
        case "!close" -> session.close(
            words.length == 1
                ? new CloseReason(CloseCodes.NO_STATUS_CODE, null)
                : new CloseReason(CloseReason.CloseCodes.getCloseCode(Integer.parseInt(words[1])), words.length == 3 ? words[2] : null));
        case "!ping" -> remote.sendPing(ByteBuffer.wrap(new byte[] {'?'}));
        case "!flood" -> {
          for (int n = 0; n < Integer.parseInt(words[1]); n++) remote.sendText(Integer.toString(n));
        }
        case "!large" -> {
          var large = pattern(1 << 20);
          int fragment = 1 << 16;
          for (int at = 0; at < large.length; at += fragment) {
            remote.sendBinary(ByteBuffer.wrap(large, at, fragment), at + fragment == large.length);
          }
        }
        case "!last" -> remote.sendText(last);
        default -> remote.sendText(text);
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
