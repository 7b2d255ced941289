package io.kqueueserver.spring.http;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.StreamHandler;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An exchange the test plays: the thread that made it is the loop, turns are ended by hand, and
 * what the adapter does is recorded. Written bytes stay in a queue until {@link #endTurn()}.
 */
public final class ScriptedExchange implements Exchange {
  public final List<String> events = new ArrayList<>();
  final AtomicInteger tasksTaken = new AtomicInteger();
  int status;
  final List<String> fields = new ArrayList<>();
  long announced = Long.MIN_VALUE;
  final StringBuilder sent = new StringBuilder();
  long demanded;
  boolean discarded;
  public boolean finished;
  boolean writable = true;
  boolean loopEnded;
  boolean rejectsFields;
  public boolean clientKnown = true;
  @Nullable ExchangeException reset;

  private final Thread loop = Thread.currentThread();
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final Deque<Runnable> kept = new ArrayDeque<>();
  private final StringBuilder queued = new StringBuilder();
  private final RequestHead head;
  private ExchangeListener listener = new ExchangeListener() {};
  private boolean foundUnwritable;
  private boolean ended;

  public ScriptedExchange(String method, String path, String authority, String... fields) {
    this.head = new Head(method, path, authority, new Fields(fields));
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
    runTasks();
    flush();
    if (finished && !ended) {
      ended = true;
      listener.onComplete();
    }
    runTasks();
  }

  void runTasks() {
    Runnable task = tasks.poll();
    while (task != null) {
      task.run();
      task = tasks.poll();
    }
  }

  void body(String piece) {
    if (demanded <= 0) {
      throw new IllegalStateException("body without demand");
    }
    demanded--;
    listener.onBody(ByteBuffer.wrap(piece.getBytes(StandardCharsets.UTF_8)));
  }

  void endBody() {
    listener.onBodyComplete(Headers.EMPTY);
  }

  void fail(ExchangeException.Reason reason, String message) {
    ended = true;
    letGo();
    listener.onError(new ExchangeException(reason, message));
  }

  void becomeWritable() {
    writable = true;
    if (foundUnwritable) {
      foundUnwritable = false;
      listener.onWritable();
    }
  }

  String bytesQueued() {
    return queued.toString();
  }

  int buffersKept() {
    return kept.size();
  }

  // What the adapter calls.

  @Override
  public RequestHead request() {
    return head;
  }

  @Override
  public String scheme() {
    return "http";
  }

  @Override
  public String id() {
    return "scripted-42";
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return new InetSocketAddress("192.0.2.1", 50000);
  }

  @Override
  public boolean isClientKnown() {
    return clientKnown;
  }

  @Override
  public InetSocketAddress localAddress() {
    return new InetSocketAddress("192.0.2.2", 8080);
  }

  @Override
  public void listener(ExchangeListener listener) {
    this.listener = listener;
  }

  @Override
  public boolean inLoop() {
    return Thread.currentThread() == loop;
  }

  @Override
  public boolean execute(Runnable task) {
    if (loopEnded) {
      return false;
    }
    tasksTaken.incrementAndGet();
    tasks.add(task);
    return true;
  }

  @Override
  public void demand(long pieces) {
    checkLoop();
    demanded += pieces;
    events.add("demand " + pieces);
  }

  @Override
  public void discardBody() {
    checkLoop();
    discarded = true;
    events.add("discardBody");
  }

  @Override
  public void inform(int status, HeaderSource fields) {
    events.add("inform " + status);
  }

  @Override
  public void respond(int status, HeaderSource source, long contentLength) {
    checkLoop();
    if (ended) {
      return;
    }
    if (isCommitted()) {
      throw new IllegalStateException("responded twice");
    }
    if (rejectsFields && source != HeaderSource.NONE) {
      throw new IllegalArgumentException("malformed field");
    }
    source.writeTo((name, value) -> fields.add(name + ": " + value));
    this.status = status;
    this.announced = contentLength;
    events.add("respond " + status + " " + contentLength);
  }

  @Override
  public void write(ByteBuffer data, @Nullable Runnable release) {
    checkLoop();
    events.add("write " + data.remaining());
    if (!ended) {
      queued.append(StandardCharsets.UTF_8.decode(data));
    }
    if (release != null && ended) {
      release.run();
    } else if (release != null) {
      kept.add(release);
    }
  }

  @Override
  public void writeFile(Path file, long position, long count, @Nullable Runnable done) {
    checkLoop();
    events.add("writeFile " + file.getFileName() + " " + position + " " + count);
    if (done != null) {
      kept.add(done);
    }
  }

  @Override
  public boolean isWritable() {
    foundUnwritable |= !writable;
    return writable;
  }

  @Override
  public void flush() {
    checkLoop();
    if (queued.length() > 0) {
      events.add("flush");
      sent.append(queued);
      queued.setLength(0);
    }
    letGo();
  }

  private void letGo() {
    Runnable release = kept.poll();
    while (release != null) {
      release.run();
      release = kept.poll();
    }
  }

  @Override
  public void whenFlushed(Runnable callback) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void finish(HeaderSource trailers) {
    checkLoop();
    if (!ended) {
      finished = true;
      events.add("finish");
    }
  }

  @Override
  public void reset(ExchangeException cause) {
    checkLoop();
    if (!ended) {
      reset = cause;
      events.add("reset");
      ended = true;
      letGo();
      listener.onError(cause);
    }
  }

  @Override
  public boolean isCommitted() {
    return announced != Long.MIN_VALUE;
  }

  @Override
  public void switchTo(HeaderSource fields, StreamHandler handler) {
    throw new UnsupportedOperationException();
  }

  private void checkLoop() {
    if (!inLoop()) {
      throw new IllegalStateException("called off the loop by " + Thread.currentThread());
    }
  }

  private record Head(String method, String path, String authority, Headers headers)
      implements RequestHead {
    @Override
    public HttpVersion version() {
      return HttpVersion.HTTP_1_1;
    }

    @Override
    public long contentLength() {
      return -1;
    }

    @Override
    public boolean expectsContinue() {
      return false;
    }
  }

  /** Fields from {@code Name: value} lines. */
  static final class Fields implements Headers {
    private final String[] lines;

    Fields(String... lines) {
      this.lines = lines;
    }

    @Override
    public int size() {
      return lines.length;
    }

    @Override
    public String name(int index) {
      return lines[index].substring(0, lines[index].indexOf(':'));
    }

    @Override
    public String value(int index) {
      return lines[index].substring(lines[index].indexOf(':') + 1).strip();
    }
  }
}
