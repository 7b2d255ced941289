package io.kqueueserver.spring.http;

import io.kqueueserver.build.exchange.MemoryHead;
import io.kqueueserver.build.exchange.MemoryHead.Fields;
import io.kqueueserver.build.exchange.MemoryLoop;
import io.kqueueserver.build.exchange.MemoryWire;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.StreamHandler;
import io.kqueueserver.server.ExchangeCore;
import io.kqueueserver.stats.CloseReason;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An exchange the test plays: {@code ExchangeCore} on a wire to nowhere, whose calls are recorded.
 * The thread that made it is the loop and turns are ended by hand. Written bytes stay in a queue
 * until {@link #endTurn()}.
 */
public final class ScriptedExchange implements Exchange {
  public final List<String> events = new ArrayList<>();
  final AtomicInteger tasksTaken = new AtomicInteger();
  volatile boolean lacksMemory;
  final AtomicInteger opened = new AtomicInteger();
  final AtomicInteger closedFiles = new AtomicInteger();
  final List<String> fields = new ArrayList<>();
  long demanded;
  boolean discarded;
  public boolean finished;
  boolean rejectsFields;
  public boolean clientKnown = true;
  @Nullable ExchangeException reset;

  private final MemoryLoop loop =
      new MemoryLoop(
          failure -> {
            throw new AssertionError("a task failed", failure);
          });
  private final MemoryWire wire;
  private final ExchangeCore core;

  public ScriptedExchange(String method, String path, String authority, String... fields) {
    long length = method.equals("POST") ? UNKNOWN_LENGTH : 0;
    wire = loop.open(new MemoryHead(method, path, authority, length, Fields.of(fields)));
    core = wire.core;
  }

  public static ScriptedExchange get(String... fields) {
    return new ScriptedExchange("GET", "/", "localhost:8080", fields);
  }

  public static ScriptedExchange post() {
    return new ScriptedExchange("POST", "/", "localhost:8080");
  }

  // What the test plays.

  /** Runs tasks until none is left, then hands all that was written to the kernel. */
  public void endTurn() {
    loop.runTasks();
    flush();
    loop.turn();
    loop.runTasks();
  }

  void runTasks() {
    loop.runTasks();
  }

  void endLoop() {
    loop.end();
  }

  void body(String piece) {
    if (demanded <= 0) {
      throw new IllegalStateException("body without demand");
    }
    demanded--;
    wire.arrive(piece);
    wire.deliver();
  }

  void endBody() {
    wire.endBody();
    wire.deliver();
  }

  void fail(ExchangeException.Reason reason, String message) {
    switch (reason) {
      case PEER_CLOSED -> wire.close(CloseReason.PEER_CLOSED);
      case PEER_RESET -> wire.close(CloseReason.PEER_RESET);
      default -> wire.refuse(reason, message);
    }
  }

  void congest() {
    wire.congest();
  }

  void becomeWritable() {
    wire.relieve();
  }

  int status() {
    return wire.status();
  }

  /** What the client has. */
  String sent() {
    return wire.taken();
  }

  String bytesQueued() {
    return wire.waiting();
  }

  int buffersKept() {
    return wire.lent();
  }

  // What the adapter calls.

  @Override
  public RequestHead request() {
    return core.request();
  }

  @Override
  public String scheme() {
    return core.scheme();
  }

  @Override
  public String id() {
    return core.id();
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return core.remoteAddress();
  }

  @Override
  public boolean isClientKnown() {
    return clientKnown;
  }

  @Override
  public InetSocketAddress localAddress() {
    return core.localAddress();
  }

  @Override
  public void listener(ExchangeListener listener) {
    core.listener(listener);
  }

  @Override
  public boolean inLoop() {
    return core.inLoop();
  }

  @Override
  public boolean execute(Runnable task) {
    boolean taken = core.execute(task);
    if (taken) {
      tasksTaken.incrementAndGet();
    }
    return taken;
  }

  @Override
  public void demand(long pieces) {
    checkLoop();
    demanded += pieces;
    events.add("demand " + pieces);
    core.demand(pieces);
  }

  @Override
  public void discardBody() {
    checkLoop();
    discarded = true;
    events.add("discardBody");
    core.discardBody();
  }

  @Override
  public void inform(int status, HeaderSource fields) {
    events.add("inform " + status);
    core.inform(status, fields);
  }

  @Override
  public void respond(int status, HeaderSource source, long contentLength) {
    checkLoop();
    if (rejectsFields && source != HeaderSource.NONE) {
      throw new IllegalArgumentException("malformed field");
    }
    boolean ended = core.end().hasEnded();
    core.respond(status, source, contentLength);
    if (!ended) {
      source.writeTo((name, value) -> fields.add(name + ": " + value));
      events.add("respond " + status + " " + contentLength);
    }
  }

  @Override
  public void write(ByteBuffer data, @Nullable Runnable release) {
    checkLoop();
    events.add("write " + data.remaining());
    core.write(data, release);
  }

  @Override
  public FileRegion openNow(FileRegion region) {
    opened.incrementAndGet();
    if (lacksMemory) {
      throw new OutOfMemoryError("on purpose");
    }
    return new FileRegion(
        region.file(), region.position(), region.count(), closedFiles::incrementAndGet);
  }

  @Override
  public void writeFile(Path file, long position, long count, @Nullable Runnable done) {
    checkLoop();
    events.add("writeFile " + file.getFileName() + " " + position + " " + count);
    core.writeFile(file, position, count, done);
  }

  @Override
  public boolean isWritable() {
    return core.isWritable();
  }

  @Override
  public void flush() {
    checkLoop();
    if (!wire.waiting().isEmpty()) {
      events.add("flush");
    }
    core.flush();
  }

  @Override
  public void whenFlushed(Runnable callback) {
    core.whenFlushed(callback);
  }

  @Override
  public void finish(HeaderSource trailers) {
    checkLoop();
    if (!core.end().hasEnded()) {
      finished = true;
      events.add("finish");
    }
    core.finish(trailers);
  }

  @Override
  public void reset(ExchangeException cause) {
    checkLoop();
    if (!core.end().hasEnded()) {
      reset = cause;
      events.add("reset");
    }
    core.reset(cause);
  }

  @Override
  public boolean isCommitted() {
    return core.isCommitted();
  }

  @Override
  public void switchTo(HeaderSource fields, StreamHandler handler) {
    core.switchTo(fields, handler);
  }

  private void checkLoop() {
    if (!inLoop()) {
      throw new IllegalStateException("called off the loop by " + Thread.currentThread());
    }
  }
}
