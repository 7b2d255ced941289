package io.kqueueserver.server;

import io.kqueueserver.net.Connection;
import io.kqueueserver.net.ConnectionHandler;
import java.nio.ByteBuffer;
import java.util.List;

/** One of the protocols a listener speaks, and how to recognise it. */
public interface Protocol {
  /** What a client's first bytes say of this protocol. */
  enum Match {
    YES,
    NO,
    /** More bytes are needed before anything can be said. */
    NEED_MORE
  }

  /**
   * Looks at the first bytes of a connection, without consuming them; there is at least one.
   *
   * <p>RFC 9113 3.3: an HTTP/2 client that knows begins with a preface no HTTP/1 request can be.
   */
  Match match(ByteBuffer firstBytes);

  /** Its names in ALPN (RFC 7301 6), by which clients ask for it over TLS. */
  default List<String> applicationProtocols() {
    return List.of();
  }

  /** Makes the protocol's side of a connection; it is given the first bytes next. */
  ConnectionHandler open(Connection connection);
}
