package io.kqueueserver.server;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.net.Endpoint;
import io.kqueueserver.stats.CurrentRequest;
import java.net.InetSocketAddress;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes notes of one exchange for its end. There is one per exchange where a listener asks for
 * ends, and none otherwise. The loop's thread only.
 */
public final class ExchangeNotes implements EndedExchange {
  private final Endpoint endpoint;
  private final ExchangeContext context;
  private final @Nullable ExchangeCore exchange;
  private final String refusedLine;

  private int status;
  private HeaderSource fields = HeaderSource.NONE;
  private long respondedNanos;
  private boolean answered;
  private boolean told;
  private long endedNanos;
  private @Nullable ExchangeException cause;

  private ExchangeNotes(
      Endpoint endpoint,
      ExchangeContext context,
      @Nullable ExchangeCore exchange,
      String refusedLine) {
    this.endpoint = endpoint;
    this.context = context;
    this.exchange = exchange;
    this.refusedLine = refusedLine;
  }

  /** Null if no listener asks for the ends of exchanges. */
  static @Nullable ExchangeNotes of(
      ExchangeCore exchange, Endpoint endpoint, ExchangeContext context) {
    return context.tellsEnds ? new ExchangeNotes(endpoint, context, exchange, "") : null;
  }

  /**
   * A request was refused before it became an exchange. No object is made without a listener.
   *
   * @param line what was received of its request line
   */
  public static void refused(
      Endpoint endpoint,
      ExchangeContext context,
      Supplier<String> line,
      int status,
      Reason why,
      @Nullable String message,
      @Nullable Throwable cause) {
    if (context.tellsEnds) {
      ExchangeNotes ending = new ExchangeNotes(endpoint, context, null, line.get());
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
    return endpoint.isSecure() ? "https" : "http";
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return exchange == null ? endpoint.remoteAddress() : exchange.remoteAddress();
  }

  @Override
  public boolean isClientKnown() {
    return endpoint.isClientKnown();
  }

  @Override
  public InetSocketAddress localAddress() {
    if (exchange != null) {
      return exchange.localAddress();
    }
    InetSocketAddress known = endpoint.localAddress();
    return known == null ? context.listenAddress : known;
  }

  @Override
  public long streamId() {
    return exchange == null ? CurrentRequest.NO_STREAM : exchange.streamId();
  }

  @Override
  public String loop() {
    return context.loop.name();
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
