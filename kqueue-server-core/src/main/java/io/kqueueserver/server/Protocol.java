package io.kqueueserver.server;

import io.kqueueserver.net.ApplicationProtocol;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.ConnectionHandler;
import java.nio.ByteBuffer;
import java.util.List;

/** One of the protocols that a listener speaks, and its recognition. */
public interface Protocol {
  /** The result of matching a client's first bytes with a protocol. */
  enum Match {
    YES,
    NO,
    /** More bytes are needed for a decision. */
    NEED_MORE
  }

  /**
   * Matches the first bytes of a connection, at least one, without consuming them.
   *
   * <p>RFC 9113 3.3: an HTTP/2 client with prior knowledge begins with a preface that no HTTP/1
   * request can begin with.
   */
  Match match(ByteBuffer firstBytes);

  /** The names of this protocol in ALPN (RFC 7301), which clients offer over TLS. */
  default List<ApplicationProtocol> applicationProtocols() {
    return List.of();
  }

  /** Makes the handler of a connection. The handler gets the first bytes next. */
  ConnectionHandler open(Connection connection);
}
