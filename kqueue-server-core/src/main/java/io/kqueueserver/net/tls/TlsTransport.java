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
 * and plaintext go through buffers the loop shares: an idle connection holds its engine and nothing
 * else; what is kept of a record that is not complete, or that the socket did not take, is counted
 * in {@link TlsStats#keptBytes}. The loop's thread only.
 */
final class TlsTransport implements Transport {
  /**
   * Records taken apart per read: a flood of tiny ones costs a microsecond each, and others are to
   * have their turn. With as many reads to a turn as plain connections have, that is a thousand.
   */
  private static final int MAX_RECORDS_PER_READ = 64;

  // HANDSHAKE -> OPEN -> DONE      any -> DONE
  private enum State {
    HANDSHAKE,
    OPEN,
    /** Has failed, or has said goodbye: what still comes is thrown away. */
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

  /** Null when it is done, or given up. */
  private @Nullable TlsHandshake handshake;

  private @Nullable SSLEngine engine;
  private @Nullable SSLSession session;

  /** The beginning of a record, or records for which the plain buffer had no room. */
  private byte @Nullable [] kept;

  private boolean peerFinished;
  private boolean saidGoodbye;
  private boolean more;

  TlsTransport(TlsServer server, TlsBuffers buffers, TransportHost host, Transport below) {
    this.server = server;
    this.buffers = buffers;
    this.host = host;
    this.below = below;
    this.stats = host.loop().stats().tls;
    this.sender = new TlsSender(buffers, host, new TlsOutput(buffers, below, stats));
    this.handshake = new TlsHandshake(server, buffers.applicationProtocols, host, sender, stats);
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
    TlsHandshake running = handshake;
    return running != null && running.taskRuns();
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
    // Ciphertext is read to where its plaintext goes, and moved out of the way before that comes.
    byte[] before = kept;
    ByteBuffer in = buffers.in(before == null ? 0 : before.length, most);
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
    boolean mayGoOn = in.hasRemaining() || engineIsHandshaking();
    int result = mayGoOn ? open(in, into.bytes(), most) : 0;
    more = true; // the socket was not asked
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
    // A short read has emptied the socket: after plain bytes there is no need to look again. After
    // none there is: who reads on 0 only if there may be more must not miss FIN.
    more |= result == 0 || n == most || TlsRecords.waits(in) || peerFinished;
    return result;
  }

  /** Past its ClientHello it may go on without further bytes: its task has ended. */
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

  /** Takes records apart; the plain bytes in them, 0 if there are none, or a constant. */
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
      // What may not fit is left for the next read: of BUFFER_OVERFLOW the contract does not say
      // whether the record was consumed, and engines differ.
      boolean full = plain.remaining() < TlsRecords.MAX_PLAINTEXT;
      boolean enough = plain.position() >= most || records >= MAX_RECORDS_PER_READ;
      if (plain.position() > 0 && (full || enough)) {
        return plain.position();
      }
      byte type = in.get(in.position());
      if (type == TlsRecords.ALERT) {
        if (plain.position() > 0) {
          return plain.position(); // a request before close_notify is served first
        }
        // What was answered goes before a close_notify of TLS 1.2 is read, at which the engine
        // throws away what was not sent (RFC 5246 7.2.1).
        host.flushNow();
        if (state != State.OPEN) {
          return 0;
        }
      } else if (type == TlsRecords.HANDSHAKE) {
        // A client has nothing to say in a handshake record once it is done, but in TLS 1.2 that it
        // wants another: an attack on our processor as a rule. Encrypted ones of TLS 1.3 have type
        // 23.
        throw new TlsFailedException(
            TlsFailure.RENEGOTIATION, "the client asks to renegotiate", null);
      }
      SSLEngineResult result = engine().unwrap(in, plain);
      switch (result.getStatus()) {
        case OK -> opened(result);
        case CLOSED -> {
          peerFinished = true; // close_notify, RFC 8446 6.1: what follows is ignored
          in.position(in.limit());
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
        emptyRecords.answerDue(); // without, it is our answer to a KeyUpdate
      }
      sender.speak();
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
  public int write(NativeBuffer from, int length) {
    if (taskRuns()) {
      return PENDING;
    }
    if (state != State.OPEN) {
      return FAILED;
    }
    try {
      return sender.write(from, length);
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
      sayGoodbye();
      leave();
    }
    return sender.isEmpty();
  }

  /** RFC 8446 6.1: close_notify ends one direction; an engine of TLS 1.2 ends both at the peer. */
  @Override
  public boolean finishOutput() {
    if (state == State.OPEN && !saidGoodbye) {
      saidGoodbye = true;
      sayGoodbye();
    }
    return sender.isEmpty();
  }

  /** While a task runs nothing can be said. */
  private void sayGoodbye() {
    if (!taskRuns()) {
      sender.sayGoodbye();
    }
  }

  private int fail(TlsFailedException e) {
    stats.failed(e.why());
    server.log().failed(host, e.why(), String.valueOf(e.getMessage()), e.getCause());
    boolean secured = state == State.OPEN;
    if (e.inTheClear().length > 0) {
      sender.sendInTheClear(e.inTheClear());
    }
    sayGoodbye();
    leave();
    more = true; // in the clear, to be thrown away
    if (secured) {
      host.close(CloseReason.TLS_ERROR); // whoever is served must hear of it now
    } else {
      host.closeAfterFlush(CloseReason.TLS_ERROR, Linger.YES);
    }
    return 0;
  }

  private void leave() {
    state = State.DONE;
    TlsHandshake running = handshake;
    if (running != null) {
      running.end();
    }
    keep(null);
  }

  @Override
  public void shutdownWrite() {
    below.shutdownWrite();
  }

  @Override
  public void closed(CloseReason reason) {
    TlsHandshake running = handshake;
    if (running != null) {
      running.abandon(reason);
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
