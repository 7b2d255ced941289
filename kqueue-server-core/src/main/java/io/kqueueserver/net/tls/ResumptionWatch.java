package io.kqueueserver.net.tls;

import java.nio.ByteBuffer;

/**
 * Finds out from the server's own bytes whether a handshake resumes a session. {@code SSLEngine}
 * has no method for that, and engines differ in the creation time of a session. In TLS 1.3 the
 * ServerHello of a resumption selects a key by {@code pre_shared_key} (RFC 8446 4.2.11). In TLS 1.2
 * no Certificate follows the ServerHello (RFC 5246 7.3). The loop's thread only.
 */
final class ResumptionWatch {
  private static final int SERVER_HELLO = 2;
  private static final int CERTIFICATE = 11;
  private static final int MESSAGE_HEADER = 4;
  private static final int VERSION_AND_RANDOM = 2 + 32;
  private static final int SUITE_AND_COMPRESSION = 2 + 1;
  private static final int PRE_SHARED_KEY = 41;
  private static final int SUPPORTED_VERSIONS = 43;

  /** RFC 8446 4.1.3: first bytes of the random of a HelloRetryRequest. */
  private static final long RETRY = 0xCF21AD74E59A6111L;

  // HELLO -> NEXT_MESSAGE -> RESUMED or FULL (TLS 1.2)      HELLO -> RESUMED or FULL (TLS 1.3)
  private enum Awaits {
    HELLO,
    NEXT_MESSAGE,
    NOTHING
  }

  private Awaits awaits = Awaits.HELLO;
  private boolean resumed;

  /** Whether the handshake resumes a session. Final after the server's first flight. */
  boolean isResumed() {
    return resumed;
  }

  /** Looks at whole records, from byte 0 to the buffer's position. The buffer does not change. */
  void sees(ByteBuffer out) {
    ByteBuffer records = out.duplicate().flip();
    while (awaits != Awaits.NOTHING && records.remaining() >= TlsRecords.HEADER) {
      byte type = records.get();
      records.position(records.position() + 2); // the version
      int length = Math.min(records.getShort() & 0xffff, records.remaining());
      ByteBuffer record = records.slice(records.position(), length);
      records.position(records.position() + length);
      if (type == TlsRecords.HANDSHAKE) {
        messages(record);
      } else if (awaits == Awaits.NEXT_MESSAGE) {
        found(true); // ChangeCipherSpec
      }
    }
  }

  private void messages(ByteBuffer record) {
    while (awaits != Awaits.NOTHING && record.remaining() >= MESSAGE_HEADER) {
      int typeAndLength = record.getInt();
      int type = typeAndLength >>> 24;
      int length = Math.min(typeAndLength & 0xffffff, record.remaining());
      if (awaits == Awaits.NEXT_MESSAGE) {
        found(type != CERTIFICATE);
      } else if (type == SERVER_HELLO) {
        hello(record.slice(record.position(), length));
      }
      record.position(record.position() + length);
    }
  }

  private void found(boolean isResumption) {
    resumed = isResumption;
    awaits = Awaits.NOTHING;
  }

  private void hello(ByteBuffer hello) {
    if (hello.remaining() <= VERSION_AND_RANDOM || hello.getLong(2) == RETRY) {
      return;
    }
    hello.position(VERSION_AND_RANDOM);
    int extensions = hello.position() + 1 + hello.get(VERSION_AND_RANDOM) + SUITE_AND_COMPRESSION;
    boolean isTls13 = false;
    boolean hasKey = false;
    if (hello.limit() >= extensions + 2) {
      hello.position(extensions + 2);
      while (hello.remaining() >= 4) {
        int type = hello.getShort() & 0xffff;
        int length = Math.min(hello.getShort() & 0xffff, hello.remaining());
        hello.position(hello.position() + length);
        isTls13 |= type == SUPPORTED_VERSIONS;
        hasKey |= type == PRE_SHARED_KEY;
      }
    }
    if (isTls13) {
      found(hasKey);
    } else {
      awaits = Awaits.NEXT_MESSAGE;
    }
  }
}
