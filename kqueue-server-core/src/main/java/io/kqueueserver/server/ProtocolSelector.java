package io.kqueueserver.server;

import io.kqueueserver.loop.Deadline;
import io.kqueueserver.net.ApplicationProtocol;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.net.ConnectionHandler;
import io.kqueueserver.stats.CloseReason;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the protocol of a new connection: the first protocol that matches the first bytes, or the
 * last protocol if none does. A single protocol is chosen without waiting for bytes. The loop's
 * thread only.
 */
public final class ProtocolSelector {
  /** 64: most bytes that a protocol may need for a match; the preface of HTTP/2 has 24. */
  static final int MAX_FIRST_BYTES = 64;

  private final List<Protocol> protocols;
  private final long timeoutNanos;

  /**
   * Makes a selector.
   *
   * @param protocols the protocols in order of preference; the last one is the default
   * @param timeoutNanos how long a client may take for its first bytes
   */
  public ProtocolSelector(List<Protocol> protocols, long timeoutNanos) {
    this.protocols = List.copyOf(protocols);
    this.timeoutNanos = timeoutNanos;
  }

  /** The first handler of a new connection. */
  public ConnectionHandler open(Connection connection) {
    return protocols.size() == 1 ? fallback().open(connection) : new Undecided(connection);
  }

  /** The names of all protocols in ALPN, in order of preference. */
  public List<ApplicationProtocol> applicationProtocols() {
    return protocols.stream().flatMap(p -> p.applicationProtocols().stream()).toList();
  }

  /** The handler of a secured connection. Without ALPN the first bytes decide, as in the clear. */
  public ConnectionHandler open(Connection connection, String applicationProtocol) {
    for (Protocol protocol : protocols) {
      for (ApplicationProtocol known : protocol.applicationProtocols()) {
        if (known.name().equals(applicationProtocol)) {
          return protocol.open(connection);
        }
      }
    }
    return open(connection);
  }

  private Protocol fallback() {
    return protocols.get(protocols.size() - 1);
  }

  /** The protocol of these first bytes, or null if more of them are needed. */
  private @Nullable Protocol choose(ByteBuffer firstBytes) {
    boolean full = firstBytes.remaining() >= MAX_FIRST_BYTES;
    for (Protocol protocol : protocols) {
      switch (protocol.match(firstBytes.asReadOnlyBuffer())) {
        case YES -> {
          return protocol;
        }
        case NEED_MORE -> {
          return full ? fallback() : null;
        }
        case NO -> {}
      }
    }
    return fallback();
  }

  /** Collects first bytes until the protocol is known. Then the protocol's handler takes over. */
  private final class Undecided implements ConnectionHandler {
    private final Connection connection;
    private byte[] seen = {};

    Undecided(Connection connection) {
      this.connection = connection;
      connection.deadline(connection.loop().now() + timeoutNanos);
    }

    @Override
    public boolean wantsInput() {
      return true;
    }

    @Override
    public void onInput(ByteBuffer in) {
      connection.deadline(connection.inputBegan() + timeoutNanos);
      ByteBuffer all = ByteBuffer.allocate(seen.length + in.remaining()).put(seen).put(in).flip();
      Protocol chosen = choose(all);
      if (chosen == null) {
        seen = all.array();
        return;
      }
      connection.deadline(Deadline.NEVER);
      ConnectionHandler handler = chosen.open(connection);
      connection.handler(handler);
      handler.onInput(all);
    }

    @Override
    public void onInputEnd() {
      connection.closeAfterFlush(CloseReason.PEER_CLOSED, Linger.NO);
    }

    @Override
    public void onPeerClosed() {}

    @Override
    public void onWritable() {}

    @Override
    public void onDeadline() {
      connection.closeAfterFlush(CloseReason.HEADER_TIMEOUT, Linger.NO);
    }

    @Override
    public void onDrain(CloseReason reason) {
      connection.closeAfterFlush(reason, Linger.NO);
    }

    @Override
    public void onClosed(CloseReason reason) {}
  }
}
