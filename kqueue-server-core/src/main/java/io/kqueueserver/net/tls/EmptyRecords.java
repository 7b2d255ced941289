package io.kqueueserver.net.tls;

import io.kqueueserver.stats.TlsFailure;

/**
 * A bound on records without content in a row. RFC 8446 5.1 lets a peer send such records, and each
 * costs processor time. Records that answer a KeyUpdate of the engine are not counted: beyond
 * {@code jdk.tls.keyLimits} the JDK's engine requests new keys with every record it opens, and a
 * client that writes all before it reads answers all of these requests in a row.
 */
final class EmptyRecords {
  /** 32 records, as in OpenSSL. */
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

  /** The engine sends a KeyUpdate, which the peer will answer by a record without content. */
  void answerDue() {
    answersDue++;
  }
}
