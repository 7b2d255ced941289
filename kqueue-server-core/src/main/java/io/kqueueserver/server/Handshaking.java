package io.kqueueserver.server;

import io.kqueueserver.loop.Deadline;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.net.ConnectionHandler;
import io.kqueueserver.stats.CloseReason;
import java.nio.ByteBuffer;

/**
 * Serves a connection until its TLS handshake is done or has timed out. After the handshake the
 * handler of the chosen protocol takes over. The loop's thread only.
 */
public final class Handshaking implements ConnectionHandler {
  private final Connection connection;
  private final ProtocolSelector protocols;

  public Handshaking(Connection connection, ProtocolSelector protocols, long timeoutNanos) {
    this.connection = connection;
    this.protocols = protocols;
    connection.deadline(connection.loop().now() + timeoutNanos);
  }

  @Override
  public boolean wantsInput() {
    return true;
  }

  @Override
  public void onSecured(String applicationProtocol) {
    connection.deadline(Deadline.NEVER);
    connection.handler(protocols.open(connection, applicationProtocol));
  }

  @Override
  public void onInput(ByteBuffer in) {
    throw new IllegalStateException("plain bytes before the end of the handshake");
  }

  @Override
  public void onInputEnd() {
    connection.close(CloseReason.PEER_GONE);
  }

  @Override
  public void onPeerClosed() {}

  @Override
  public void onWritable() {}

  @Override
  public void onDeadline() {
    connection.close(CloseReason.HANDSHAKE_TIMEOUT);
  }

  @Override
  public void onDrain(CloseReason reason) {
    connection.closeAfterFlush(reason, Linger.NO);
  }

  @Override
  public void onClosed(CloseReason reason) {}
}
