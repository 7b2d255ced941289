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
 * Collects the facts of one exchange for the listener of its end. An exchange has notes only if a
 * listener wants the ends of exchanges. The loop's thread only.
 */
public final class ExchangeNotes implements EndedExchange {
  private final Endpoint endpoint;
  private final ExchangeContext context;
  private final @Nullable ExchangeCore exchange;
  private final String refusedLine;
  private final long refusedStreamId;

  private int status;
  private HeaderSource fields = HeaderSource.NONE;
  private long respondedNanos;
  private boolean answered;
  private boolean reported;
  private long endedNanos;
  private @Nullable ExchangeException cause;

  private ExchangeNotes(
      Endpoint endpoint,
      ExchangeContext context,
      @Nullable ExchangeCore exchange,
      String refusedLine,
      long refusedStreamId) {
    this.endpoint = endpoint;
    this.context = context;
    this.exchange = exchange;
    this.refusedLine = refusedLine;
    this.refusedStreamId = refusedStreamId;
  }

  /** The notes of an exchange; null if no listener wants the ends of exchanges. */
  static @Nullable ExchangeNotes of(
      ExchangeCore exchange, Endpoint endpoint, ExchangeContext context) {
    return context.reportsEnds
        ? new ExchangeNotes(endpoint, context, exchange, "", CurrentRequest.NO_STREAM)
        : null;
  }

  /**
   * Notifies the listener of a request that was refused before it became an exchange. Without a
   * listener no object is made.
   *
   * @param streamId the number of its stream, or {@link CurrentRequest#NO_STREAM}
   * @param line what was received of its request line
   */
  public static void refused(
      Endpoint endpoint,
      ExchangeContext context,
      long streamId,
      Supplier<String> line,
      int status,
      Reason why,
      @Nullable String message,
      @Nullable Throwable cause) {
    if (context.reportsEnds) {
      ExchangeNotes ending = new ExchangeNotes(endpoint, context, null, line.get(), streamId);
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

  /** A whole response was sent, although the exchange fails. */
  void answered(int sent) {
    answered = true;
    if (status != sent) {
      responded(sent, HeaderSource.NONE);
    }
  }

  /**
   * Notifies the listener, once.
   *
   * @param why the failure; null for an exchange that has succeeded
   */
  void ended(@Nullable ExchangeException why) {
    if (reported) {
      return;
    }
    reported = true;
    cause = why;
    endedNanos = System.nanoTime();
    context.notifyListener(listener -> listener.onExchangeEnd(this));
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
      return NO_HEAD;
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
    return context.localAddress(endpoint);
  }

  @Override
  public long streamId() {
    return exchange == null ? refusedStreamId : exchange.wire().streamId();
  }

  @Override
  public String loop() {
    return context.loop.name();
  }

  @Override
  public boolean keepsAlive() {
    return isAnswered() && exchange != null && exchange.wire().keepsAlive();
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
