package io.kqueueserver.net.tls;

import io.kqueueserver.net.TransportHost;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import io.kqueueserver.stats.TlsFailure;
import io.kqueueserver.stats.TlsStats;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One handshake, the server's side. It collects the ClientHello, makes the engine for the requested
 * name, and drives the engine to the end of the handshake. It counts as a handshake under way until
 * {@link #end}. The loop's thread only, except for the engine's tasks. While a task runs, no method
 * here uses the engine.
 */
final class TlsHandshake {
  /** The state after {@link #advance}. */
  enum Step {
    /** The handshake needs more bytes of the client. */
    NEEDS_BYTES,
    /** A task runs; {@link TransportHost#ready} follows. */
    NEEDS_TASK,
    DONE
  }

  /**
   * 4096: most records of a client before its handshake is done. The longest ClientHello in records
   * of one byte has 2,731. A client with more records sends warnings or empty records, to keep the
   * processor busy.
   */
  private static final int MAX_RECORDS = 4_096;

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

  private final TlsServer server;
  private final TransportHost host;
  private final TlsSender sender;
  private final TlsStats stats;
  private final ResumptionWatch resumption = new ResumptionWatch();

  private @Nullable SSLEngine engine;

  private final ProtocolChoice choice;

  /** Whether the connection is closed. The thread of a task reads this. */
  private volatile boolean gone;

  /** The unexpected exception of a task, written by the task's thread before the task ends. */
  private @Nullable Throwable taskFailure;

  private boolean begun;
  private boolean counted;
  private boolean taskRuns;

  /** The job that runs the engine's tasks, or that waits to; null before the first. */
  private @Nullable Runnable job;

  /** Whether the engine has sent bytes to the client. */
  private boolean hasSpoken;

  private int records;
  private long startedNanos;

  TlsHandshake(
      TlsServer server, AlpnSelector alpn, TransportHost host, TlsSender sender, TlsStats stats) {
    this.server = server;
    this.choice = new ProtocolChoice(alpn);
    this.host = host;
    this.sender = sender;
    this.stats = stats;
  }

  /** Whether a task uses the engine now. */
  boolean taskRuns() {
    return taskRuns;
  }

  /**
   * Whether the server has not yet answered the ClientHello. A client that ends its side before the
   * answer cannot complete the handshake.
   */
  boolean owesAnswer() {
    return !hasSpoken;
  }

  /** Whether the client has sent a byte, and the handshake has not ended. */
  private boolean isUnderWay() {
    return begun;
  }

  /** The engine; null before a ClientHello. */
  @Nullable SSLEngine engine() {
    return engine;
  }

  /** Advances the handshake until it is done, or needs bytes or a task. */
  Step advance(ByteBuffer in, ByteBuffer plain) throws SSLException, TlsFailedException {
    Throwable thrown = taskFailure;
    if (thrown != null) { // otherwise the engine would wait for the end of its task for ever
      throw new TlsFailedException(
          TlsFailure.SERVER_ERROR, "the handshake's task failed: " + thrown, thrown);
    }
    SSLEngine made = engine;
    if (made == null) {
      ClientHello hello = peek(in);
      if (hello == null) {
        return Step.NEEDS_BYTES;
      }
      made = begin(hello);
    }
    return drive(made, in, plain);
  }

  // ---- the ClientHello

  /** The ClientHello; null if it is not complete. */
  private @Nullable ClientHello peek(ByteBuffer in) throws TlsFailedException {
    if (!begun) {
      begun = true;
      startedNanos = host.loop().now();
      stats.handshaking++;
    }
    ClientHelloPeek seen = ClientHelloParser.peek(in);
    if (seen instanceof ClientHello hello) {
      return hello;
    }
    return switch ((ClientHelloPeek.Verdict) seen) {
      case NEED_MORE -> null;
      case NOT_TLS -> throw notTls(in.get(in.position()));
      case MALFORMED ->
          throw refusal(
              TlsFailure.CLIENT_HELLO, "malformed ClientHello", TlsRecords.Alert.DECODE_ERROR);
      case TOO_LARGE ->
          throw refusal(
              TlsFailure.CLIENT_HELLO,
              "a ClientHello of more than " + ClientHelloParser.MAX_BYTES + " bytes",
              TlsRecords.Alert.DECODE_ERROR);
    };
  }

  /** A method of HTTP begins with a capital letter: plain HTTP gets a 400, as from nginx. */
  private static TlsFailedException notTls(byte first) {
    if (first >= 'A' && first <= 'Z') {
      return new TlsFailedException(
          TlsFailure.NOT_TLS,
          "plaintext HTTP on a TLS port; answered 400 and closed",
          null,
          SPEAKS_TLS);
    }
    return refusal(
        TlsFailure.NOT_TLS,
        "neither TLS nor HTTP on a TLS port",
        TlsRecords.Alert.UNEXPECTED_MESSAGE);
  }

  private static TlsFailedException refusal(TlsFailure why, String what, TlsRecords.Alert alert) {
    return new TlsFailedException(why, what, null, TlsRecords.alert(alert));
  }

  private SSLEngine begin(ClientHello hello) throws SSLException, TlsFailedException {
    if (!server.begin()) {
      host.loop().limitHit(Limit.TLS_HANDSHAKES);
      throw refusal(TlsFailure.LIMIT, "too many handshakes", TlsRecords.Alert.INTERNAL_ERROR);
    }
    counted = true;
    SSLEngine made;
    try {
      made = ServerNames.choose(server.options(), hello.serverName()).newEngine(choice);
    } catch (RuntimeException e) { // the supplier of a profile may throw any exception
      throw new TlsFailedException(
          TlsFailure.SERVER_ERROR,
          "no profile for " + hello.serverName() + ": " + e,
          e,
          TlsRecords.alert(TlsRecords.Alert.INTERNAL_ERROR));
    }
    engine = made;
    sender.begin(made, resumption);
    made.beginHandshake();
    return made;
  }

  // ---- the engine

  private Step drive(SSLEngine engine, ByteBuffer in, ByteBuffer plain)
      throws SSLException, TlsFailedException {
    while (true) {
      switch (engine.getHandshakeStatus()) {
        case NEED_TASK -> {
          if (runTasks(engine)) {
            return Step.NEEDS_TASK;
          }
        }
        case NEED_WRAP -> {
          hasSpoken = true;
          if (!sender.wrapOwn()) {
            throw new SSLException("the engine has something to say and says nothing");
          }
        }
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
          if (!TlsRecords.waits(in)) {
            return Step.NEEDS_BYTES;
          }
          unwrap(in, plain);
        }
        case FINISHED, NOT_HANDSHAKING -> {
          established();
          return Step.DONE;
        }
      }
    }
  }

  private void unwrap(ByteBuffer in, ByteBuffer plain) throws SSLException, TlsFailedException {
    if (++records > MAX_RECORDS) {
      throw new SSLException("more than " + MAX_RECORDS + " records, and no end of the handshake");
    }
    SSLEngineResult result = sender.unwrap(in, plain);
    if (result.getStatus() != SSLEngineResult.Status.OK) {
      throw new SSLException("handshake record: " + result.getStatus());
    }
    if (choice.isRefused()) { // RFC 7301 3.2; Conscrypt's engine would go on without a protocol
      throw refusal(
          TlsFailure.REFUSED,
          "no protocol of the client's ALPN is spoken here",
          TlsRecords.Alert.NO_APPLICATION_PROTOCOL);
    }
  }

  private void established() {
    stats.handshake.record(host.loop().now() - startedNanos);
    sender.unwatch();
    if (resumption.isResumed()) {
      stats.resumed++;
    }
    end();
  }

  // ---- the engine's tasks

  /** Starts the engine's tasks. Returns false if the engine has no task. */
  private boolean runTasks(SSLEngine engine) throws TlsFailedException {
    List<Runnable> tasks = new ArrayList<>(1);
    for (Runnable task; (task = engine.getDelegatedTask()) != null; ) {
      tasks.add(task);
    }
    if (tasks.isEmpty()) {
      if (engine.getHandshakeStatus() == SSLEngineResult.HandshakeStatus.NEED_TASK) {
        throw new IllegalStateException("the engine wants a task and gives none");
      }
      return false;
    }
    taskRuns = true;
    if (!host.offLoop(this::queue, () -> run(tasks), () -> taskRuns = false)) {
      taskRuns = false;
      throw new TlsFailedException(TlsFailure.LIMIT, "no thread takes the handshake's task", null);
    }
    return true;
  }

  private void queue(Runnable work) {
    job = work;
    server.tasks().execute(work);
  }

  /**
   * Runs tasks, on another thread, unless the client has left: a flood of such clients costs less.
   */
  private void run(List<Runnable> tasks) {
    try {
      for (Runnable task : tasks) {
        if (!gone) {
          task.run();
        }
      }
    } catch (Throwable e) { // engines keep exceptions for their next call, but not Errors
      taskFailure = e;
    }
  }

  // ---- the end

  /** Ends the handshake, which no longer counts as under way. A second call does nothing. */
  void end() {
    if (begun) {
      begun = false;
      stats.handshaking--;
    }
    if (counted) {
      counted = false;
      server.end();
    }
  }

  /** The connection is closed: a handshake under way has failed, and its task is not run. */
  void abandon(CloseReason reason) {
    if (isUnderWay()) {
      countAsFailed(reason);
    }
    gone = true;
    Runnable queued = job;
    if (taskRuns && queued != null) {
      server.tasks().remove(queued);
    }
    end();
  }

  private void countAsFailed(CloseReason reason) {
    switch (reason) {
      case HANDSHAKE_TIMEOUT -> stats.failed(TlsFailure.TIMEOUT);
      case STOP, DRAIN, CONNECTION_AGE, OPERATOR -> {}
      default -> stats.failed(TlsFailure.PEER_GONE);
    }
  }
}
