package io.kqueueserver.net.tls;

import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.net.Transport;
import io.kqueueserver.net.TransportHost;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.TlsFailure;
import io.kqueueserver.stats.TlsStats;
import java.nio.ByteBuffer;
import java.util.Objects;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS on one connection, the server's side: first a {@link TlsHandshake}, then records. Ciphertext
 * and plaintext pass buffers that all connections of the loop share, so that an idle connection
 * holds only its engine. {@link TlsStats#keptBytes} counts the bytes of incomplete records, and of
 * records that the socket did not take. The loop's thread only.
 */
final class TlsTransport implements Transport {
  /**
   * 64 records per read: a flood of tiny records costs a microsecond each, and other connections
   * must get their turn. With the reads per turn of a plain connection that is a thousand records.
   */
  private static final int MAX_RECORDS_PER_READ = 64;

  // HANDSHAKE -> OPEN -> DONE      any -> DONE
  private enum State {
    HANDSHAKE,
    OPEN,
    /** TLS has failed, or close_notify was sent. Input is dropped. */
    DONE
  }

  private final TlsServer server;
  private final TlsBuffers buffers;
  private final TransportHost host;
  private final Transport below;
  private final TlsStats stats;
  private final TlsSender sender;
  private final EmptyRecords emptyRecords = new EmptyRecords();

  private State state = State.HANDSHAKE;

  /** The handshake; null when it is done or has failed. */
  private @Nullable TlsHandshake handshake;

  private @Nullable SSLEngine engine;
  private @Nullable SSLSession session;

  /** The beginning of a record, or records for which the plain buffer had no room. */
  private byte @Nullable [] kept;

  private boolean peerFinished;
  private boolean sentCloseNotify;
  private boolean more;

  TlsTransport(TlsServer server, TlsBuffers buffers, TransportHost host, Transport below) {
    this.server = server;
    this.buffers = buffers;
    this.host = host;
    this.below = below;
    this.stats = host.loop().stats().tls;
    this.sender = new TlsSender(buffers, host, new TlsOutput(buffers, below, stats));
    this.handshake = new TlsHandshake(server, buffers.alpn, host, sender, stats);
  }

  // ---- in

  @Override
  public boolean countsSocketBytes() {
    return false;
  }

  @Override
  public boolean mayHaveMore() {
    return more;
  }

  private boolean taskRuns() {
    return handshake != null && handshake.taskRuns();
  }

  @Override
  public boolean needsPeer() {
    return handshake != null && handshake.owesAnswer();
  }

  @Override
  public int read(NativeBuffer into, int most) {
    if (taskRuns()) {
      return PENDING;
    }
    if (state == State.DONE) {
      int n = below.read(into, most);
      more = n > 0;
      return n;
    }
    if (peerFinished) {
      more = false;
      return END;
    }
    // Ciphertext is read to the buffer of its plaintext, and moved away before it is decrypted.
    byte[] before = kept;
    ByteBuffer in = buffers.in(before == null ? 0 : before.length, most, sender.memory());
    if (before != null) {
      in.put(before);
      keep(null);
    }
    in.flip();
    try {
      return read(in, into, most);
    } finally {
      into.bytes().clear();
      if (state != State.DONE && in.hasRemaining()) {
        byte[] rest = new byte[in.remaining()];
        in.get(rest);
        keep(rest);
      }
    }
  }

  private int read(ByteBuffer in, NativeBuffer into, int most) {
    int result = in.hasRemaining() || engineIsHandshaking() ? open(in, into.bytes(), most) : 0;
    more = true; // the socket was not read
    if (result != 0 || state == State.DONE) {
      return result;
    }
    int n = below.read(into, most);
    if (n == END) {
      return ended();
    }
    if (n <= 0) {
      more = false;
      return n;
    }
    in.compact();
    in.put(in.position(), into.bytes(), 0, n).position(in.position() + n).flip();
    result = open(in, into.bytes(), most);
    // A short read has emptied the socket: after plain bytes no further read is needed. After a
    // result of 0 a further read is needed, or FIN would be missed.
    more |= result == 0 || n == most || TlsRecords.waits(in) || peerFinished;
    return result;
  }

  /** Whether the engine is in a handshake, which may go on without further bytes after a task. */
  private boolean engineIsHandshaking() {
    return handshake != null && handshake.engine() != null;
  }

  private int ended() {
    more = false;
    if (state != State.OPEN) {
      return END; // closed() counts it
    }
    stats.truncated++;
    return TRUNCATED;
  }

  /** Decrypts records. Returns the number of plain bytes, 0 if there are none, or a constant. */
  private int open(ByteBuffer in, ByteBuffer plain, int most) {
    more = false;
    plain.clear();
    boolean wasOpen = state == State.OPEN;
    int result;
    try {
      result = advance(in, plain, most);
    } catch (TlsFailedException e) {
      return fail(e);
    } catch (SSLException e) {
      return fail(TlsFailedException.of(e, state == State.OPEN));
    } catch (RuntimeException e) {
      return fail(new TlsFailedException(TlsFailure.SERVER_ERROR, "TLS failed: " + e, e));
    }
    if (!wasOpen && state == State.OPEN) {
      host.secured(Objects.requireNonNullElse(engine().getApplicationProtocol(), ""));
    }
    return result;
  }

  private int advance(ByteBuffer in, ByteBuffer plain, int most)
      throws SSLException, TlsFailedException {
    TlsHandshake running = handshake;
    if (running != null) {
      switch (running.advance(in, plain)) {
        case NEEDS_BYTES -> {
          return 0;
        }
        case NEEDS_TASK -> {
          return PENDING;
        }
        case DONE -> {
          handshake = null;
          engine = running.engine();
          session = engine().getSession();
          state = State.OPEN;
        }
      }
    }
    return unwrap(in, plain, most);
  }

  private int unwrap(ByteBuffer in, ByteBuffer plain, int most)
      throws SSLException, TlsFailedException {
    for (int records = 0; TlsRecords.waits(in); records++) {
      // A record that may not fit is left for the next read: engines differ in whether
      // BUFFER_OVERFLOW has consumed the record.
      boolean full = plain.remaining() < TlsRecords.MAX_PLAINTEXT;
      boolean enough = plain.position() >= most || records >= MAX_RECORDS_PER_READ;
      if (plain.position() > 0 && (full || enough)) {
        return plain.position();
      }
      if (TlsRecords.mayBeAlert(in, sender.memory() == EngineMemory.NATIVE)) {
        if (plain.position() > 0) {
          return plain.position(); // a request before close_notify is served first
        }
        // Responses leave before close_notify is read: engines of TLS 1.2 then drop unsent bytes
        // (RFC 5246 7.2.1), Conscrypt's with TLS 1.3, too.
        host.flushNow();
        if (state != State.OPEN) {
          return 0;
        }
      } else if (in.get(in.position()) == TlsRecords.HANDSHAKE) {
        // After the handshake a client sends a handshake record only in TLS 1.2, to renegotiate,
        // which as a rule is an attack on the processor. Encrypted records of TLS 1.3 have type 23.
        throw new TlsFailedException(
            TlsFailure.RENEGOTIATION, "the client asks to renegotiate", null);
      }
      SSLEngineResult result = engine().unwrap(in, plain);
      switch (TlsRecords.status(result, engine())) {
        case OK -> opened(result);
        case CLOSED -> {
          peerFinished = true; // close_notify, RFC 8446 6.1: later bytes are ignored
          in.position(in.limit());
          sender.peerClosed();
          return plain.position() > 0 ? plain.position() : END;
        }
        case BUFFER_OVERFLOW -> {
          if (plain.position() == 0) {
            throw new SSLException("a record does not fit into the read buffer");
          }
          return plain.position();
        }
        case BUFFER_UNDERFLOW -> throw new SSLException("a record of impossible length");
      }
    }
    return plain.position();
  }

  private void opened(SSLEngineResult result) throws SSLException, TlsFailedException {
    boolean hasContent = result.bytesProduced() > 0;
    emptyRecords.opened(hasContent);
    HandshakeStatus next = engine().getHandshakeStatus();
    if (next == HandshakeStatus.NEED_WRAP) {
      if (hasContent) {
        emptyRecords.answerDue(); // without content, the wrap answers the peer's KeyUpdate
      }
      sender.wrapOwn();
    } else if (next == HandshakeStatus.NEED_TASK) {
      // RFC 8446 4: after the handshake a client has no message that takes one.
      throw new TlsFailedException(
          TlsFailure.RENEGOTIATION, "the client begins another handshake", null);
    }
  }

  @Override
  public long heldBytes() {
    return (kept == null ? 0L : kept.length) + sender.waiting();
  }

  private void keep(byte @Nullable [] bytes) {
    stats.keptBytes += (bytes == null ? 0 : bytes.length) - (kept == null ? 0 : kept.length);
    kept = bytes;
  }

  // ---- out

  @Override
  public int write(NativeBuffer from, int offset, int length) {
    if (taskRuns()) {
      return PENDING;
    }
    if (state != State.OPEN) {
      return FAILED;
    }
    try {
      return sender.write(from, offset, length);
    } catch (SSLException e) {
      stats.failed(TlsFailure.BAD_RECORD);
      server.log().failed(host, TlsFailure.BAD_RECORD, "TLS failed: " + e.getMessage(), e);
      return FAILED;
    }
  }

  @Override
  public int flush() {
    return sender.flush();
  }

  @Override
  public boolean hasSendfile() {
    return false;
  }

  @Override
  public long sendfile(int fileFd, long offset, long count) {
    throw new UnsupportedOperationException("sendfile cannot encrypt");
  }

  // ---- the end

  @Override
  public boolean finish() {
    if (state != State.DONE) {
      closeNotify();
      leave();
    }
    return sender.isEmpty();
  }

  /** RFC 8446 6.1: close_notify ends one direction; an engine of TLS 1.2 ends both at the peer. */
  @Override
  public boolean finishOutput() {
    if (state == State.OPEN && !sentCloseNotify) {
      sentCloseNotify = true;
      closeNotify();
    }
    return sender.isEmpty();
  }

  /** Sends close_notify or an alert, unless a task runs, which uses the engine. */
  private void closeNotify() {
    if (!taskRuns()) {
      sender.closeNotify();
    }
  }

  private int fail(TlsFailedException e) {
    stats.failed(e.why());
    server.log().failed(host, e.why(), String.valueOf(e.getMessage()), e.getCause());
    boolean secured = state == State.OPEN;
    if (e.inTheClear().length > 0) {
      sender.sendInTheClear(e.inTheClear());
    } else {
      closeNotify();
    }
    leave();
    more = true; // the bytes are in the clear, and dropped
    if (secured) {
      host.close(CloseReason.TLS_ERROR); // a running request must be notified now
    } else {
      host.closeAfterFlush(CloseReason.TLS_ERROR, Linger.YES);
    }
    return 0;
  }

  private void leave() {
    state = State.DONE;
    if (handshake != null) {
      handshake.end();
    }
    keep(null);
  }

  @Override
  public void shutdownWrite() {
    below.shutdownWrite();
  }

  @Override
  public void closed(CloseReason reason) {
    if (handshake != null) {
      handshake.abandon(reason);
    }
    leave();
    sender.clear();
    below.closed(reason);
  }

  // ---- facts

  @Override
  public boolean isSecure() {
    return true;
  }

  @Override
  public @Nullable SSLSession session() {
    return session;
  }

  private SSLEngine engine() {
    return Objects.requireNonNull(engine, "no engine before the end of a handshake");
  }
}
