package io.kqueueserver.server.h1;

import io.kqueueserver.net.ApplicationProtocol;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.ConnectionHandler;
import io.kqueueserver.server.Protocol;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * HTTP/1.x. It takes every connection that no other protocol matches, and answers 400 to bytes that
 * are no request.
 */
public final class Http1Protocol implements Protocol {
  private final Http1Context context;

  public Http1Protocol(Http1Context context) {
    this.context = context;
  }

  @Override
  public Match match(ByteBuffer firstBytes) {
    return Match.YES;
  }

  @Override
  public List<ApplicationProtocol> applicationProtocols() {
    return List.of(ApplicationProtocol.of("http/1.1"));
  }

  @Override
  public ConnectionHandler open(Connection connection) {
    return new Http1Connection(connection, context);
  }
}
