package io.kqueueserver.server;

import io.kqueueserver.http.BodyPiece;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.Headers;
import io.kqueueserver.loop.Deadline;
import io.kqueueserver.net.ReadMemory;
import io.kqueueserver.stats.Limit;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The body of one request on its way to the listener: the demand for it, which is a number of
 * pieces for the application or the whole rest to be dropped, and the calls of the listener. The
 * loop's thread only.
 *
 * <pre>
 *   HELD BACK --------> OPEN -----------------> ENDED     isEnded; the trailers are set
 *     |  100, demand,     |  discard, discardRest ^
 *     |  or a piece       '--> DISCARDING --------'       discarding; until the response is
 *     '----- discardRest ------^                          complete only so many bytes
 * </pre>
 */
public final class RequestBody {
  /** The body of a request without body, which has ended from the start. */
  static final RequestBody NONE = new RequestBody();

  /** The exchange; null in {@link #NONE}. */
  private final @Nullable ExchangeCore exchange;

  /** Maximum number of bytes dropped before the response is complete. */
  private final long maxUnreadBytes;

  /** The measure of the client's pace; null if its time has no bound. */
  private final @Nullable BodyPace pace;

  private long pieces;
  private boolean demanded;
  private long discarded;
  private boolean heldBack;
  private boolean discarding;
  private boolean restDiscarded;

  /** The trailers; null until the body has ended. */
  private @Nullable Headers trailers;

  private RequestBody() {
    this.exchange = null;
    this.maxUnreadBytes = 0;
    this.pace = null;
    this.trailers = Headers.EMPTY;
  }

  /** Makes the body of a request, with the bounds of the context. */
  RequestBody(ExchangeCore exchange, ExchangeContext context) {
    this.exchange = exchange;
    this.maxUnreadBytes = context.limits.maxUnreadBodyBytes();
    this.pace = BodyPace.of(context, exchange.request());
    this.heldBack = exchange.request().expectsContinue();
  }

  // ---- the protocol's calls

  /**
   * Whether a piece may be received now. Before the response is complete, an unwanted body is read
   * only as far as keeps the connection.
   */
  public boolean isWanted() {
    ExchangeCore of = exchange;
    if (of == null || trailers != null) {
      return false;
    }
    return discarding ? of.isResponseEnded() || discarded <= maxUnreadBytes : pieces > 0;
  }

  /**
   * Receives a piece, in a buffer that will be reused.
   *
   * @return false if the piece was dropped
   */
  public boolean received(ByteBuffer data) {
    ExchangeCore of = exchange;
    if (of == null) {
      return false;
    }
    heldBack = false;
    if (discarding) {
      discarded += data.remaining();
      paced(data.remaining());
      return false;
    }
    pieces--;
    paced(data.remaining());
    ReadMemory.Part part = of.context.memory.keepIfMany(data);
    if (part != null) {
      data.position(data.limit());
      ApplicationCalls.run(of, ExchangeListener::onLentBody, of.end().listener(), new Lent(part));
    } else {
      ByteBuffer copy = ByteBuffer.allocate(data.remaining());
      copy.put(data).flip();
      ApplicationCalls.run(of, ExchangeListener::onBody, of.end().listener(), copy);
    }
    return true;
  }

  /** The body is complete. */
  public void ended(Headers received) {
    ExchangeCore of = exchange;
    if (of == null) {
      return;
    }
    trailers = received;
    heldBack = false;
    ExchangeEnd end = of.end();
    if (!end.hasEnded() && end.hasListener() && !restDiscarded) {
      ApplicationCalls.run(of, ExchangeListener::onBodyComplete, end.listener(), received);
    }
  }

  public boolean isEnded() {
    return trailers != null;
  }

  /** Whether the application has begun to read the body, and has not said that it wants no more. */
  public boolean isBeingRead() {
    return demanded && !discarding;
  }

  /** Whether the client holds the body back until a 100 (Continue). */
  public boolean isHeldBack() {
    return heldBack;
  }

  /** The response is complete: the rest of the body is read and dropped. */
  public void discardRest() {
    if (trailers == null) {
      restDiscarded = true;
      discarding = true;
    }
  }

  public boolean isRestDiscarded() {
    return restDiscarded;
  }

  // ---- the client's pace

  private void paced(int count) {
    if (pace != null) {
      pace.advanced(count, isWanted() && !heldBack);
    }
  }

  /** The time at which {@link #tooSlow} must be called next; {@link Deadline#NEVER} for none. */
  public long paceDue() {
    return pace == null ? Deadline.NEVER : pace.due();
  }

  /** The bound on slow bodies that the client has met; null if there is none. */
  public @Nullable Limit tooSlow() {
    return pace == null ? null : pace.check();
  }

  /** The server does not read for now, so the client is not slow. */
  public void excuse() {
    if (pace != null) {
      pace.excuse();
    }
  }

  // ---- the exchange's calls

  /** The fields after the body; null until the body has ended. */
  @Nullable Headers trailers() {
    return trailers;
  }

  /** The application wants {@code more} further pieces. */
  void demand(long more) {
    ExchangeCore of = exchange;
    if (of == null || trailers != null || of.end().hasEnded() || more <= 0) {
      return;
    }
    demanded = true;
    pieces = pieces + more < 0 ? Long.MAX_VALUE : pieces + more;
    if (heldBack) {
      of.inform(100, HeaderSource.NONE);
    }
    paced(0);
    of.wire().advanced();
  }

  /** The application wants no more of the body. A body that is held back is not requested. */
  void discard() {
    ExchangeCore of = exchange;
    if (of != null && trailers == null && !discarding && !heldBack) {
      discarding = true;
      paced(0);
      of.wire().advanced();
    }
  }

  /** A 100 (Continue) has requested the body. */
  void continued() {
    if (heldBack) {
      heldBack = false;
      paced(0);
    }
  }

  /** A piece that lies where it was read. */
  private record Lent(ReadMemory.Part part) implements BodyPiece {
    @Override
    public ByteBuffer bytes() {
      return part.bytes();
    }

    @Override
    public void release() {
      part.release();
    }

    @Override
    public void forfeit() {
      part.forfeit();
    }
  }
}
