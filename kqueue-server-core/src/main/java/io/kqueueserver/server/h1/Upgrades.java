package io.kqueueserver.server.h1;

import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.h1.Http1Decoder;
import io.kqueueserver.http.h1.Http1Request;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.ConnectionHandler;
import io.kqueueserver.server.Upgrade;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The protocols that may take an HTTP/1.1 connection over after a request. A request may offer
 * several protocols, in its own order of preference.
 */
final class Upgrades {
  private static final ByteBuffer NO_BODY = ByteBuffer.allocate(0);

  private final List<Upgrade> known;

  Upgrades(List<Upgrade> known) {
    this.known = List.copyOf(known);
  }

  /** The first protocol of the request's Upgrade field that accepts the request; null if none. */
  @Nullable Upgrade accepted(Connection connection, Http1Request head) {
    if (known.isEmpty() || head.contentLength() < 0 || head.expectsContinue()) {
      return null;
    }
    String offered = head.upgrade();
    if (offered == null) {
      return null;
    }
    for (String name : offered.split(",", -1)) {
      for (Upgrade upgrade : known) {
        if (upgrade.token().equalsIgnoreCase(name.strip())
            && head.contentLength() <= upgrade.maxBodyBytes()
            && upgrade.accepts(connection, head)) {
          return upgrade;
        }
      }
    }
    return null;
  }

  /** Hands the connection to the protocol, now or after the request's body. */
  static void begin(
      Upgrade upgrade,
      Connection connection,
      Http1Context context,
      Http1Decoder decoder,
      ByteBuffer rest) {
    Http1Request head = decoder.request();
    if (head.contentLength() == 0) {
      giveRest(handOver(upgrade, connection, context, head, NO_BODY), connection, rest);
    } else {
      ConnectionHandler collecting = new BodyBeforeUpgrade(upgrade, connection, context, decoder);
      connection.handler(collecting);
      collecting.onInput(rest);
    }
  }

  /** Sends 101, and hands connection and request over. */
  static ConnectionHandler handOver(
      Upgrade upgrade,
      Connection connection,
      Http1Context context,
      Http1Request head,
      ByteBuffer body) {
    context.encoder.encodeSwitch(101, HeaderSource.NONE, upgrade.token());
    connection.write(context.encoder.bytes(), 0, context.encoder.length());
    connection.holdsInput(0);
    ConnectionHandler successor = upgrade.take(connection, head, body);
    connection.handler(successor);
    return successor;
  }

  /** Passes the bytes after the request to the successor, and consumes them. */
  static void giveRest(ConnectionHandler successor, Connection connection, ByteBuffer rest) {
    if (rest.hasRemaining() && connection.isOpen()) {
      successor.onInput(rest);
    }
    rest.position(rest.limit());
  }
}
