package io.kqueueserver.server.h2;

import io.kqueueserver.http.h2.Preface;
import io.kqueueserver.net.ApplicationProtocol;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.ConnectionHandler;
import io.kqueueserver.server.Protocol;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * HTTP/2: by ALPN over TLS where the cipher suite is good enough, by its preface in the clear (RFC
 * 9113 3.3).
 */
public final class Http2Protocol implements Protocol {
  private final Http2Context context;

  public Http2Protocol(Http2Context context) {
    this.context = context;
  }

  @Override
  public Match match(ByteBuffer firstBytes) {
    return switch (Preface.of(firstBytes)) {
      case MATCH -> Match.YES;
      case NEED_MORE -> Match.NEED_MORE;
      case NO -> Match.NO;
    };
  }

  @Override
  public List<ApplicationProtocol> applicationProtocols() {
    return List.of(new ApplicationProtocol("h2", TlsSuites::areAdequate));
  }

  @Override
  public ConnectionHandler open(Connection connection) {
    return new Http2Connection(connection, context, connection.inputBegan());
  }
}
