package io.kqueueserver.server;

import io.kqueueserver.http.RequestHead;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.ConnectionHandler;

/**
 * A protocol that takes an HTTP/1.1 connection over behind the head of a request that offers it
 * (RFC 9110 7.8), and answers that request itself. The application is not asked; what it switches
 * by itself is {@code Exchange.switchTo}. The loop's thread only.
 */
public interface Upgrade {
  /** The protocol's name in the Upgrade field, in any case. */
  String token();

  /**
   * Whether the protocol takes this connection over. If not, the request is served over HTTP/1.1 as
   * if it had offered nothing. Requests with a body are not asked about.
   */
  boolean accepts(Connection connection, RequestHead head);

  /**
   * Makes the protocol's side of the connection; 101 (Switching Protocols) has been written. The
   * bytes behind the head, if there are any, are the handler's first input.
   */
  ConnectionHandler take(Connection connection, RequestHead head);
}
