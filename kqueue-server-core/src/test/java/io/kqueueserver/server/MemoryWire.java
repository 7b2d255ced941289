package io.kqueueserver.server;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.contract.ExchangePeer.Answer;
import io.kqueueserver.http.contract.ExchangePeer.End;
import io.kqueueserver.net.FileOpenException;
import io.kqueueserver.net.FileOpening;
import io.kqueueserver.net.FlushCallback;
import io.kqueueserver.stats.CloseReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A wire to nowhere: it frames nothing, and keeps what is sent until the client takes it. One
 * thread plays all parts; {@link #turn} does what a loop would.
 */
final class MemoryWire implements ExchangeWire {
  private static final int HIGH_WATERMARK = 64 * 1024;
  private static final int PIECE = 8 * 1024;

  /** What the client's side takes without being read from. */
  private static final int SOCKET_BUFFER = 256 * 1024;

  final ExchangeCore core;

  private final RequestHead head;
  private final Deque<Queued> queue = new ArrayDeque<>();
  private long pending;
  private boolean foundUnwritable;
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
  private List<String> requestTrailers = List.of();

  /** Bytes that wait, or a mark behind them. */
  private record Queued(String bytes, @Nullable Runnable release, @Nullable FlushCallback mark) {}

  MemoryWire(RequestHead head, ExchangeContext context) {
    this.head = head;
    this.core = new ExchangeCore(this, new MemoryEndpoint(), context, head);
    bodyEnded = head.contentLength() == 0;
  }

  // ---- the client's side

  void arrive(String piece) {
    arrived.append(piece);
    bodyEnded = head.contentLength() == arrived.length();
  }

  void endBody(String... sent) {
    bodyEnded = true;
    requestTrailers = Arrays.asList(sent);
  }

  @Nullable Integer interim() {
    return interims.isEmpty() ? null : interims.remove(0);
  }

  boolean isAnswered() {
    return broken || (ended && queue.isEmpty());
  }

  Answer answer() {
    return new Answer(
        status, fields, taken.toString(), trailers, broken ? End.BROKEN : End.COMPLETE);
  }

  void disappear() {
    close(CloseReason.PEER_RESET);
  }

  private void close(CloseReason reason) {
    broken |= !(ended && queue.isEmpty());
    if (!closed) {
      closed = true;
      List<Queued> dropped = List.copyOf(queue);
      queue.clear();
      dropped.forEach(lost -> run(lost.release));
      core.end().onDropped(reason);
    }
  }

  // ---- the loop's part

  /** Delivers to the application what it wants, and to the client what it takes. */
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
    while (!closed && !queue.isEmpty() && (clientReads || taken.length() < SOCKET_BUFFER)) {
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
    if (!closed && foundUnwritable && pending == 0) {
      foundUnwritable = false;
      core.writable();
    }
  }

  private int delivered;
  private boolean endDelivered;

  private void deliver() {
    while (!closed && delivered < arrived.length() && core.wantsBody()) {
      int end = Math.min(arrived.length(), delivered + PIECE);
      String piece = arrived.substring(delivered, end);
      delivered = end;
      core.bodyReceived(ByteBuffer.wrap(piece.getBytes(StandardCharsets.ISO_8859_1)));
    }
    if (!closed && bodyEnded && delivered == arrived.length() && !endDelivered) {
      endDelivered = true;
      core.requestEnded(new MemoryHead.Fields(requestTrailers));
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
    queue.add(new Queued(bytes, release, null));
  }

  @Override
  public void writeFile(Path file, long position, long count, @Nullable Runnable done) {
    try {
      String all = Files.readString(file, StandardCharsets.ISO_8859_1);
      if (position + count <= all.length()) {
        queue(all.substring((int) position, (int) (position + count)), done);
      } else {
        run(done);
        broken = true;
        close(CloseReason.SERVER_ERROR);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Opens at once, and tells of it in the next turn. */
  private final class MemoryFile implements FileOpening {
    private final FileRegion region;
    private @Nullable Runnable done;

    MemoryFile(FileRegion region, @Nullable Runnable done, Outcome outcome) {
      this.region = region;
      this.done = done;
      opening =
          () -> {
            if (Files.exists(region.file())) {
              outcome.opened();
            } else {
              close();
              outcome.failed(FileOpenException.missing(region.file()));
            }
          };
    }

    @Override
    public void write() {
      writeFile(region.file(), region.position(), region.count(), done);
      done = null;
    }

    @Override
    public void close() {
      run(done);
      done = null;
    }
  }

  private @Nullable Runnable opening;

  @Override
  public FileOpening openFile(
      FileRegion region, @Nullable Runnable done, FileOpening.Outcome outcome) {
    return new MemoryFile(region, done, outcome);
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
  public void responseEnded() {}

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
    boolean writable = pending < HIGH_WATERMARK;
    foundUnwritable |= !writable;
    return writable;
  }

  @Override
  public void flush() {
    send(false);
  }

  @Override
  public void bodyDemanded() {}

  @Override
  public void bodyDiscarded(int count) {}

  @Override
  public void reset(ExchangeException cause) {
    broken = true;
    closed = true;
    List<Queued> dropped = List.copyOf(queue);
    queue.clear();
    dropped.forEach(lost -> run(lost.release));
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

  Exchange exchange() {
    return core;
  }
}
