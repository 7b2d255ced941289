package io.kqueueserver.net.tls;

import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.net.Transport;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Where one loop's ciphertext lies while it is worked on; connections hold none of it. The engine
 * works on heap memory: the JDK's ciphers copy what is direct into arrays of their own, piece by
 * piece, and one copy in bulk costs less.
 */
final class TlsBuffers {
  /** Records per write(2), and so plaintext that one slow peer makes us keep encrypted: 64 KiB. */
  private static final int RECORDS_OUT = 4;

  private static final int OUT_BYTES = RECORDS_OUT * TlsRecords.MAX_RECORD;

  static final int BYTES = 3 * OUT_BYTES + TlsRecords.MAX_RECORD;

  /** Ciphertext to be opened. */
  private ByteBuffer in = ByteBuffer.allocate(OUT_BYTES + TlsRecords.MAX_RECORD);

  /** Records fresh from the engine. */
  final ByteBuffer out = ByteBuffer.allocate(OUT_BYTES);

  /** What is offered by ALPN. */
  final List<String> applicationProtocols;

  private final NativeBuffer wire = NativeBuffer.allocate(OUT_BYTES);

  TlsBuffers(List<String> applicationProtocols) {
    this.applicationProtocols = List.copyOf(applicationProtocols);
  }

  /** An empty buffer for what a connection has kept and one more read. */
  ByteBuffer in(int kept, int read) {
    if (in.capacity() < kept + read) {
      in = ByteBuffer.allocate(kept + read);
    }
    return in.clear();
  }

  /** Writes bytes of an array, not more than {@link #out} has. */
  int write(Transport below, byte[] bytes, int from, int length) {
    int n = Math.min(length, wire.size());
    wire.bytes().put(0, bytes, from, n);
    return below.write(wire, n);
  }
}
