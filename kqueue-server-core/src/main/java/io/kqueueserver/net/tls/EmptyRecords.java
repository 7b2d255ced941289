package io.kqueueserver.net.tls;

import io.kqueueserver.stats.TlsFailure;

/**
 * A bound on records without content in a row: RFC 8446 5.1 lets a peer send them, and each costs
 * us. Those that answer our own engine are not counted: beyond {@code jdk.tls.keyLimits} that of
 * the JDK asks for new keys with every record it opens, and a client that writes all before it
 * reads answers all of that in a row.
 */
final class EmptyRecords {
  /** As OpenSSL. */
  private static final int MAX_IN_A_ROW = 32;

  private int inARow;
  private long answersDue;

  /** Counts a record of the peer. */
  void opened(boolean hasContent) throws TlsFailedException {
    if (hasContent) {
      inARow = 0;
    } else if (answersDue > 0) {
      answersDue--;
    } else if (++inARow > MAX_IN_A_ROW) {
      throw new TlsFailedException(TlsFailure.BAD_RECORD, "too many records without content", null);
    }
  }

  /** Our engine asks for something that no record of the peer has made it ask for. */
  void answerDue() {
    answersDue++;
  }
}
