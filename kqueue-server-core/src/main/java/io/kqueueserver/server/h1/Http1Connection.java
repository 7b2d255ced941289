package io.kqueueserver.server.h1;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.h1.Http1Decoder;
import io.kqueueserver.http.h1.Http1Request;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.net.ConnectionHandler;
import io.kqueueserver.server.ExchangeCore;
import io.kqueueserver.server.SwitchedStream;
import io.kqueueserver.server.Upgrade;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.CurrentRequest;
import io.kqueueserver.stats.Limit;
import io.kqueueserver.stats.WireProtocol;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.x on one connection. Requests are served one after the other, each by an {@link
 * ExchangeCore} on an {@link Http1Wire}. {@link Http1Input} passes the bytes on, {@link Http1Times}
 * bounds the waits, and {@link Http1Departure} ends the connection. The loop's thread only.
 *
 * <pre>
 *   HEAD ----> EXCHANGE ----> REST OF BODY ----> HEAD ...      exchange: null, set, set, null
 *     |           |  '----------- all read ------^
 *     |           '-- switchTo ----> HANDED OVER               ConnectionStream is the handler
 *     '-- Upgrade accepted --------> HANDED OVER               another handler
 * </pre>
 */
final class Http1Connection implements ConnectionHandler {
  final Connection connection;
  final Http1Context context;

  final Http1Decoder decoder;

  private final Http1Input input;
  private final Http1Times times;
  private final Http1Departure departure;
  private final RestOfBody rest;

  /** The rows of the wire log; null if the log is off. */
  final @Nullable Http1WireRows rows;

  private @Nullable Http1Wire exchange;

  Http1Connection(Connection connection, Http1Context context) {
    this.connection = connection;
    this.context = context;
    this.decoder =
        new Http1Decoder(context.limits, context.http1, context.scratch, context.bodyPieceBytes);
    this.rows = Http1WireRows.of(context.wire, connection);
    this.rest = new RestOfBody(this, connection, context.limits);
    this.input = new Http1Input(this);
    this.times = new Http1Times(this);
    this.departure = new Http1Departure(this, input);
    connection.protocol(WireProtocol.HTTP_1);
  }

  // ---- input

  @Override
  public boolean wantsInput() {
    if (input.isStashed()) {
      return false;
    }
    Http1Wire current = exchange;
    return current == null ? connection.isWritable() : current.core.body().isWanted();
  }

  /** The size of the next read: unlimited inside a demanded body. */
  @Override
  public int readSize() {
    return exchange == null ? input.headReadBytes() : Integer.MAX_VALUE;
  }

  @Override
  public void onInput(ByteBuffer in) {
    input.take(in);
  }

  /** Whether the connection has no exchange. */
  boolean isBetweenExchanges() {
    return exchange == null;
  }

  /** The decoder has refused a head or a body. */
  void refuse(HttpException e) {
    if (rows != null) {
      rows.refused(e.status(), decoder.refusedLine());
    }
    Http1Wire current = exchange;
    exchange = null;
    Refusals.malformed(connection, context, decoder, current, e);
  }

  /** Decodes one event. Returns false if no event can be decoded from the bytes now. */
  boolean step(ByteBuffer in) {
    Http1Wire current = exchange;
    // Without input, too: between requests the decoder drops the last head, so that an idle
    // connection holds none.
    if (current == null ? !connection.isWritable() : !mayDecode(current)) {
      return false;
    }
    switch (decode(in)) {
      case NEED_INPUT -> {
        return false;
      }
      case HEAD -> {
        Http1Request head = decoder.request();
        Upgrade upgrade = isLeaving() ? null : context.upgrades.accepted(connection, head);
        if (upgrade == null) {
          begin(head, in);
        } else {
          input.handedOver();
          Upgrades.begin(upgrade, connection, context, decoder, in);
        }
      }
      case BODY -> {
        times.bodyProgressed();
        ByteBuffer piece = decoder.body();
        if (current != null
            && !current.core.body().received(piece)
            && !rest.took(current, piece.remaining())) {
          exchange = null;
          rest.giveUp();
        }
      }
      case END -> {
        if (current != null) {
          current.core.body().ended(decoder.trailers());
          endIfDone(current);
        }
      }
    }
    return true;
  }

  private Http1Decoder.Event decode(ByteBuffer in) {
    Http1Decoder.Event event = decoder.decode(in);
    if (rows != null) {
      rows.decoded(event, decoder);
    }
    return event;
  }

  /** Whether an event of the body may be decoded: with demand, or if only the end can come. */
  private boolean mayDecode(Http1Wire current) {
    return current.core.body().isWanted()
        || (!current.core.body().isEnded() && decoder.bodyRemaining() == 0);
  }

  private void begin(Http1Request head, ByteBuffer in) {
    times.requestBegan();
    connection.stats().requests++;
    connection.loop().stats().requests++;
    if (rows != null) {
      rows.request(head);
    }
    Http1Wire current = new Http1Wire(this, head);
    exchange = current;
    if (head.contentLength() == 0) {
      decode(in); // decodes END: a request without body is complete without further bytes
    }
    current.core.handle();
    endIfDone(current);
  }

