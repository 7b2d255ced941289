package io.kqueueserver.net.tls;

import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.net.ApplicationProtocol;
import io.kqueueserver.net.Transport;
import java.nio.ByteBuffer;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of one loop for ciphertext that is being encrypted or decrypted. Connections hold no
 * buffer. For engines that work on arrays the buffers are heap memory: one copy in bulk costs less
 * than the copies of a cipher. Engines that work on native memory have native buffers, and their
 * records are encrypted into the memory that write(2) takes.
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

  /** As {@link #in}, of native memory; null until a connection has an engine that works on it. */
  private @Nullable ByteBuffer nativeIn;

  /** Chooses a protocol of those that the clients of this loop offer by ALPN. */
  final AlpnSelector alpn;

  private final NativeBuffer wire = NativeBuffer.allocate(OUT_BYTES);

  /** The memory of {@link #wire}, in the order of bytes of the network. */
  private final ByteBuffer nativeOut = wire.bytes().duplicate();

  TlsBuffers(List<ApplicationProtocol> applicationProtocols) {
    this.alpn = new AlpnSelector(applicationProtocols);
  }

  /** An empty buffer with room for a connection's kept bytes and one more read. */
  ByteBuffer in(int kept, int read, EngineMemory memory) {
    if (memory == EngineMemory.NATIVE) {
      return nativeIn(kept + read);
    }
    if (in.capacity() < kept + read) {
      in = ByteBuffer.allocate(kept + read);
    }
    return in.clear();
  }

  /** The bytes of a buffer on the heap, for an engine that works on native memory. */
  ByteBuffer nativeCopy(ByteBuffer of) {
    return nativeIn(of.remaining()).put(of.duplicate()).flip();
  }

  private ByteBuffer nativeIn(int size) {
    ByteBuffer found = nativeIn;
    if (found == null || found.capacity() < size) {
      int capacity = Math.max(size, OUT_BYTES + TlsRecords.MAX_RECORD);
      found = NativeBuffer.allocate(capacity).bytes().duplicate(); // in the network's order
      nativeIn = found;
    }
    return found.clear();
  }

  /** The empty buffer for an engine's output. */
  ByteBuffer out(EngineMemory memory) {
    return memory == EngineMemory.NATIVE ? nativeOut.clear() : out.clear();
  }

  /**
   * As {@link #out}, on the heap, for an engine that found the buffer too small.
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

  /** Writes bytes that an engine has put to the {@link #out} of native memory. */
  int write(Transport below, int from, int length) {
    return below.write(wire, from, length);
  }
}
