package io.kqueueserver.build.exchange;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.net.FileOpenException;
import io.kqueueserver.net.FileOpening;
import io.kqueueserver.net.FlushCallback;
import io.kqueueserver.server.ExchangeContext;
import io.kqueueserver.server.ExchangeCore;
import io.kqueueserver.server.ExchangeWire;
import io.kqueueserver.server.SwitchedStream;
import io.kqueueserver.server.WireOutput;
import io.kqueueserver.stats.CloseReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A wire to nowhere: it frames nothing, and keeps what is sent until the client takes it. One
 * thread plays all parts; {@link #turn} does what a loop would.
 */
public final class MemoryWire implements ExchangeWire, WireOutput {
  private static final int HIGH_WATERMARK = 64 * 1024;
  private static final int PIECE = 8 * 1024;

  /** What the client's side takes without being read from. */
  private static final int SOCKET_BUFFER = 256 * 1024;

  /** The exchange that this wire carries. */
  public final ExchangeCore core;

  private final RequestHead head;
  private final Deque<Queued> queue = new ArrayDeque<>();
  private long pending;
  private boolean wasFull;
  private boolean congested;
  private boolean closed;
  private boolean broken;

  private final StringBuilder taken = new StringBuilder();
  private final List<Integer> interims = new ArrayList<>();
  private final Map<String, String> fields = new LinkedHashMap<>();
  private final List<String> trailers = new ArrayList<>();
  private int status;
  private boolean ended;

  private final StringBuilder arrived = new StringBuilder();
  private boolean bodyEnded;
  private int delivered;
  private boolean endDelivered;
  private MemoryHead.Fields requestTrailers = MemoryHead.Fields.of();

  /** Continues with a file that was opened; null for none. */
  private @Nullable Runnable opening;

  /** Bytes that wait, or a mark behind them. */
  private record Queued(String bytes, @Nullable Runnable release, @Nullable FlushCallback mark) {}

  MemoryWire(RequestHead head, ExchangeContext context) {
    this.head = head;
    this.core = new ExchangeCore(this, this, new MemoryEndpoint(), context, head);
    bodyEnded = head.contentLength() == 0;
  }

  // ---- the client's side

  /** The client sends a piece of the request's body. */
  public void arrive(String piece) {
    arrived.append(piece);
    bodyEnded = head.contentLength() == arrived.length();
  }

  /** The client ends a body of unknown length, with trailers as {@code name: value}. */
  public void endBody(String... sent) {
    bodyEnded = true;
    requestTrailers = MemoryHead.Fields.of(sent);
  }

  /** The next informational response; null if there is none. */
  public @Nullable Integer interim() {
    return interims.isEmpty() ? null : interims.remove(0);
  }

  /** Whether the client has all it will get. */
  public boolean isAnswered() {
    return broken || (ended && queue.isEmpty());
  }

  /** Whether the client knows that something of the response is missing. */
  public boolean isBroken() {
    return broken;
  }

  /** Status of the final response; 0 before its head. */
  public int status() {
    return status;
  }

  /** Fields of the response by lower-case name. */
  public Map<String, String> fields() {
    return fields;
  }

  /** What the client has taken of the response's body, one char per byte. */
  public String taken() {
    return taken.toString();
  }

  /** Trailers of the response as {@code name: value}. */
  public List<String> trailers() {
    return trailers;
  }

  /** What waits for the client to take it, one char per byte. */
  public String waiting() {
    return queue.stream().map(Queued::bytes).collect(Collectors.joining());
  }

  /** Buffers and files that were lent and not given back. */
  public int lent() {
    return (int) queue.stream().filter(queued -> queued.release() != null).count();
  }

  /** The client takes nothing, until {@link #relieve}. */
  public void congest() {
    congested = true;
    wasFull = true;
  }

  /** The client takes what there is. */
  public void relieve() {
    congested = false;
    if (!closed && wasFull) {
      wasFull = false;
      core.writable();
    }
  }

  /** The client disappears. */
  public void disappear() {
    close(CloseReason.PEER_RESET);
  }

  /** The request is malformed behind its head, and the wire refuses it. */
  public void refuse(Reason reason, String message) {
    closed = true;
    broken = true;
    dropQueue();
    core.refused(400, reason, message, null);
  }

  /** The connection closes. */
  public void close(CloseReason reason) {
    broken |= !(ended && queue.isEmpty());
    if (!closed) {
      closed = true;
      dropQueue();
      core.end().onDropped(reason);
    }
  }

  private void dropQueue() {
    List<Queued> dropped = List.copyOf(queue);
    queue.clear();
    dropped.forEach(lost -> run(lost.release));
  }

  // ---- the loop's part

  /** Delivers to the application what it wants, and sends to the client what it takes. */
  void turn(boolean clientReads) {
    deliver();
    Runnable due = opening;
    opening = null;
    if (!closed) {
      run(due);
    }
    send(clientReads);
  }

  private void send(boolean clientReads) {
    while (!closed
        && !congested
        && !queue.isEmpty()
        && (clientReads || taken.length() < SOCKET_BUFFER)) {
      Queued next = queue.remove();
      taken.append(next.bytes);
      pending -= next.bytes.length();
      try {
        run(next.release);
        if (next.mark != null) {
          next.mark.onFlushed();
        }
      } catch (RuntimeException | Error e) {
        close(CloseReason.SERVER_ERROR);
        return;
      }
    }
    if (!closed && !congested && wasFull && pending == 0) {
      wasFull = false;
      core.writable();
    }
  }

  /** Hands to the application what has arrived, as far as it wants it. */
  public void deliver() {
    while (!closed && delivered < arrived.length() && core.body().isWanted()) {
      int end = Math.min(arrived.length(), delivered + PIECE);
      String piece = arrived.substring(delivered, end);
      delivered = end;
      core.body().received(ByteBuffer.wrap(piece.getBytes(StandardCharsets.ISO_8859_1)));
    }
    if (!closed && bodyEnded && delivered == arrived.length() && !endDelivered) {
      endDelivered = true;
      core.body().ended(requestTrailers);
    }
  }

  // ---- what the core asks

  @Override
  public void inform(int sent, HeaderSource with) {
    interims.add(sent);
  }

  @Override
  public long respond(int sent, HeaderSource with, long contentLength) {
    with.writeTo(
        (name, value) -> {
          if (value.contains("\r")) {
            throw new IllegalArgumentException(name + ": " + value);
          }
        });
    with.writeTo((name, value) -> fields.put(name.toLowerCase(Locale.ROOT), value));
    status = sent;
    boolean bodyless = head.method().equals("HEAD") || sent == 204 || sent == 304;
    return bodyless ? NO_BODY : contentLength;
  }

  @Override
  public void write(ByteBuffer data, @Nullable Runnable release) {
    queue(StandardCharsets.ISO_8859_1.decode(data).toString(), release);
  }

  private void queue(String bytes, @Nullable Runnable release) {
    pending += bytes.length();
    wasFull |= !isWritable();
    queue.add(new Queued(bytes, release, null));
  }

  private void queue(FileRegion region, @Nullable Runnable done) {
    try {
      String all = Files.readString(region.file(), StandardCharsets.ISO_8859_1);
      long end = region.position() + region.count();
      if (end <= all.length()) {
        queue(all.substring((int) region.position(), (int) end), done);
      } else {
        run(done);
        broken = true;
        close(CloseReason.SERVER_ERROR);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Opens at once, and notifies the outcome in the next turn. */
  private final class MemoryFile implements FileOpening {
    private final FileRegion region;
    private @Nullable Runnable done;

    MemoryFile(FileRegion region, @Nullable Runnable done) {
      this.region = region;
      this.done = done;
    }

    private void open(Outcome outcome) {
      if (Files.exists(region.file())) {
        outcome.opened();
      } else {
        close();
        outcome.failed(FileOpenException.missing(region.file()));
      }
    }

    @Override
    public void write() {
      queue(region, done);
      done = null;
    }

    @Override
    public void close() {
      run(done);
      done = null;
    }
  }

  @Override
  public FileOpening openFile(
      FileRegion region, @Nullable Runnable done, FileOpening.@Nullable Outcome outcome) {
    MemoryFile file = new MemoryFile(region, done);
    if (outcome != null) {
      opening = () -> file.open(outcome);
    }
    return file;
  }

  @Override
  public void writeFile(FileOpening opened, long count) {
    opened.write();
  }

  @Override
  public void end(HeaderSource with) {
    with.writeTo((name, value) -> trailers.add(name + ": " + value));
    ended = true;
  }

  @Override
  public void advanced() {}

  @Override
  public void whenFlushed(FlushCallback callback) {
    if (closed) {
      callback.onDropped(CloseReason.SERVER_ERROR);
    } else {
      queue.add(new Queued("", null, callback));
    }
  }

  @Override
  public void holds(long change) {}

  @Override
  public boolean isWritable() {
    return !congested && pending < HIGH_WATERMARK;
  }

  @Override
  public void flush() {
    send(false);
  }

  @Override
  public void reset(ExchangeException cause) {
    broken = true;
    closed = true;
    dropQueue();
  }

  @Override
  public int switchTo(HeaderSource with, SwitchedStream stream) {
    throw new UnsupportedOperationException("no byte stream to hand over");
  }

  @Override
  public boolean keepsAlive() {
    return true;
  }

  private static void run(@Nullable Runnable action) {
    if (action != null) {
      action.run();
    }
  }
}