  /** Whether the connection may stay open after the current response. */
  boolean keepAlive(ExchangeCore current) {
    int max = context.limits.maxKeepAliveRequests();
    boolean more = max < 0 || connection.stats().requests < max;
    if (!more) {
      connection.loop().limitHit(Limit.KEEP_ALIVE_REQUESTS);
    }
    if (context.exchanges.active.announcesEnd()) {
      departure.begin(CloseReason.DRAIN); // this response says so
    }
    return decoder.keepAlive() && !isLeaving() && more && rest.keeps(current);
  }

  // ---- the calls of an exchange

  /** More body is wanted, or the response is complete. */
  void advanced(Http1Wire current) {
    if (current.core.isResponseEnded()) {
      endIfDone(current);
    } else {
      times.bodyProgressed();
      input.resume();
    }
  }

  /** The response is complete, or the request is. */
  private void endIfDone(Http1Wire current) {
    if (current != exchange || !current.core.isResponseEnded()) {
      return;
    }
    if (!current.core.body().isEnded()) {
      if (rest.discard(current)) {
        times.bodyProgressed();
        input.resume();
      } else {
        exchange = null;
        connection.closeAfterFlush(CloseReason.RESPONSE_END, Linger.YES);
      }
      return;
    }
    exchange = null;
    if (departure.follows(current)) {
      departure.behindExchange();
    } else {
      connection.endDiscard();
      input.resume();
    }
  }

  /** The exchange was reset. */
  void broken(Http1Wire current) {
    if (current == exchange) {
      exchange = null;
      departure.broken(current);
    }
  }

  /** Hands the connection to the stream, with the bytes that were read and not decoded. */
  void takeOver(SwitchedStream stream) {
    ConnectionStream successor = new ConnectionStream(connection, stream);
    connection.handler(successor);
    exchange = null;
    input.handOver(successor);
    CloseReason reason = departure.reason();
    if (reason != null) {
      stream.drain(reason);
    }
  }

  // ---- errors of the peer

  @Override
  public void onInputEnd() {
    Http1Wire current = exchange;
    if (current == null) {
      departure.inputEnded();
    } else if (!current.core.body().isEnded()) {
      peerGone(current, "the client closed the connection in the middle of its request body");
    } else {
      onPeerClosed();
    }
  }

  @Override
  public void onInputTruncated() {
    Http1Wire current = exchange;
    if (current != null && current.core.body().isEnded()) {
      peerGone(current, "the client broke its TLS connection off before its response was complete");
    } else {
      onInputEnd();
    }
  }

  @Override
  public void onPeerClosed() {
    // As in nginx and Netty, a client that closes before its response is complete has gone. Pinned
    // by DisconnectTest. allow-half-close serves the rare client that closes only its own side.
    Http1Wire current = exchange;
    if (current != null && !context.allowHalfClose) {
      peerGone(current, "the client closed the connection before its response was complete");
    }
  }

  private void peerGone(Http1Wire current, String message) {
    exchange = null;
    departure.peerGone(current, message);
  }

  // ---- time

  /** Sets the deadline of the current wait. */
  void armDeadline() {
    times.arm(exchange);
  }

  @Override
  public void onDeadline() {
    Http1Wire current = exchange;
    if (!times.extend(current)) {
      exchange = null;
      timedOut(current);
    }
  }

  private void timedOut(@Nullable Http1Wire current) {
    if (current != null && current.core.isResponseEnded()) {
      rest.giveUp();
    } else if (current != null) {
      Refusals.bodyTimedOut(connection, context, current, times.bodyLimit());
    } else if (decoder.isIdle()) {
      departure.idle(times.isUsed() ? CloseReason.IDLE_TIMEOUT : CloseReason.HEADER_TIMEOUT);
    } else {
      Refusals.headTimedOut(connection, context, decoder);
    }
  }

  // ---- the rest

  /** Passes the current request. Observers read the field that the connection itself uses. */
  @Override
  public void eachRequest(Consumer<? super CurrentRequest> observer) {
    Http1Wire current = exchange;
    if (current != null) {
      observer.accept(current.core.observed());
    }
  }

  @Override
  public void onWritable() {
    if (exchange != null) {
      exchange.core.writable();
    } else {
      input.resume(); // the next pipelined request waited for the responses before it to leave
    }
  }

  @Override
  public void onDrain(CloseReason reason) {
    departure.begin(reason);
    if (exchange == null && departure.endsIdle()) {
      departure.idle(reason);
    } else if (exchange == null && !input.isStashed()) {
      times.leave();
    }
  }

  /** Whether the connection should end after its exchange. */
  boolean isLeaving() {
    return departure.reason() != null;
  }

  @Override
  public void onStop() {
    Http1Wire current = exchange;
    if (current != null && !current.core.isResponseEnded()) {
      Refusals.stopped(connection, context, current);
    }
  }

  @Override
  public void onClosed(CloseReason reason) {
    input.drop();
    Http1Wire current = exchange;
    exchange = null;
    if (current != null) {
      current.core.end().onDropped(reason);
    }
  }
}
