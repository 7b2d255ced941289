package io.kqueueserver.server;

import io.kqueueserver.http.BodyPiece;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.Headers;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/** Sends a body back as it comes, large pieces from the memory into which they were read. */
final class Relay implements ExchangeListener {
  private final Exchange exchange;
  private final AtomicInteger lent;

  private Relay(Exchange exchange, AtomicInteger lent) {
    this.exchange = exchange;
    this.lent = lent;
  }

  /** Begins to relay; {@code lent} counts the pieces that were lent. */
  static void begin(Exchange exchange, AtomicInteger lent) {
    exchange.listener(new Relay(exchange, lent));
    exchange.demand(1);
    exchange.respond(200, ServerExtension.TEXT, Exchange.UNKNOWN_LENGTH);
  }

  @Override
  public void onBody(ByteBuffer data) {
    exchange.write(data, null);
    goOn();
  }

  @Override
  public void onLentBody(BodyPiece piece) {
    lent.incrementAndGet();
    boolean written = false;
    try {
      exchange.write(piece.bytes(), piece::release);
      written = true;
    } finally {
      if (!written) {
        piece.release();
      }
    }
    goOn();
  }

  private void goOn() {
    if (exchange.isWritable()) {
      exchange.demand(1);
    }
  }

  @Override
  public void onWritable() {
    exchange.demand(1);
  }

  @Override
  public void onBodyComplete(Headers trailers) {
    exchange.finish();
  }

  @Override
  public void onComplete() {}

  @Override
  public void onError(ExchangeException cause) {}
}
