package io.kqueueserver.benchmarks;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.h1.Http1Encoder;
import io.kqueueserver.loop.LoopThread;
import io.kqueueserver.net.Endpoint;
import io.kqueueserver.net.FileOpening;
import io.kqueueserver.net.FlushCallback;
import io.kqueueserver.net.ReadMemory;
import io.kqueueserver.server.ActiveExchanges;
import io.kqueueserver.server.ExchangeContext;
import io.kqueueserver.server.ExchangeCore;
import io.kqueueserver.server.ExchangeWire;
import io.kqueueserver.server.Pace;
import io.kqueueserver.server.ServerListener;
import io.kqueueserver.server.StreamOptions;
import io.kqueueserver.server.SwitchedStream;
import io.kqueueserver.server.WireOutput;
import io.kqueueserver.stats.LoopStats;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The server's own exchange for a request without body, on a wire whose bytes go nowhere: heads are
 * encoded, and all bytes counted.
 */
final class CountingWire implements ExchangeWire, WireOutput, Endpoint {
  private static final InetSocketAddress ADDRESS = new InetSocketAddress("127.0.0.1", 8080);

  /** What exchanges of one thread share; the thread is the loop. */
  static final class Loop implements LoopThread {
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final Http1Encoder encoder = new Http1Encoder();
    private final byte[] date = Http1Encoder.dateLine(0);
    private final ExchangeContext context =
        new ExchangeContext(
            this,
            new ReadMemory(64, new LoopStats()),
            exchange -> {},
            Limits.DEFAULTS,
            StreamOptions.DEFAULTS,
            Pace.DEFAULTS,
            ServerListener.NONE,
            new ActiveExchanges(),
            ADDRESS);

    @Override
    public String name() {
      return "benchmark";
    }

    @Override
    public boolean inLoop() {
      return true;
    }

    @Override
    public boolean execute(Runnable task) {
      return tasks.add(task);
    }

    @Override
    public long now() {
      return 0;
    }
  }

  private final RequestHead head;
  private final Loop loop;
  private final ExchangeCore core;
  private final Queue<FlushCallback> callbacks = new ArrayDeque<>(2);
  private long bytes;

  CountingWire(RequestHead head, Loop loop) {
    this.head = head;
    this.loop = loop;
    this.core = new ExchangeCore(this, this, this, loop.context, head);
  }

  Exchange exchange() {
    return core;
  }

  /** Ends the turn: tasks and flush callbacks run; returns how many bytes the response has. */
  long flushed() {
    for (Runnable task; (task = loop.tasks.poll()) != null; ) {
      task.run();
    }
    for (FlushCallback callback; (callback = callbacks.poll()) != null; ) {
      callback.onFlushed();
    }
    return bytes;
  }

  @Override
  public void inform(int status, HeaderSource fields) {}

  @Override
  public long respond(int status, HeaderSource fields, long contentLength) {
    loop.encoder.encodeHead(head, status, fields, contentLength, true, loop.date, null);
    bytes += loop.encoder.length();
    return contentLength;
  }

  @Override
  public void write(ByteBuffer data, @Nullable Runnable release) {
    bytes += data.remaining();
    data.position(data.limit());
    if (release != null) {
      release.run();
    }
  }

  @Override
  public FileOpening openFile(
      FileRegion region, @Nullable Runnable done, FileOpening.@Nullable Outcome outcome) {
    throw noFiles();
  }

  @Override
  public void writeFile(FileOpening opened, long count) {
    throw noFiles();
  }

  private static UnsupportedOperationException noFiles() {
    return new UnsupportedOperationException("no benchmark sends files");
  }

  @Override
  public void end(HeaderSource trailers) {}

  @Override
  public void advanced() {}

  @Override
  public void whenFlushed(FlushCallback callback) {
    callbacks.add(callback);
  }

  @Override
  public void holds(long change) {}

  @Override
  public boolean isWritable() {
    return true;
  }

  @Override
  public void flush() {}

  @Override
  public void reset(ExchangeException cause) {
    throw new IllegalStateException("no benchmark breaks off", cause);
  }

  @Override
  public int switchTo(HeaderSource fields, SwitchedStream stream) {
    throw new UnsupportedOperationException("no byte stream to hand over");
  }

  @Override
  public boolean keepsAlive() {
    return true;
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return ADDRESS;
  }

  @Override
  public boolean isClientKnown() {
    return true;
  }

  @Override
  public InetSocketAddress localAddress() {
    return ADDRESS;
  }

  @Override
  public boolean isSecure() {
    return false;
  }

  @Override
  public @Nullable SSLSession tlsSession() {
    return null;
  }
}
