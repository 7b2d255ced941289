package io.kqueueserver.server.h1;

import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.h1.Http1Decoder;
import io.kqueueserver.http.h1.Http1Request;
import io.kqueueserver.loop.Deadline;
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
 * HTTP/1.x on one connection: requests one after the other, each an {@link ExchangeCore} on its
 * {@link Http1Wire}. Pipelined bytes wait in the socket, but for those one read had already taken,
 * which wait here. The loop's thread only.
 *
 * <pre>
 *   HEAD ----> EXCHANGE ----> REST OF BODY ----> HEAD ...      exchange: null, set, set, null
 *     |           |  '----------- all read ------^
 *     |           '-- switchTo ----> SWITCHED                  switched: set, for good
 *     '-- Upgrade accepted --------> HANDED OVER               handedOver: true, for good
 * </pre>
 *
 * <p>{@code process} is the only loop over input, and does not enter itself: a call of the
 * application from inside of it (an end, a demand, a resumed stream) only changes the state, which
 * the loop looks at before each {@code step}. From outside of it, such a call goes through {@code
 * resume}, which gives {@code process} the stash first, so that bytes keep their order: while there
 * is a stash nothing is read. {@code onInput} makes a stash of what {@code process} leaves.
 */
final class Http1Connection implements ConnectionHandler {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final Connection connection;
  private final Http1Context context;
  private final Http1Decoder decoder;
  private final RestOfBody rest;

  /** Null unless the wire is listened to. */
  final @Nullable Http1WireRows rows;

  private @Nullable Http1Wire exchange;
  private @Nullable ConnectionStream switched;

  /**
   * Bytes read and not yet decoded: at most one read's worth, for nothing is read while they wait.
   */
  private @Nullable ByteBuffer stash;

  /** What the next read may take while a head is awaited. */
  private int headReadBytes = Connection.SHORT_READ_BYTES;

  private boolean processing;
  private boolean draining;

  /** Another protocol has the connection: nothing of it is touched any more. */
  private boolean handedOver;

  private int requests;
  private long bodyProgress;
  private long headStarted = Deadline.NEVER;

  Http1Connection(Connection connection, Http1Context context) {
    this.connection = connection;
    this.context = context;
    this.decoder =
        new Http1Decoder(context.limits, context.http1, context.scratch, context.bodyPieceBytes);
    this.rows = Http1WireRows.of(context.wire, connection);
    this.rest = new RestOfBody(connection, decoder, context.limits);
    connection.protocol(WireProtocol.HTTP_1);
    connection.deadline(connection.loop().now() + context.headerTimeoutNanos);
  }

  // ---- input

  @Override
  public boolean wantsInput() {
    ConnectionStream current = switched;
    if (current != null) {
      return stash == null && current.stream.wantsInput();
    }
    Http1Wire wire = exchange;
    return stash == null && (wire == null ? connection.isWritable() : wire.core.wantsBody());
  }

  /** As much as there is room for inside a body that was asked for. */
  @Override
  public int readSize() {
    return exchange == null && switched == null ? headReadBytes : Integer.MAX_VALUE;
  }

  @Override
  public void onInput(ByteBuffer in) {
    int length = in.remaining();
    boolean awaitedHead = exchange == null;
    process(in);
    if (in.hasRemaining() && connection.isOpen()) {
      stash = ByteBuffer.allocate(in.remaining()).put(in).flip();
    }
    // Longer reads are for pipelined requests that are all answered at once.
    boolean answered = awaitedHead && exchange == null && stash == null;
    headReadBytes =
        answered && length >= headReadBytes
            ? Math.min(4 * headReadBytes, context.readBufferBytes)
            : Connection.SHORT_READ_BYTES;
    account();
  }

  private void account() {
    if (handedOver) {
      return;
    }
    ByteBuffer waiting = stash;
    connection.holdsInput(decoder.keptBytes() + (waiting == null ? 0 : waiting.capacity()));
  }

