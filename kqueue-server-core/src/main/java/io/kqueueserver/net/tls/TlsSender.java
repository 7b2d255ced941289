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
 * The output of one connection: plain bytes in records, the engine's own handshake bytes, and
 * alerts in the clear for a peer whose handshake fails early. The loop's thread only, and never
 * while a task runs.
 */
final class TlsSender {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final TlsBuffers buffers;
  private final TransportHost host;
  private final TlsOutput output;
  private @Nullable SSLEngine engine;

  /** Plain bytes of the next write that lie encrypted in {@link #output}. */
  private int encrypted;

  TlsSender(TlsBuffers buffers, TransportHost host, TlsOutput output) {
    this.buffers = buffers;
    this.host = host;
    this.output = output;
  }

  void engine(SSLEngine made) {
    engine = made;
  }

  private SSLEngine engine() {
    return Objects.requireNonNull(engine, "no engine before a ClientHello");
  }

  /** As {@link Transport#write}; counts as written only what has left with all of its records. */
  int write(NativeBuffer from, int length) throws SSLException {
    if (!output.isEmpty()) {
      int n = flush();
      if (n <= 0) {
        return n;
      }
    }
    ByteBuffer plain = from.bytes();
    plain.limit(length).position(Math.min(encrypted, length));
    encrypted = 0;
    try {
      return write(plain, length);
    } finally {
      plain.clear();
    }
  }

  private int write(ByteBuffer plain, int length) throws SSLException {
    while (plain.hasRemaining()) {
      int start = plain.position();
      int n = output.send(wrap(plain));
      if (Transport.isError(n)) {
        return n;
      }
      if (n <= 0) { // kept, and so sent before anything else: a flush says what it waits for
        encrypted = plain.position() - start;
        return start;
      }
    }
    return length;
  }

  private ByteBuffer wrap(ByteBuffer plain) throws SSLException {
    ByteBuffer out = buffers.out();
    // Only while another record is certain to fit: engines differ in whether BUFFER_OVERFLOW has
    // consumed plain bytes.
    do {
      SSLEngineResult result = engine().wrap(plain, out);
      if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
        if (out.position() > 0) {
          return out;
        }
        out = buffers.largerOut(engine().getSession().getPacketBufferSize());
      } else if (result.getStatus() != SSLEngineResult.Status.OK || result.bytesProduced() == 0) {
        throw new SSLException("nothing can be sent any more: " + result.getStatus());
      }
    } while (plain.hasRemaining() && out.remaining() >= TlsRecords.MAX_RECORD);
    return out;
  }

  /**
   * Sends what the engine itself has to say, a whole flight in one write(2). False if it still has,
   * and does not.
   */
  boolean speak() throws SSLException {
    SSLEngine engine = engine();
    return speak(engine, () -> engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP);
  }

  /** Wraps while it is wanted; false if it still is, and nothing comes any more. */
  private boolean speak(SSLEngine engine, BooleanSupplier wanted) throws SSLException {
    ByteBuffer out = buffers.out();
    SSLException failure = null;
    int silent = 0;
    try {
      // A wrap without bytes may be a step all the same: of a handshake that ends with what the
      // client said. Twice in a row it is none.
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
    int n = out.position() == 0 ? 1 : output.send(out);
    if (n == 0 || n == Transport.OUT_OF_BUFFERS) {
      host.blocked(); // asks to flush, which tells the two apart
    } else if (n == Transport.FAILED) {
      throw new SSLException("the client makes us answer and takes none of it");
    }
    // Another failure is the socket's: the next read or write has it, too.
  }

  /** close_notify, or the alert of what went wrong. */
  void sayGoodbye() {
    SSLEngine speaker = engine;
    if (speaker == null) {
      return;
    }
    speaker.closeOutbound();
    try {
      speak(speaker, () -> !speaker.isOutboundDone()); // whatever its handshake status says
    } catch (SSLException e) {
      // What cannot be said to a peer that is given up.
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

  /** Encrypted bytes that wait for room in the socket. */
  int waiting() {
    return output.waiting();
  }

  /** Gives up what the socket did not take. */
  void clear() {
    output.clear();
  }
}
