package io.kqueueserver.server;

import io.kqueueserver.build.QuietHandler;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.net.ApplicationProtocol;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.net.ConnectionHandler;
import io.kqueueserver.stats.CloseReason;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * A toy: begins with a preface, or by Upgrade, and sends back all it is sent in capitals. As HTTP/2
 * it has a name in ALPN and a greeting that is the first thing it writes.
 */
final class ShoutingProtocol implements Protocol, Upgrade {
  static final String PREFACE = "PRI * SHOUT/2.0\r\n\r\nSM\r\n\r\n";
  static final String GREETING = "[hello]";

  @Override
  public Match match(ByteBuffer firstBytes) {
    for (int i = 0; i < PREFACE.length(); i++) {
      if (!firstBytes.hasRemaining()) {
        return Match.NEED_MORE;
      }
      if (firstBytes.get() != PREFACE.charAt(i)) {
        return Match.NO;
      }
    }
    return Match.YES;
  }

  @Override
  public List<ApplicationProtocol> applicationProtocols() {
    return List.of(ApplicationProtocol.of("shout"));
  }

  @Override
  public ConnectionHandler open(Connection connection) {
    return new Shouting(connection, GREETING);
  }

  @Override
  public String token() {
    return "shout";
  }

  @Override
  public boolean accepts(Connection connection, RequestHead head) {
    return !head.path().equals("/declined");
  }

  @Override
  public ConnectionHandler take(Connection connection, RequestHead head, ByteBuffer body) {
    return new Shouting(connection, GREETING + head.method() + head.path());
  }

  private record Shouting(Connection connection) implements QuietHandler {
    Shouting(Connection connection, String greeting) {
      this(connection);
      say(greeting);
    }

    private void say(String text) {
      connection.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), null);
    }

    @Override
    public void onInput(ByteBuffer in) {
      say(StandardCharsets.US_ASCII.decode(in).toString().toUpperCase(Locale.ROOT));
    }

    @Override
    public void onInputEnd() {
      connection.closeAfterFlush(CloseReason.PEER_CLOSED, Linger.NO);
    }

    @Override
    public void onDeadline() {
      throw new AssertionError("a deadline of the protocol before");
    }
  }
}