  /** Goes on with waiting bytes after an exchange has ended or has asked for more body. */
  private void resume() {
    if (processing) {
      return;
    }
    ByteBuffer waiting = stash;
    if (waiting != null) {
      stash = null;
      process(waiting);
      if (waiting.hasRemaining() && connection.isOpen()) {
        stash = waiting; // not copied again, however small the steps in which it is asked for
      }
    } else {
      // A request without body is complete without further bytes.
      process(NOTHING);
    }
    account();
    if (handedOver || wantsInput()) {
      connection.resumeInput();
    }
  }

  private void process(ByteBuffer in) {
    if (processing) {
      return;
    }
    processing = true;
    try {
      while (connection.isOpen() && !handedOver && step(in)) {}
    } catch (HttpException e) {
      if (rows != null) {
        rows.refused(e.status(), decoder.refusedLine());
      }
      Http1Wire current = exchange;
      exchange = null;
      Refusals.malformed(connection, context, decoder, current, e);
    } finally {
      processing = false;
    }
    armDeadline();
  }

  /** Decodes one event; false when no more can be done with these bytes now. */
  private boolean step(ByteBuffer in) {
    ConnectionStream taken = switched;
    if (taken != null) {
      taken.stream.input(in);
      return false;
    }
    Http1Wire current = exchange;
    // Without input too: between requests the decoder lets the last head go, an idle one holds
    // none.
    if (current == null ? !connection.isWritable() : !mayDecode(current)) {
      return false;
    }
    switch (decoder.decode(in)) {
      case NEED_INPUT -> {
        return false;
      }
      case HEAD -> {
        Http1Request head = decoder.request();
        Upgrade upgrade = draining ? null : context.upgrades.accepted(connection, head);
        if (upgrade == null) {
          begin(head, in);
        } else {
          handedOver = true;
          Upgrades.handOver(upgrade, connection, context, head, in);
        }
      }
      case BODY -> {
        bodyProgress = connection.loop().now();
        if (rows != null) {
          rows.requestBody(decoder.body().remaining());
        }
        if (current != null) {
          current.core.bodyReceived(decoder.body());
        }
      }
      case END -> {
        if (rows != null) {
          rows.requestEnd(decoder.trailers());
        }
        if (current != null) {
          current.core.requestEnded(decoder.trailers());
          endIfDone(current);
        }
      }
    }
    return true;
  }

  /** The end of a body is told without demand, where no byte of body can come before it. */
  private boolean mayDecode(Http1Wire current) {
    return current.core.wantsBody()
        || (!current.core.isRequestEnded() && decoder.bodyRemaining() == 0);
  }

  private void begin(RequestHead head, ByteBuffer in) {
    requests++;
    headStarted = Deadline.NEVER;
    connection.stats().requests++;
    connection.loop().stats().requests++;
    if (rows != null) {
      rows.request(head);
    }
    Http1Wire current = new Http1Wire(this, connection, context, head);
    exchange = current;
    bodyProgress = connection.loop().now();
    if (head.contentLength() == 0 && decoder.decode(in) == Http1Decoder.Event.END) {
      if (rows != null) {
        rows.requestEnd(decoder.trailers());
      }
      current.core.requestEnded(decoder.trailers());
    }
    current.core.handle();
    endIfDone(current);
  }

  /** Whether the connection may live on after the current response. */
  boolean keepAlive(ExchangeCore current) {
    int max = context.limits.maxKeepAliveRequests();
    boolean more = max < 0 || requests < max;
    if (!more) {
      connection.loop().stats().limitHit(Limit.KEEP_ALIVE_REQUESTS);
    }
    return decoder.keepAlive() && !draining && more && rest.isSmall(current);
  }

  // ---- what an exchange tells its connection

  /** More body is wanted, or the rest is to be thrown away. */
  void bodyDemanded() {
    bodyProgress = connection.loop().now();
    if (!processing) {
      resume();
    }
  }

