package io.kqueueserver.net.tls;

import io.kqueueserver.ip.IpText;
import io.kqueueserver.net.TransportHost;
import io.kqueueserver.stats.TlsFailure;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs failed handshakes. A failure that a misconfigured or hostile client may cause a thousand
 * times a second is logged once in ten seconds, with the number of omitted lines. Faults of the
 * server have a budget of their own, so that a client cannot hide them. Any thread.
 */
final class TlsLog {
  private static final Logger log = LoggerFactory.getLogger(TlsLog.class);
  private static final long INTERVAL_NANOS = 10_000_000_000L;

  private final Rate theirs;
  private final Rate ours;

  TlsLog() {
    this(System::nanoTime);
  }

  TlsLog(LongSupplier clock) {
    theirs = new Rate(clock);
    ours = new Rate(clock);
  }

  void failed(TransportHost host, TlsFailure why, String what, @Nullable Throwable cause) {
    boolean isOurs = why == TlsFailure.SERVER_ERROR;
    long skipped = (isOurs ? ours : theirs).skippedIfDue();
    if (skipped >= 0) {
      String more = skipped == 0 ? "" : "; " + skipped + " more since the last such line";
      String line =
          "fd %d, %s: %s (%s)%s"
              .formatted(host.fd(), IpText.of(host.remoteAddress()), what, why, more);
      if (isOurs) {
        log.warn(line, cause);
      } else {
        log.info(line);
      }
    }
    log.debug("fd {}: {}", host.fd(), what, cause);
  }

  /** A limit of one line in ten seconds. */
  static final class Rate {
    private final LongSupplier clock;
    private final AtomicLong next;
    private final AtomicLong suppressed = new AtomicLong();

    Rate(LongSupplier clock) {
      this.clock = clock;
      this.next = new AtomicLong(clock.getAsLong());
    }

    /** How many lines were omitted since the last line; negative if this line is omitted, too. */
    long skippedIfDue() {
      long now = clock.getAsLong();
      long due = next.get();
      if (now - due < 0 || !next.compareAndSet(due, now + INTERVAL_NANOS)) {
        suppressed.incrementAndGet();
        return -1;
      }
      return suppressed.getAndSet(0);
    }
  }
}
