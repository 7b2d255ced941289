package io.kqueueserver.net.tls;

import io.kqueueserver.net.Transport;
import io.kqueueserver.stats.TlsStats;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The outgoing ciphertext of one connection. Bytes go to the socket at once. Bytes that the socket
 * does not take are kept until it does. The loop's thread only.
 */
final class TlsOutput {
  /** 256 KiB: four records, and a flight or two of the handshake behind them. */
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

  /** Number of kept bytes. */
  int waiting() {
    byte[] bytes = kept;
    return bytes == null ? 0 : bytes.length - from;
  }

  /**
   * Sends the bytes of the buffer, after the kept bytes. Returns more than 0 if all bytes were
   * sent, 0 or {@link Transport#OUT_OF_BUFFERS} if bytes are kept, else a failure. {@link
   * Transport#FAILED} means that too many bytes are kept for a peer that reads nothing.
   */
  int send(ByteBuffer out) {
    if (out.hasArray()) {
      return send(out.array(), out.arrayOffset(), out.position());
    }
    int end = out.position();
    int at = 0;
    int stopped = 0;
    while (isEmpty() && at < end) {
      int n = buffers.write(below, at, end - at);
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
      return 1;
    }
    byte[] rest = new byte[end - at];
    out.get(at, rest);
    if (!isEmpty()) {
      return send(rest, 0, rest.length);
    }
    keep(rest);
    return stopped;
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

  /** Sends the kept bytes. The result is as of {@link #send}. */
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

  /** Drops the kept bytes. */
  void clear() {
    byte[] bytes = kept;
    if (bytes != null) {
      stats.keptBytes -= bytes.length;
      kept = null;
    }
    from = 0;
  }
}
