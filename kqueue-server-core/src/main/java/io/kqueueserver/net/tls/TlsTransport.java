package io.kqueueserver.net.tls;

import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.net.Transport;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.TlsFailure;
import io.kqueueserver.stats.TlsStats;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS on one connection, the server's side. Ciphertext and plaintext go through buffers the loop
 * shares: an idle connection holds its engine and nothing else; what is kept of a record that is
 * not complete, or that the socket did not take, is counted in {@link TlsStats#keptBytes}. The
 * loop's thread only, but for the engine's delegated tasks: while one runs nothing here touches the
 * engine.
 */
final class TlsTransport implements Transport {
  /** RFC 8446 5.1 lets a peer send empty records; OpenSSL, too, lets it send 32 in a row. */
  private static final int MAX_EMPTY_RECORDS = 32;

  /**
   * Records taken apart per read: a flood of tiny ones costs a microsecond each, and others are to
   * have their turn. With as many reads to a turn as plain connections have, that is a thousand.
   */
  private static final int MAX_RECORDS_PER_READ = 64;

  /**
   * Of a client before its handshake is done. The longest ClientHello in records of one byte is
   * 2,731; whoever sends more sends warnings or nothings, to keep our processor busy.
   */
  private static final int MAX_HANDSHAKE_RECORDS = 4_096;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private static final byte[] SPEAKS_TLS =
      """
      HTTP/1.1 400 Bad Request\r
      Content-Type: text/plain\r
      Content-Length: 46\r
      Connection: close\r
      \r
      This port speaks TLS: ask again with https://
      """
          .getBytes(StandardCharsets.US_ASCII);

  // HELLO -> HANDSHAKE -> OPEN -> DONE      any -> DONE
  private enum State {
    /** Collects the ClientHello, which chooses the profile. */
    HELLO,
    HANDSHAKE,
    OPEN,
    /** Has failed, or has said goodbye: what still comes is thrown away. */
    DONE
  }

  private final TlsServer server;
  private final TlsBuffers buffers;
  private final Connection connection;
  private final Transport below;
  private final TlsStats stats;
  private final TlsOutput output;

  private State state = State.HELLO;
  private @Nullable SSLEngine engine;
  private @Nullable SSLSession session;

  /** The beginning of a record, or records for which the plain buffer had no room. */
  private byte @Nullable [] kept;

  /** Plain bytes of the next write that lie encrypted in {@link #output}. */
  private int encrypted;

  /** The connection is closed; read by the thread of its task. */
  private volatile boolean gone;

  private boolean begun;
  private boolean counted;
  private boolean taskRuns;
  private boolean peerFinished;
  private boolean more;
  private int handshakeRecords;
  private int emptyRecords;

  /** What a task threw that no engine expects: written by its thread before it is back. */
  private @Nullable Throwable taskFailure;

  private long startedNanos;
  private long helloMillis;

  TlsTransport(TlsServer server, TlsBuffers buffers, Connection connection, Transport below) {
    this.server = server;
    this.buffers = buffers;
    this.connection = connection;
    this.below = below;
    this.stats = connection.loop().stats().tls;
    this.output = new TlsOutput(buffers, below, stats);
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

  @Override
  public int read(NativeBuffer into) {
    if (taskRuns) {
      return PENDING;
    }
    if (state == State.DONE) {
      int n = below.read(into);
      more = n > 0;
      return n;
    }
    if (peerFinished) {
      more = false;
      return END;
    }
    // Ciphertext is read to where its plaintext goes, and moved out of the way before that comes.
    byte[] before = kept;
    ByteBuffer in = buffers.in(before == null ? 0 : before.length, into.size());
    if (before != null) {
      in.put(before);
      keep(null);
    }
    in.flip();
    try {
      return read(in, into);
    } finally {
      into.bytes().clear();
      if (state != State.DONE && in.hasRemaining()) {
        byte[] rest = new byte[in.remaining()];
        in.get(rest);
        keep(rest);
      }
    }
  }

  private int read(ByteBuffer in, NativeBuffer into) {
    int result = in.hasRemaining() || state == State.HANDSHAKE ? open(in, into.bytes()) : 0;
    more = true; // the socket was not asked
    if (result != 0 || state == State.DONE) {
      return result;
    }
    int n = below.read(into);
    if (n == END) {
      return ended();
    }
    if (n <= 0) {
      more = false;
      return n;
    }
    in.compact();
    in.put(in.position(), into.bytes(), 0, n).position(in.position() + n).flip();
    result = open(in, into.bytes());
    // A short read has emptied the socket, so after plain bytes there is no need to look again.
    // After
    // none there is: who reads on 0 only if there may be more must not miss FIN.
    more |= result == 0 || n == into.size() || TlsRecords.waits(in) || peerFinished;
    return result;
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
  private int open(ByteBuffer in, ByteBuffer plain) {
    more = false;
    plain.clear();
    boolean wasOpen = state == State.OPEN;
    int result;
    try {
      result = advance(in, plain);
    } catch (SSLException e) {
      TlsFailure why = state == State.OPEN ? TlsFailure.BAD_RECORD : TlsFailure.REFUSED;
      return fail(why, "TLS failed: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      return fail(TlsFailure.SERVER_ERROR, "TLS failed: " + e, e);
    }
    if (!wasOpen && state == State.OPEN) {
      connection.secured(Objects.requireNonNullElse(engine().getApplicationProtocol(), ""));
    }
    return result;
  }

  private int advance(ByteBuffer in, ByteBuffer plain) throws SSLException {
    if (state == State.HELLO && !peek(in)) {
      return 0;
    }
    if (state == State.HANDSHAKE) {
      int result = shakeHands(in, plain);
      if (state != State.OPEN) {
        return result;
      }
    }
    return unwrap(in, plain);
  }

  /** Whether the ClientHello is complete and an engine made for it. */
  private boolean peek(ByteBuffer in) throws SSLException {
    if (!begun) {
      begun = true;
      startedNanos = connection.loop().now();
      stats.handshaking++;
    }
    ClientHelloPeek seen = ClientHelloParser.peek(in);
    if (seen instanceof ClientHello hello) {
      if (!server.begin()) {
        refuse(TlsFailure.LIMIT, "too many handshakes", TlsRecords.Alert.INTERNAL_ERROR);
        return false;
      }
      counted = true;
      helloMillis = System.currentTimeMillis();
      return begin(hello);
    }
    switch ((ClientHelloPeek.Verdict) seen) {
      case NEED_MORE -> {}
      case NOT_TLS -> refusePlain(in.get(in.position()));
      case MALFORMED ->
          refuse(TlsFailure.CLIENT_HELLO, "malformed ClientHello", TlsRecords.Alert.DECODE_ERROR);
      case TOO_LARGE ->
          refuse(
              TlsFailure.CLIENT_HELLO,
              "a ClientHello of more than " + ClientHelloParser.MAX_BYTES + " bytes",
              TlsRecords.Alert.DECODE_ERROR);
    }
    return false;
  }

  private boolean begin(ClientHello hello) throws SSLException {
    SSLEngine made;
    try {
      made =
          ServerNames.choose(server.options(), hello.serverName())
              .newEngine(buffers.applicationProtocols);
    } catch (RuntimeException e) { // whatever a profile's supplier throws
      sendInTheClear(TlsRecords.alert(TlsRecords.Alert.INTERNAL_ERROR));
      fail(TlsFailure.SERVER_ERROR, "no profile for " + hello.serverName() + ": " + e, e);
      return false;
    }
    engine = made;
    state = State.HANDSHAKE;
    made.beginHandshake();
    return true;
  }

  /** A method of HTTP begins with a capital letter: it is told what is wrong, as nginx does. */
  private void refusePlain(byte first) {
    if (first >= 'A' && first <= 'Z') {
      sendInTheClear(SPEAKS_TLS);
      fail(TlsFailure.NOT_TLS, "plaintext HTTP on a TLS port; answered 400 and closed", null);
    } else {
      refuse(
          TlsFailure.NOT_TLS,
          "neither TLS nor HTTP on a TLS port",
          TlsRecords.Alert.UNEXPECTED_MESSAGE);
    }
  }

  private void refuse(TlsFailure why, String what, TlsRecords.Alert alert) {
    sendInTheClear(TlsRecords.alert(alert));
    fail(why, what, null);
  }

  private void sendInTheClear(byte[] bytes) {
    if (output.send(bytes, 0, bytes.length) == 0) {
      connection.transportBlocked();
    }
  }

  /** Goes on with the handshake until it is done, or needs bytes or a task. */
  private int shakeHands(ByteBuffer in, ByteBuffer plain) throws SSLException {
    SSLEngine engine = engine();
    while (true) {
      switch (engine.getHandshakeStatus()) {
        case NEED_TASK -> {
          return runTasks(engine);
        }
        case NEED_WRAP -> {
          if (!speak()) {
            throw new SSLException("the engine has something to say and says nothing");
          }
        }
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
          if (!TlsRecords.waits(in)) {
            return 0;
          }
          if (++handshakeRecords > MAX_HANDSHAKE_RECORDS) {
            throw new SSLException(
                "more than " + MAX_HANDSHAKE_RECORDS + " records, and no end of the handshake");
          }
          SSLEngineResult result = engine.unwrap(in, plain);
          if (result.getStatus() != SSLEngineResult.Status.OK) {
            throw new SSLException("handshake record: " + result.getStatus());
          }
        }
        case FINISHED, NOT_HANDSHAKING -> {
          established(engine);
          return 0;
        }
      }
    }
  }

  private void established(SSLEngine engine) {
    state = State.OPEN;
    SSLSession agreed = engine.getSession();
    session = agreed;
    stats.handshake.record(connection.loop().now() - startedNanos);
    if (agreed.getCreationTime() < helloMillis) {
      stats.resumed++;
    }
    endHandshake();
  }

  private int runTasks(SSLEngine engine) {
    List<Runnable> tasks = new ArrayList<>(1);
    for (Runnable task; (task = engine.getDelegatedTask()) != null; ) {
      tasks.add(task);
    }
    if (tasks.isEmpty()) {
      throw new IllegalStateException("the engine wants a task and gives none");
    }
    taskRuns = true;
    if (!connection.offLoop(server.tasks(), () -> run(tasks), this::taskEnded)) {
      taskRuns = false;
      return fail(TlsFailure.LIMIT, "no thread takes the handshake's task", null);
    }
    return PENDING;
  }

  /** On another thread. A flood of clients that leave at once must not keep it busy. */
  private void run(List<Runnable> tasks) {
    try {
      for (Runnable task : tasks) {
        if (!gone) {
          task.run();
        }
      }
    } catch (Throwable e) { // engines keep exceptions for their next call, but no errors
      taskFailure = e;
    }
  }

  private void taskEnded() {
    taskRuns = false;
    Throwable thrown = taskFailure;
    if (thrown != null) {
      // The engine would wait for the end of its task for ever.
      fail(TlsFailure.SERVER_ERROR, "the handshake's task failed: " + thrown, thrown);
    }
  }

  private int unwrap(ByteBuffer in, ByteBuffer plain) throws SSLException {
    SSLEngine engine = engine();
    for (int records = 0; TlsRecords.waits(in) && state == State.OPEN; records++) {
      if (records >= MAX_RECORDS_PER_READ && plain.position() > 0) {
        return plain.position();
      }
      byte type = in.get(in.position());
      if (type == TlsRecords.ALERT && plain.position() > 0) {
        return plain.position(); // a request before close_notify is served first
      }
      if (type == TlsRecords.ALERT && !answered()) {
        return 0;
      }
      // A client has nothing to say in a handshake record once it is done, but in TLS 1.2 that it
      // wants another: an attack on our processor as a rule. Encrypted ones of TLS 1.3 have type
      // 23.
      if (type == TlsRecords.HANDSHAKE) {
        return fail(TlsFailure.RENEGOTIATION, "the client asks to renegotiate", null);
      }
      SSLEngineResult result = engine.unwrap(in, plain);
      switch (result.getStatus()) {
        case OK -> {}
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
      if (result.bytesProduced() > 0) {
        emptyRecords = 0;
      } else if (++emptyRecords > MAX_EMPTY_RECORDS) {
        return fail(TlsFailure.BAD_RECORD, "too many records without content", null);
      }
      HandshakeStatus next = engine.getHandshakeStatus();
      if (next == HandshakeStatus.NEED_WRAP) {
        speak(); // our answer to a KeyUpdate
      } else if (next == HandshakeStatus.NEED_TASK) {
        // RFC 8446 4: after the handshake a client has no message that takes one.
        return fail(TlsFailure.RENEGOTIATION, "the client begins another handshake", null);
      }
    }
    return plain.position();
  }

  /**
   * Sends what was answered before a close_notify of TLS 1.2 is read, at which the engine throws
   * away what was not sent (RFC 5246 7.2.1). False if the connection is closed thereby.
   */
  private boolean answered() {
    connection.flushNow();
    return state == State.OPEN;
  }

  private void keep(byte @Nullable [] bytes) {
    stats.keptBytes += (bytes == null ? 0 : bytes.length) - (kept == null ? 0 : kept.length);
    kept = bytes;
  }

  // ---- out

  @Override
  public int write(NativeBuffer from, int length) {
    if (taskRuns) {
      return PENDING;
    }
    if (state != State.OPEN) {
      return FAILED;
    }
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
    } catch (SSLException e) {
      stats.failed(TlsFailure.BAD_RECORD);
      server.log().failed(connection, TlsFailure.BAD_RECORD, "TLS failed: " + e.getMessage(), e);
      return FAILED;
    } finally {
      plain.clear();
    }
  }

  /** Counts as written only what has left with all of its records. */
  private int write(ByteBuffer plain, int length) throws SSLException {
    while (plain.hasRemaining()) {
      int start = plain.position();
      ByteBuffer out = buffers.out.clear();
      wrap(plain, out);
      int n = output.send(out);
      if (n < 0) {
        return n;
      }
      if (n == 0) {
        encrypted = plain.position() - start;
        return start;
      }
    }
    return length;
  }

  private void wrap(ByteBuffer plain, ByteBuffer out) throws SSLException {
    do {
      SSLEngineResult result = engine().wrap(plain, out);
      if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW && out.position() > 0) {
        return; // the next record goes into the next write
      }
      if (result.getStatus() != SSLEngineResult.Status.OK || result.bytesProduced() == 0) {
        throw new SSLException("nothing can be sent any more: " + result.getStatus());
      }
    } while (plain.hasRemaining());
  }

  /**
   * Sends what the engine itself has to say, a whole flight in one write(2). False if it still has,
   * and does not.
   */
  private boolean speak() throws SSLException {
    SSLEngine engine = engine();
    ByteBuffer out = buffers.out.clear();
    SSLException failure = null;
    boolean silent = false;
    try {
      while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
        SSLEngineResult result = engine.wrap(NOTHING, out);
        if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW && out.position() > 0) {
          sendOwn(out);
          out.clear();
        } else if (result.bytesProduced() == 0) {
          silent = true;
          break;
        }
      }
    } catch (SSLException e) {
      failure = e;
    }
    sendOwn(out);
    if (failure != null) {
      throw failure;
    }
    return !silent;
  }

  private void sendOwn(ByteBuffer out) throws SSLException {
    int n = out.position() == 0 ? 1 : output.send(out);
    if (n == 0) {
      connection.transportBlocked();
    } else if (n == FAILED) {
      throw new SSLException("the client makes us answer and takes none of it");
    }
    // Another failure is the socket's: the next read or write has it, too.
  }

  @Override
  public int flush() {
    int before = output.waiting();
    int n = output.flush();
    if (n == 0 && output.waiting() < before) {
      connection.transportProgressed();
    }
    return n;
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
    return output.isEmpty();
  }

  /** close_notify, or the alert of what went wrong. While a task runs nothing can be said. */
  private void sayGoodbye() {
    SSLEngine engine = this.engine;
    if (engine != null && !taskRuns) {
      engine.closeOutbound();
      try {
        speak();
      } catch (SSLException e) {
        // What cannot be said to a peer that is given up.
      }
    }
  }

  private int fail(TlsFailure why, String what, @Nullable Throwable cause) {
    stats.failed(why);
    server.log().failed(connection, why, what, cause);
    boolean secured = state == State.OPEN;
    sayGoodbye();
    leave();
    more = true; // in the clear, to be thrown away
    if (secured) {
      connection.close(CloseReason.TLS_ERROR); // whoever is served must hear of it now
    } else {
      connection.closeAfterFlush(CloseReason.TLS_ERROR, Linger.YES);
    }
    return 0;
  }

  private void leave() {
    state = State.DONE;
    endHandshake();
    keep(null);
  }

  private void endHandshake() {
    if (begun) {
      begun = false;
      stats.handshaking--;
    }
    if (counted) {
      counted = false;
      server.end();
    }
  }

  @Override
  public void shutdownWrite() {
    below.shutdownWrite();
  }

  @Override
  public void closed(CloseReason reason) {
    if (begun && state != State.OPEN) {
      switch (reason) {
        case HANDSHAKE_TIMEOUT -> stats.failed(TlsFailure.TIMEOUT);
        case STOP, DRAIN, OPERATOR -> {}
        default -> stats.failed(TlsFailure.PEER_GONE);
      }
    }
    gone = true;
    leave();
    output.clear();
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
    return Objects.requireNonNull(engine, "no engine before a ClientHello");
  }
}
