package io.kqueueserver.net.tls;

import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.net.Transport;
import java.nio.ByteBuffer;
import java.util.List;
import javax.net.ssl.SSLException;

/**
 * Where one loop's ciphertext lies while it is worked on; connections hold none of it. The engine
 * works on heap memory: the JDK's ciphers copy what is direct into arrays of their own, piece by
 * piece, and one copy in bulk costs less.
 */
final class TlsBuffers {
  /** Records per write(2), and so plaintext that one slow peer makes us keep encrypted: 64 KiB. */
  private static final int RECORDS_OUT = 4;

  private static final int OUT_BYTES = RECORDS_OUT * TlsRecords.MAX_RECORD;

  /** An engine with larger packets than this is broken. */
  private static final int MAX_PACKET = 1024 * 1024;

  static final int BYTES = 3 * OUT_BYTES + TlsRecords.MAX_RECORD;

  /** Ciphertext to be opened. */
  private ByteBuffer in = ByteBuffer.allocate(OUT_BYTES + TlsRecords.MAX_RECORD);

  /** Records fresh from the engine. */
  private ByteBuffer out = ByteBuffer.allocate(OUT_BYTES);

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

  /** The empty buffer for what an engine brings out. */
  ByteBuffer out() {
    return out.clear();
  }

  /**
   * As {@link #out()}, for an engine that found it too small.
   *
   * @throws SSLException if it is as large as the engine's session asks for
   */
  ByteBuffer largerOut(int packet) throws SSLException {
    if (packet <= out.capacity() || packet > MAX_PACKET) {
      throw new SSLException("a packet of the engine does not fit into " + out.capacity());
    }
    out = ByteBuffer.allocate(packet);
    return out;
  }

  /** Writes bytes of an array, as many as go into one write. */
  int write(Transport below, byte[] bytes, int from, int length) {
    int n = Math.min(length, wire.size());
    wire.bytes().put(0, bytes, from, n);
    return below.write(wire, n);
  }
}
