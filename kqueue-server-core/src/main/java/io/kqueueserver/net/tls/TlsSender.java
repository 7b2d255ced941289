package io.kqueueserver.net.tls;

import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.net.Transport;
import io.kqueueserver.net.TransportHost;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The output of one connection: plain bytes in records, the engine's handshake bytes, and alerts in
 * the clear for a peer whose handshake fails early. The loop's thread only, and never while a task
 * runs.
 */
final class TlsSender {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final TlsBuffers buffers;
  private final TransportHost host;
  private final TlsOutput output;
  private @Nullable SSLEngine engine;
  private EngineMemory memory = EngineMemory.HEAP;

  /** Sees the engine's own bytes during a handshake; null after it. */
  private @Nullable ResumptionWatch watch;

  /** Number of plain bytes of the next write that {@link #output} already holds encrypted. */
  private int encrypted;

  TlsSender(TlsBuffers buffers, TransportHost host, TlsOutput output) {
    this.buffers = buffers;
    this.host = host;
    this.output = output;
  }

  /** Takes the engine of a handshake that begins, and the watch for its bytes. */
  void begin(SSLEngine made, ResumptionWatch watching) {
    engine = made;
    memory = EngineMemory.of(made);
    watch = watching;
  }

  /** The handshake is done. */
  void unwatch() {
    watch = null;
  }

  /**
   * Unwraps a record of a handshake. The first was read before there was an engine, to memory that
   * may not suit it.
   */
  SSLEngineResult unwrap(ByteBuffer in, ByteBuffer plain) throws SSLException {
    if (memory == EngineMemory.HEAP || in.isDirect()) {
      return engine().unwrap(in, plain);
    }
    SSLEngineResult result = engine().unwrap(buffers.nativeCopy(in), plain);
    in.position(in.position() + result.bytesConsumed());
    return result;
  }

  /** Kind of memory that the engine works on. */
  EngineMemory memory() {
    return memory;
  }

  private SSLEngine engine() {
    return Objects.requireNonNull(engine, "no engine before a ClientHello");
  }

  /** As {@link Transport#write}. Only bytes whose records have left as a whole count as written. */
  int write(NativeBuffer from, int offset, int length) throws SSLException {
    if (!output.isEmpty()) {
      int n = flush();
      if (n <= 0) {
        return n;
      }
    }
    ByteBuffer plain = from.bytes();
    plain.limit(offset + length).position(offset + Math.min(encrypted, length));
    encrypted = 0;
    try {
      return writeFrom(plain, offset);
    } finally {
      plain.clear();
    }
  }

  private int writeFrom(ByteBuffer plain, int offset) throws SSLException {
    while (plain.hasRemaining()) {
      int start = plain.position();
      ByteBuffer records = wrap(plain);
      if (records == null) {
        return Transport.FAILED;
      }
      int n = output.send(records);
      if (Transport.isError(n)) {
        return n;
      }
      if (n <= 0) { // the bytes are kept, and sent before others; flush returns the reason
        encrypted = plain.position() - start;
        return start - offset;
      }
    }
    return plain.position() - offset;
  }

  /** Encrypts plain bytes; null if the engine has ended this side, and takes none any more. */
  private @Nullable ByteBuffer wrap(ByteBuffer plain) throws SSLException {
    ByteBuffer out = buffers.out(memory);
    // Only while another record is certain to fit: engines differ in whether BUFFER_OVERFLOW has
    // consumed plain bytes.
    do {
      SSLEngineResult result = engine().wrap(plain, out);
      if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
        if (out.position() > 0) {
          return out;
        }
        out = buffers.largerOut(engine().getSession().getPacketBufferSize());
      } else if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
        return null;
      } else if (result.getStatus() != SSLEngineResult.Status.OK || result.bytesProduced() == 0) {
        throw new SSLException("nothing can be sent any more: " + result.getStatus());
      }
    } while (plain.hasRemaining() && out.remaining() >= TlsRecords.MAX_RECORD);
    return out;
  }

  /**
   * Sends the engine's own bytes, a whole flight in one write(2). Returns false if the engine wants
   * to send and produces no bytes.
   */
  boolean wrapOwn() throws SSLException {
    SSLEngine engine = engine();
    return wrapOwn(engine, () -> engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP);
  }

  /** Wraps while {@code wanted}. Returns false if the engine produces no bytes any more. */
  private boolean wrapOwn(SSLEngine engine, BooleanSupplier wanted) throws SSLException {
    ByteBuffer out = buffers.out(memory);
    SSLException failure = null;
    int silent = 0;
    try {
      // A wrap without bytes may be a step of a handshake that ends with the client's message. Two
      // such wraps in a row are no step.
      while (silent < 2 && wanted.getAsBoolean()) {
        SSLEngineResult result = engine.wrap(NOTHING, out);
        if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
          if (out.position() == 0) {
            out = buffers.largerOut(engine.getSession().getPacketBufferSize());
          } else {
            sendOwn(out);
            out.clear();
          }
        } else {
          silent = result.bytesProduced() == 0 ? silent + 1 : 0;
        }
      }
    } catch (SSLException e) {
      failure = e;
    }
    sendOwn(out);
    if (failure != null) {
      throw failure;
    }
    return silent < 2;
  }

  private void sendOwn(ByteBuffer out) throws SSLException {
    if (watch != null) {
      watch.sees(out);
    }
    int n = out.position() == 0 ? 1 : output.send(out);
    if (n == 0 || n == Transport.OUT_OF_BUFFERS) {
      host.blocked(); // the flush that follows finds out which of the two it is
    } else if (n == Transport.FAILED) {
      throw new SSLException("the client makes us answer and takes none of it");
    } else if (n < 0) {
      host.refused(n);
    }
  }

  /** Sends close_notify, or the alert of a failure. */
  void closeNotify() {
    SSLEngine closing = engine;
    if (closing == null) {
      return;
    }
    closing.closeOutbound();
    try {
      wrapOwn(closing, () -> !closing.isOutboundDone()); // in any handshake status
    } catch (SSLException e) {
      // The connection is closed, so a lost alert does no harm.
    }
  }

  /**
   * The peer has ended its side: sends close_notify if the engine has ended this side with it.
   * Conscrypt's does so with every version of TLS, the JDK's with TLS 1.2 (RFC 5246 7.2.1).
   */
  void peerClosed() throws SSLException {
    if (memory == EngineMemory.NATIVE) {
      closeNotify(); // waits, though the handshake status is not NEED_WRAP
    } else {
      wrapOwn();
    }
  }

  void sendInTheClear(byte[] bytes) {
    int n = output.send(bytes, 0, bytes.length);
    if (n == 0 || n == Transport.OUT_OF_BUFFERS) {
      host.blocked();
    }
  }

  /** As {@link Transport#flush}. */
  int flush() {
    int before = output.waiting();
    int n = output.flush();
    if (!Transport.isError(n) && n <= 0 && output.waiting() < before) {
      host.progressed();
    }
    return n;
  }

  boolean isEmpty() {
    return output.isEmpty();
  }

  /** Number of encrypted bytes that wait for room in the socket. */
  int waiting() {
    return output.waiting();
  }

  /**
   * The connection is closed: drops the bytes that the socket did not take, and frees what would
   * else wait for the garbage collector.
   */
  void clear() {
    output.clear();
    if (engine != null) {
      memory.free(engine, buffers.out(memory));
    }
  }
}
