package io.kqueueserver.server;

import io.kqueueserver.http.RequestHead;
import io.kqueueserver.loop.Deadline;
import io.kqueueserver.loop.LoopThread;
import io.kqueueserver.net.MinRate;
import io.kqueueserver.stats.Limit;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The measure of one request's body against {@link Pace}. Its clock runs only while a part of the
 * body is wanted, so that no client is measured by the pace of the application. A measure is
 * arithmetic and has no deadline of its own. The loop's thread only.
 */
public final class BodyPace {
  /** 10 ms: bytes that came while the loop was busy are read before the client is found slow. */
  private static final long UNREAD_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final LoopThread loop;
  private final MinRate rate;
  private final long maxNanos;

  private long bytes;

  /** The time waited before {@link #since}. */
  private long waited;

  /** The time since which a part is wanted; NEVER while none is. */
  private long since = Deadline.NEVER;

  /** The time of the second look at a body that was due; NEVER before the first look. */
  private long lookAgain = Deadline.NEVER;

  BodyPace(LoopThread loop, MinRate rate, long maxNanos) {
    this.loop = loop;
    this.rate = rate;
    this.maxNanos = maxNanos;
  }

  /** The measure of this request's body; null if its time has no bound. */
  public static @Nullable BodyPace of(ExchangeContext context, RequestHead head) {
    Pace pace = context.pace;
    MinRate rate = pace.requests(head.path());
    boolean bounded = !pace.maxBodyTime().isZero();
    if (rate.isOff() && !bounded) {
      return null;
    }
    long most = bounded ? OptionBounds.nanos(pace.maxBodyTime()) : Long.MAX_VALUE;
    return new BodyPace(context.loop, rate, most);
  }

  /** The application has received {@code count} bytes, and wants more or does not. */
  public void advanced(int count, boolean wanted) {
    bytes += count;
    if (wanted && since == Deadline.NEVER) {
      since = loop.now();
    } else if (!wanted && since != Deadline.NEVER) {
      waited += loop.now() - since;
      since = Deadline.NEVER;
    }
  }

  /** The server does not read for now. The measure begins anew with the next byte. */
  public void excuse() {
    bytes = 0;
    waited = 0;
    since = Deadline.NEVER;
  }

  /** The time at which {@link #check} must be called next; {@link Deadline#NEVER} for none. */
  public long due() {
    long late = tooLate();
    return lookAgain != Deadline.NEVER && late - lookAgain <= 0 ? lookAgain : late;
  }

  /** The time at which the client is too slow if no byte comes. */
  private long tooLate() {
    if (since == Deadline.NEVER) {
      return Deadline.NEVER;
    }
    return since + Math.min(rate.allowedNanos(bytes), maxNanos) - waited;
  }

  /** The bound that the client has not kept to; null while there is none. */
  public @Nullable Limit check() {
    long now = loop.now();
    long late = tooLate();
    if (late == Deadline.NEVER || late - now > 0) {
      return null;
    }
    if (lookAgain == Deadline.NEVER || late - lookAgain > 0) {
      lookAgain = now + UNREAD_NANOS;
    }
    if (lookAgain - now > 0) {
      return null;
    }
    return maxNanos <= rate.allowedNanos(bytes) ? Limit.REQUEST_BODY_TIME : Limit.REQUEST_RATE;
  }

  /** What the application gets as the message of a body that has met this limit. */
  public static String message(Limit met) {
    return met == Limit.BODY_TIMEOUT
        ? "the client sent no byte of its body for too long"
        : "the client sent its body too slowly (" + met.property() + ")";
  }
}
