package io.kqueueserver.server.ws;

import io.kqueueserver.http.ByteStream;
import io.kqueueserver.http.ws.MessageDeflater;
import io.kqueueserver.http.ws.Opcode;
import io.kqueueserver.http.ws.WebSocketEncoder;
import io.kqueueserver.http.ws.WebSocketEncoder.Form;
import io.kqueueserver.http.ws.WebSocketEncoder.Part;
import io.kqueueserver.stats.Limit;
import io.kqueueserver.stats.WebSocketStats.Message;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The output of one session, in order. A message is compressed and framed when the stream takes it.
 * Until then the lent payload waits in the queue. The loop's thread only.
 */
final class WebSocketSender {
  private static final Logger log = LoggerFactory.getLogger(WebSocketSender.class);

  /** 256: the least message that a deflater is borrowed for, as in MessageDeflater. */
  private static final int MIN_DEFLATED_BYTES = 256;

  private static final int MAX_CONTROL_BYTES = 125;

  /** 96: bytes that an entry of the queue takes besides its payload, so that empty ones count. */
  private static final int ENTRY_BYTES = 96;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  /** A message, a complete Close frame, or the mark of a callback. */
  private record Entry(
      @Nullable Opcode type, ByteBuffer payload, @Nullable Runnable release, int size) {
    int lent() {
      return type == null || release == null ? 0 : 1;
    }
  }

  private final LoopWebSockets loop;
  private final ByteStream stream;
  private final @Nullable MessageDeflater deflater;
  private final long maxQueuedBytes;
  private final Runnable onCloseWritten;

  /** What waits, in order; null while nothing does. */
  private @Nullable ArrayDeque<Entry> queue;

  private long queuedBytes;
  private byte @Nullable [] waitingPong;
  private boolean closed;
  private boolean closeWritten;

  /** Number of bytes written to the stream. */
  private long written;

  /** Number of written bytes that had left at the last look of {@link #hasProgressed}. */
  private long taken;

  /** Whether bytes waited to leave at that look. */
  private boolean waited;

  WebSocketSender(
      LoopWebSockets loop,
      ByteStream stream,
      @Nullable MessageDeflater deflater,
      Runnable onCloseWritten) {
    this.loop = loop;
    this.stream = stream;
    this.deflater = deflater;
    this.maxQueuedBytes = loop.options().maxQueuedBytes();
    this.onCloseWritten = onCloseWritten;
  }

  boolean isWritable() {
    return queue == null && stream.isWritable();
  }

  /**
   * Sends a message. Returns false if the queue would exceed its maximum; the payload was released
   * then.
   */
  boolean send(Opcode type, ByteBuffer payload, @Nullable Runnable release) {
    int size = payload.remaining();
    if (type.isControl() && size > MAX_CONTROL_BYTES) {
      run(release);
      throw new IllegalArgumentException(
          type + " has " + size + " bytes; a control frame has at most " + MAX_CONTROL_BYTES);
    }
    if (closed) {
      run(release);
      return true;
    }
    if (isWritable()) {
      write(type, payload, release);
      return true;
    }
    // A single message may be of any length.
    int held = size + ENTRY_BYTES;
    if (queue != null && queuedBytes + held > maxQueuedBytes) {
      run(release);
      return false;
    }
    Entry entry = new Entry(type, payload, release, held);
    add(entry);
    loop.stats.lentBuffers += entry.lent();
    queued(held);
    return true;
  }

  private void add(Entry entry) {
    if (queue == null) {
      queue = new ArrayDeque<>(4);
    }
    queue.add(entry);
  }

  private @Nullable Entry poll() {
    if (queue == null) {
      return null;
    }
    Entry first = queue.poll();
    if (queue.isEmpty()) {
      queue = null;
    }
    return first;
  }

  private void queued(long change) {
    queuedBytes += change;
    loop.stats.queuedBytes += change;
  }

  void whenSent(Runnable callback) {
    if (queue == null) {
      stream.whenFlushed(callback);
    } else {
      add(new Entry(null, NOTHING, callback, ENTRY_BYTES));
      queued(ENTRY_BYTES);
    }
  }

  /** Sends a Ping of the server, which may overtake waiting messages. */
  void ping(byte[] payload) {
    if (!closed) {
      loop.stats.sent(Message.PING);
      control(Opcode.PING, payload);
    }
  }

  /** Sends a Pong: at once if the stream takes bytes; else only the newest is sent later. */
  void pong(byte[] payload) {
    if (closed) {
      return;
    }
    if (stream.isWritable()) {
      loop.stats.sent(Message.PONG);
      control(Opcode.PONG, payload);
    } else {
      waitingPong = payload;
    }
  }

  private void control(Opcode type, byte[] payload) {
    put(ByteBuffer.wrap(WebSocketEncoder.frame(type, ByteBuffer.wrap(payload))), null);
  }