  /** The response is complete, or the request is. */
  void endIfDone(Http1Wire current) {
    if (current != exchange || !current.core.isResponseEnded() || switched != null) {
      return;
    }
    if (!current.core.isRequestEnded()) {
      if (!current.core.isRestDiscarded() && !rest.discard(current)) {
        exchange = null;
        connection.closeAfterFlush(CloseReason.RESPONSE_END, Linger.YES);
      }
      return;
    }
    exchange = null;
    if (!current.keepsAlive() || draining) {
      // A client that asked for the close sends nothing more; another may have pipelined.
      Linger linger = decoder.keepAlive() ? Linger.YES : lingerIfUnread();
      connection.closeAfterFlush(draining ? CloseReason.DRAIN : CloseReason.RESPONSE_END, linger);
      return;
    }
    connection.endDiscard();
    if (!processing) {
      resume();
    }
  }

  /** A piece of body was thrown away. */
  void discarded(Http1Wire current, int count) {
    if (!rest.took(current, count)) {
      giveUpRest(current);
    }
  }

  private void giveUpRest(Http1Wire current) {
    exchange = null;
    rest.giveUp(current);
  }

  /** Unread input would make a close destroy the responses before it. */
  private Linger lingerIfUnread() {
    return stash != null || connection.mayHaveUnreadInput() ? Linger.YES : Linger.NO;
  }

  /**
   * The exchange was broken off. A response framed by length or chunks shows its truncation by
   * itself, one that ends with the connection needs a reset (RFC 9112 8); what was written of it,
   * and responses before it, are sent first.
   */
  void broken(Http1Wire current) {
    if (current != exchange) {
      return;
    }
    exchange = null;
    if (current.endsWithConnection()) {
      connection.resetAfterFlush(CloseReason.SERVER_ERROR);
    } else {
      Linger linger = current.core.isRequestEnded() ? lingerIfUnread() : Linger.YES;
      connection.closeAfterFlush(CloseReason.SERVER_ERROR, linger);
    }
  }

  /** Hands the bytes to the stream; what was read and not decoded goes first, once it is open. */
  void takeOver(SwitchedStream stream) {
    switched = new ConnectionStream(connection, stream, this::resume);
    exchange = null;
    if (draining) {
      stream.drain();
    }
  }

  // ---- errors of the peer

  @Override
  public void onInputEnd() {
    if (switched != null) {
      switched.stream.inputEnded();
    } else if (exchange == null) {
      boolean betweenRequests = decoder.isIdle() || stash != null;
      connection.closeAfterFlush(
          betweenRequests ? CloseReason.PEER_CLOSED : CloseReason.PEER_GONE, Linger.NO);
    } else if (!exchange.core.isRequestEnded()) {
      peerGone("the client closed the connection in the middle of its request body");
    } else {
      onPeerClosed();
    }
  }

  @Override
  public void onInputTruncated() {
    if (switched != null) {
      switched.inputTruncated();
    } else if (exchange != null && exchange.core.isRequestEnded()) {
      peerGone("the client broke its TLS connection off before its response was complete");
    } else {
      onInputEnd();
    }
  }

  @Override
  public void onPeerClosed() {
    // As nginx and Netty: a client that closes before its response is complete has gone. Pinned by
    // DisconnectTest; allow-half-close is for the rare client that means only its own side.
    if (switched == null && exchange != null && !context.allowHalfClose) {
      peerGone("the client closed the connection before its response was complete");
    }
  }

  /** Complete responses still arrive: FIN may mean only the peer's own side. */
  private void peerGone(String message) {
    Http1Wire current = exchange;
    exchange = null;
    boolean answered = current != null && current.core.isResponseEnded();
    if (current != null && current.core.isCommitted() && !answered) {
      connection.reset(CloseReason.PEER_GONE);
    } else {
      connection.closeAfterFlush(CloseReason.PEER_GONE, lingerIfUnread());
    }
    if (current != null && !answered) {
      current.core.end().failed(Reason.PEER_CLOSED, message, null);
    }
  }

