package io.kqueueserver.server;

import io.kqueueserver.loop.Deadline;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.net.ConnectionHandler;
import io.kqueueserver.stats.CloseReason;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses what to speak on a new connection: the first protocol that recognises its first bytes,
 * the last one if none does. Where there is only one, nothing is waited for. The loop's thread
 * only.
 */
public final class ProtocolSelector {
  /** What any protocol may ask to see before it decides; the preface of HTTP/2 has 24 bytes. */
  static final int MAX_FIRST_BYTES = 64;

  private final List<Protocol> protocols;
  private final long timeoutNanos;

  /**
   * Makes a selector.
   *
   * @param protocols in order of preference; the last one takes what nobody recognises
   * @param timeoutNanos how long a client may take for its first bytes
   */
  public ProtocolSelector(List<Protocol> protocols, long timeoutNanos) {
    this.protocols = List.copyOf(protocols);
    this.timeoutNanos = timeoutNanos;
  }

  /** The handler a new connection begins with. */
  public ConnectionHandler open(Connection connection) {
    return protocols.size() == 1 ? fallback().open(connection) : new Undecided(connection);
  }

  /** What all of them are called in ALPN, in order of preference. */
  public List<String> applicationProtocols() {
    return protocols.stream().flatMap(p -> p.applicationProtocols().stream()).toList();
  }

  /** The handler of a secured connection; without ALPN its first bytes decide as in the clear. */
  public ConnectionHandler open(Connection connection, String applicationProtocol) {
    for (Protocol protocol : protocols) {
      if (protocol.applicationProtocols().contains(applicationProtocol)) {
        return protocol.open(connection);
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

  /** Collects first bytes until the protocol is known, then gives way to it. */
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
    public void onDrain() {
      connection.closeAfterFlush(CloseReason.DRAIN, Linger.NO);
    }

    @Override
    public void onClosed(CloseReason reason) {}
  }
}
