package io.kqueueserver.server.h1;

import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.h1.Http1Request;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.ConnectionHandler;
import io.kqueueserver.server.Upgrade;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The protocols that may take an HTTP/1.1 connection over behind the head of a request. A request
 * names several in its own order of preference.
 */
final class Upgrades {
  private final List<Upgrade> known;

  Upgrades(List<Upgrade> known) {
    this.known = List.copyOf(known);
  }

  /** The first protocol of the request's Upgrade that accepts it; null if none does. */
  @Nullable Upgrade accepted(Connection connection, Http1Request head) {
    if (known.isEmpty() || head.contentLength() != 0) {
      return null;
    }
    String offered = head.upgrade();
    if (offered == null) {
      return null;
    }
    for (String name : offered.split(",", -1)) {
      for (Upgrade upgrade : known) {
        if (upgrade.token().equalsIgnoreCase(name.strip()) && upgrade.accepts(connection, head)) {
          return upgrade;
        }
      }
    }
    return null;
  }

  /** Hands connection and request over, then the bytes behind the head, which are consumed. */
  static void handOver(
      Upgrade upgrade,
      Connection connection,
      Http1Context context,
      Http1Request head,
      ByteBuffer rest) {
    context.encoder.encodeSwitch(101, HeaderSource.NONE, upgrade.token());
    connection.write(context.encoder.bytes(), 0, context.encoder.length());
    connection.holdsInput(0);
    ConnectionHandler successor = upgrade.take(connection, head);
    connection.handler(successor);
    if (rest.hasRemaining() && connection.isOpen()) {
      successor.onInput(rest);
    }
    rest.position(rest.limit());
  }
}
