package io.kqueueserver.net.tls;

import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.net.ApplicationProtocol;
import io.kqueueserver.net.Transport;
import java.nio.ByteBuffer;
import java.util.List;
import javax.net.ssl.SSLException;

/**
 * The buffers of one loop for ciphertext that is being encrypted or decrypted. Connections hold no
 * buffer. The buffers are heap memory, because the JDK's ciphers copy direct memory to arrays piece
 * by piece, and one copy in bulk costs less.
 */
final class TlsBuffers {
  /** 4 records per write(2), so a slow peer makes the server keep 64 KiB of encrypted bytes. */
  private static final int RECORDS_OUT = 4;

  private static final int OUT_BYTES = RECORDS_OUT * TlsRecords.MAX_RECORD;

  /** 1 MiB: an engine with larger packets is broken. */
  private static final int MAX_PACKET = 1024 * 1024;

  static final int BYTES = 3 * OUT_BYTES + TlsRecords.MAX_RECORD;

  /** Ciphertext to be decrypted. */
  private ByteBuffer in = ByteBuffer.allocate(OUT_BYTES + TlsRecords.MAX_RECORD);

  /** Records fresh from the engine. */
  private ByteBuffer out = ByteBuffer.allocate(OUT_BYTES);

  /** Chooses a protocol of those that the clients of this loop offer by ALPN. */
  final AlpnSelector alpn;

  private final NativeBuffer wire = NativeBuffer.allocate(OUT_BYTES);

  TlsBuffers(List<ApplicationProtocol> applicationProtocols) {
    this.alpn = new AlpnSelector(applicationProtocols);
  }

  /** An empty buffer with room for a connection's kept bytes and one more read. */
  ByteBuffer in(int kept, int read) {
    if (in.capacity() < kept + read) {
      in = ByteBuffer.allocate(kept + read);
    }
    return in.clear();
  }

  /** The empty buffer for an engine's output. */
  ByteBuffer out() {
    return out.clear();
  }

  /**
   * As {@link #out()}, for an engine that found the buffer too small.
   *
   * @throws SSLException if the buffer is as large as the engine's session requires
   */
  ByteBuffer largerOut(int packet) throws SSLException {
    if (packet <= out.capacity() || packet > MAX_PACKET) {
      throw new SSLException("a packet of the engine does not fit into " + out.capacity());
    }
    out = ByteBuffer.allocate(packet);
    return out;
  }

  /** Writes bytes of an array, as many as fit in one write. */
  int write(Transport below, byte[] bytes, int from, int length) {
    int n = Math.min(length, wire.size());
    wire.bytes().put(0, bytes, from, n);
    return below.write(wire, 0, n);
  }
}
