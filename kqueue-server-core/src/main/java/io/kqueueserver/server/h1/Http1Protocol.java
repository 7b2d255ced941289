package io.kqueueserver.server.h1;

import io.kqueueserver.net.Connection;
import io.kqueueserver.net.ConnectionHandler;
import io.kqueueserver.server.Protocol;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * HTTP/1.x: takes every connection that nobody else recognises, and answers 400 to what is none.
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
  public List<String> applicationProtocols() {
    return List.of("http/1.1");
  }

  @Override
  public ConnectionHandler open(Connection connection) {
    return new Http1Connection(connection, context);
  }
}