  /** Queues the Close frame. The sender takes no message after it. */
  void close(byte[] frame) {
    if (closed) {
      return;
    }
    closed = true;
    waitingPong = null;
    if (queue == null) {
      writeClose(ByteBuffer.wrap(frame));
    } else {
      add(new Entry(Opcode.CLOSE, ByteBuffer.wrap(frame), null, 0));
    }
  }

  private void writeClose(ByteBuffer frame) {
    closeWritten = true;
    put(frame, null);
    onCloseWritten.run();
  }

  boolean isCloseWritten() {
    return closeWritten;
  }

  /**
   * Drops the queue, all of it: the exception of a release is logged. Returns whether no Close
   * frame was written yet.
   */
  boolean drop() {
    closed = true;
    waitingPong = null;
    queued(-queuedBytes);
    Entry entry;
    while ((entry = poll()) != null) {
      loop.stats.lentBuffers -= entry.lent();
      if (entry.type != null) {
        dropped(entry.release);
      }
    }
    return !closeWritten;
  }

  private static void dropped(@Nullable Runnable release) {
    try {
      run(release);
    } catch (Throwable e) {
      log.error("the release of a WebSocket message that was dropped failed", e);
    }
  }

  /** Writes a Close frame after a {@link #drop()}. */
  void closeNow(byte[] frame) {
    closeWritten = true;
    put(ByteBuffer.wrap(frame), null);
  }

  /** The stream takes more bytes. */
  void writable() {
    byte[] pong = waitingPong;
    if (pong != null) {
      waitingPong = null;
      pong(pong);
    }
    while (stream.isWritable()) {
      Entry entry = poll();
      if (entry == null) {
        return;
      }
      queued(-entry.size);
      loop.stats.lentBuffers -= entry.lent();
      if (entry.type == null) {
        if (entry.release != null) {
          stream.whenFlushed(entry.release);
        }
      } else if (entry.type == Opcode.CLOSE) {
        writeClose(entry.payload);
      } else {
        write(entry.type, entry.payload, entry.release);
      }
    }
  }

  private void write(Opcode type, ByteBuffer payload, @Nullable Runnable release) {
    loop.stats.sent(message(type));
    ByteBuffer smaller = type.isControl() ? null : deflate(payload);
    if (smaller == null) {
      frame(type, Form.PLAIN, payload, release);
    } else {
      run(release);
      frame(type, Form.DEFLATED, smaller, WebSocketSender::nothing);
    }
  }

  private @Nullable ByteBuffer deflate(ByteBuffer payload) {
    MessageDeflater zlib = deflater;
    int size = payload.remaining();
    if (zlib == null || size < MIN_DEFLATED_BYTES) {
      return null;
    }
    if (zlib.heldBytes() == 0 && !loop.zlib.mayLendDeflater()) {
      loop.limitHit(Limit.WEBSOCKET_DEFLATERS);
      return null;
    }
    ByteBuffer smaller = zlib.deflate(payload);
    if (smaller != null) {
      loop.stats.deflatedFrom += size;
      loop.stats.deflatedTo += smaller.remaining();
    }
    return smaller;
  }

  private void frame(Opcode type, Form form, ByteBuffer payload, @Nullable Runnable release) {
    int size = payload.remaining();
    int head = WebSocketEncoder.putHead(loop.head, 0, type, Part.WHOLE, form, size);
    ByteBuffer frame = loop.frame.clear().put(loop.head, 0, head);
    if (size > LoopWebSockets.SMALL_BYTES) {
      put(frame.flip(), null);
      put(payload, release);
    } else {
      put(frame.put(payload).flip(), null);
      run(release);
    }
  }

  private void put(ByteBuffer bytes, @Nullable Runnable release) {
    written += bytes.remaining();
    stream.write(bytes, release);
    if (!waited && !stream.isWritable()) {
      hasProgressed();
    }
  }

  /**
   * Whether bytes that waited at the last call have left since. Bytes that the kernel takes at once
   * show nothing of the peer.
   */
  boolean hasProgressed() {
    boolean waitedBefore = waited;
    long takenBefore = taken;
    long unsent = stream.unsentBytes();
    waited = unsent > 0;
    taken = written - unsent;
    return waitedBefore && taken > takenBefore;
  }

  /** Number of bytes that the sender holds now. */
  long heldBytes() {
    return queuedBytes + (deflater == null ? 0 : deflater.heldBytes());
  }

  /** The stream has ended. */
  void end() {
    drop();
    if (deflater != null) {
      deflater.close();
    }
  }

  static Message message(Opcode type) {
    return switch (type) {
      case TEXT -> Message.TEXT;
      case BINARY -> Message.BINARY;
      case PING -> Message.PING;
      case PONG -> Message.PONG;
      case CONTINUATION, CLOSE -> throw new IllegalArgumentException(type + " is no message");
    };
  }

  private static void nothing() {}

  private static void run(@Nullable Runnable action) {
    if (action != null) {
      action.run();
    }
  }
}
