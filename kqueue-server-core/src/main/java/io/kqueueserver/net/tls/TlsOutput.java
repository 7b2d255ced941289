package io.kqueueserver.net.tls;

import io.kqueueserver.net.Transport;
import io.kqueueserver.stats.TlsStats;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One connection's ciphertext on its way out: to the socket at once, and what that does not take is
 * kept, only then and only so long. The loop's thread only.
 */
final class TlsOutput {
  /** Four records, and a flight or two of the handshake's own behind them. */
  private static final int MAX_KEPT = 256 * 1024;

  private final TlsBuffers buffers;
  private final Transport below;
  private final TlsStats stats;
  private byte @Nullable [] kept;
  private int from;

  TlsOutput(TlsBuffers buffers, Transport below, TlsStats stats) {
    this.buffers = buffers;
    this.below = below;
    this.stats = stats;
  }

  boolean isEmpty() {
    return kept == null;
  }

  /** Bytes that are kept. */
  int waiting() {
    byte[] bytes = kept;
    return bytes == null ? 0 : bytes.length - from;
  }

  /**
   * Sends what was put into the buffer, behind what is kept. More than 0 when all is gone, 0 or
   * {@link Transport#OUT_OF_BUFFERS} if some is kept, else a failure; {@link Transport#FAILED} if a
   * peer that reads nothing makes us say too much.
   */
  int send(ByteBuffer out) {
    return send(out.array(), out.arrayOffset(), out.position());
  }

  int send(byte[] bytes, int start, int length) {
    byte[] before = kept;
    if (before == null) {
      return write(bytes, start, start + length);
    }
    int waits = before.length - from;
    if (waits + length > MAX_KEPT) {
      return Transport.FAILED;
    }
    byte[] both = Arrays.copyOfRange(before, from, from + waits + length);
    System.arraycopy(bytes, start, both, waits, length);
    keep(both);
    return 0;
  }

  /** Sends what is kept: as {@link #send}. */
  int flush() {
    byte[] bytes = kept;
    return bytes == null ? 1 : write(bytes, from, bytes.length);
  }

  private int write(byte[] bytes, int start, int end) {
    int at = start;
    int stopped = 0;
    while (at < end) {
      int n = buffers.write(below, bytes, at, end - at);
      if (Transport.isError(n)) {
        return n;
      }
      if (n <= 0) {
        stopped = n;
        break;
      }
      at += n;
    }
    if (at == end) {
      clear();
      return 1;
    }
    if (bytes == kept) {
      from = at;
    } else {
      keep(Arrays.copyOfRange(bytes, at, end));
    }
    return stopped;
  }

  private void keep(byte[] bytes) {
    clear();
    kept = bytes;
    stats.keptBytes += bytes.length;
  }

  /** Gives up what is kept. */
  void clear() {
    byte[] bytes = kept;
    if (bytes != null) {
      stats.keptBytes -= bytes.length;
      kept = null;
    }
    from = 0;
  }
}
