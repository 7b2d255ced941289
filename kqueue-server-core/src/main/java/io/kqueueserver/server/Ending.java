package io.kqueueserver.server;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.h1.Http1Decoder;
import io.kqueueserver.net.Connection;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Takes notes of one exchange for its end. There is one per exchange where somebody listens, and
 * none otherwise. The loop's thread only.
 */
final class Ending implements EndedExchange {
  private final Connection connection;
  private final Http1Context context;
  private final @Nullable Http1Exchange exchange;
  private final String refusedLine;

  private int status;
  private HeaderSource fields = HeaderSource.NONE;
  private long respondedNanos;
  private boolean answered;
  private boolean told;
  private long endedNanos;
  private @Nullable ExchangeException cause;

  private Ending(
      Connection connection,
      Http1Context context,
      @Nullable Http1Exchange exchange,
      String refusedLine) {
    this.connection = connection;
    this.context = context;
    this.exchange = exchange;
    this.refusedLine = refusedLine;
  }

  /** Null if nobody wants to hear of ends. */
  static @Nullable Ending of(Http1Exchange exchange, Connection connection, Http1Context context) {
    return context.tellsEnds ? new Ending(connection, context, exchange, "") : null;
  }

  /** A request was refused that never became an exchange. Nothing is made if nobody listens. */
  static void refused(
      Connection connection,
      Http1Context context,
      Http1Decoder decoder,
      int status,
      Reason why,
      @Nullable String message,
      @Nullable Throwable cause) {
    if (context.tellsEnds) {
      Ending ending = new Ending(connection, context, null, decoder.refusedLine());
      ending.answered(status);
      ending.ended(new ExchangeException(why, message, cause));
    }
  }

  /** A response head was sent. */
  void responded(int sent, HeaderSource with) {
    status = sent;
    fields = with;
    respondedNanos = System.nanoTime();
  }

  /** A whole response was sent, though something went wrong. */
  void answered(int sent) {
    answered = true;
    if (status != sent) {
      responded(sent, HeaderSource.NONE);
    }
  }

  /** Tells the listener, once; null for an exchange that ended well. */
  void ended(@Nullable ExchangeException why) {
    if (told) {
      return;
    }
    told = true;
    cause = why;
    endedNanos = System.nanoTime();
    context.tell(listener -> listener.onExchangeEnd(this));
    fields = HeaderSource.NONE;
  }

  @Override
  public @Nullable RequestHead request() {
    return exchange == null ? null : exchange.request();
  }

  @Override
  public String refusedLine() {
    return refusedLine;
  }

  @Override
  public int status() {
    return status;
  }

  @Override
  public long bodyBytes() {
    return exchange == null ? 0 : exchange.bodyBytes();
  }

  @Override
  public HeaderSource responseFields() {
    return fields;
  }

  @Override
  public long durationNanos() {
    return exchange == null ? 0 : endedNanos - exchange.startedNanos();
  }

  @Override
  public long respondedAfterNanos() {
    if (status == 0) {
      return -1;
    }
    return exchange == null ? 0 : respondedNanos - exchange.startedNanos();
  }

  @Override
  public String scheme() {
    return connection.isSecure() ? "https" : "http";
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return exchange == null ? connection.remoteAddress() : exchange.remoteAddress();
  }

  @Override
  public InetSocketAddress localAddress() {
    if (exchange != null) {
      return exchange.localAddress();
    }
    InetSocketAddress known = connection.localAddress();
    return known == null ? context.listenAddress : known;
  }

  @Override
  public String loop() {
    return connection.loop().name();
  }

  @Override
  public boolean keepsAlive() {
    return isAnswered() && exchange != null && exchange.keepsAlive();
  }

  @Override
  public boolean isAnswered() {
    return answered || cause == null;
  }

  @Override
  public @Nullable ExchangeException cause() {
    return cause;
  }
}
