package io.kqueueserver.server;

import io.kqueueserver.http.RequestHead;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.ConnectionHandler;
import java.nio.ByteBuffer;

/**
 * A protocol that takes an HTTP/1.1 connection over after the head of a request that offers it (RFC
 * 9110 7.8), and answers that request itself. The application is not called; an application
 * switches by {@code Exchange.switchTo}. The loop's thread only.
 */
public interface Upgrade {
  /** The protocol's name in the Upgrade field, in any case. */
  String token();

  /**
   * Whether the protocol takes this connection over. If not, the request is served over HTTP/1.1
   * without regard to the offer. Not called for a request with a body of more than {@link
   * #maxBodyBytes}, without announced length, or that awaits a 100 (Continue).
   */
  boolean accepts(Connection connection, RequestHead head);

  /** The longest body that such a request may have; 0, the default, for none. */
  default int maxBodyBytes() {
    return 0;
  }

  /**
   * Makes the handler of the connection, after 101 (Switching Protocols) was written. Bytes after
   * the request are the handler's first input.
   *
   * @param body the whole body of the request, which the protocol may keep
   */
  ConnectionHandler take(Connection connection, RequestHead head, ByteBuffer body);
}