  // ---- time

  private void armDeadline() {
    if (!connection.isOpen() || switched != null || handedOver) {
      return;
    }
    long now = connection.loop().now();
    Http1Wire current = exchange;
    if (current == null) {
      if (!decoder.isIdle()) {
        // From the first byte of a head; later bytes of the same head do not put it off.
        if (headStarted == Deadline.NEVER) {
          headStarted = now;
          connection.deadline(now + context.headerTimeoutNanos);
        }
      } else if (requests > 0) {
        headStarted = Deadline.NEVER;
        boolean sending = connection.pendingBytes() > 0;
        long quietSince = sending ? now : connection.stats().lastActiveNanos;
        connection.deadline(quietSince + context.idleTimeoutNanos);
      }
      return;
    }
    headStarted = Deadline.NEVER;
    if (current.core.isResponseEnded()) {
      connection.deadline(connection.discard().due());
    } else {
      connection.deadline(
          current.core.wantsBody() ? bodyProgress + context.bodyTimeoutNanos : Deadline.NEVER);
    }
  }

  @Override
  public void onDeadline() {
    Http1Wire current = exchange;
    if (switched != null) {
      switched.stream.deadlinePassed();
    } else if (current != null && !current.core.isResponseEnded()) {
      bodyTimedOut(current);
    } else if (current != null) {
      if (connection.discard().isOver()) {
        giveUpRest(current);
      } else {
        armDeadline();
      }
    } else if (isWaitingForUs()) {
      headStarted = Deadline.NEVER;
      armDeadline();
    } else if (!decoder.isIdle()) {
      Refusals.headTimedOut(connection, context, decoder);
    } else {
      boolean fresh = requests == 0;
      connection.closeAfterFlush(
          fresh ? CloseReason.HEADER_TIMEOUT : CloseReason.IDLE_TIMEOUT, Linger.NO);
    }
  }

  /** No client is silent while responses are on their way: the write timeout watches over those. */
  private boolean isWaitingForUs() {
    if (!decoder.isIdle()) {
      return !connection.isWritable();
    }
    long quiet = connection.loop().now() - connection.stats().lastActiveNanos;
    return requests > 0 && (connection.pendingBytes() > 0 || quiet < context.idleTimeoutNanos);
  }

  private void bodyTimedOut(Http1Wire current) {
    if (connection.excusesSilence()) {
      bodyProgress = connection.loop().now(); // it is we who do not read
      armDeadline();
      return;
    }
    exchange = null;
    Refusals.bodyTimedOut(connection, context, current);
  }

  // ---- the rest

  /** No field of its own is written for observers: they look at the one we work with. */
  @Override
  public void eachRequest(Consumer<? super CurrentRequest> observer) {
    Http1Wire current = exchange;
    ConnectionStream taken = switched;
    if (current != null) {
      observer.accept(current.core.observed());
    } else if (taken != null) {
      observer.accept(taken.stream.observed());
    }
  }

  @Override
  public void onWritable() {
    if (switched != null) {
      switched.stream.writable();
    } else if (exchange != null) {
      exchange.core.writable();
    } else {
      resume(); // the next pipelined request waited for the responses before it to leave
    }
  }

  @Override
  public void onDrain() {
    draining = true;
    if (switched != null) {
      switched.stream.drain();
    } else if (exchange == null) {
      connection.closeAfterFlush(CloseReason.DRAIN, lingerIfUnread());
    }
  }

  @Override
  public void onStop() {
    Http1Wire current = exchange;
    if (switched != null) {
      switched.stop();
      return;
    }
    if (current == null || current.core.isResponseEnded()) {
      return;
    }
    Refusals.stopped(connection, context, current);
  }

  @Override
  public void onClosed(CloseReason reason) {
    stash = null;
    Http1Wire current = exchange;
    exchange = null;
    if (switched != null) {
      switched.closed(reason);
    } else if (current != null) {
      current.core.end().onDropped(reason);
    }
  }
}
