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

/**
 * What one session sends, in order. A message is compressed and framed when the stream takes it;
 * until then its payload waits here as it was lent. The loop's thread only.
 */
final class WebSocketSender {
  /** The least message that zlib is borrowed for, as MessageDeflater has it. */
  private static final int MIN_DEFLATED_BYTES = 256;

  private static final int MAX_CONTROL_BYTES = 125;

  /** What an entry of the queue takes besides its payload, so that empty messages count too. */
  private static final int ENTRY_BYTES = 96;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  /** A message, a Close frame that is complete, or the mark of a callback. */
  private record Entry(
      @Nullable Opcode type, ByteBuffer payload, @Nullable Runnable release, int size) {}

  private final LoopWebSockets loop;
  private final ByteStream stream;
  private final @Nullable MessageDeflater deflater;
  private final long maxQueuedBytes;
  private final Runnable onCloseWritten;

  private final ArrayDeque<Entry> queue = new ArrayDeque<>(0);
  private long queuedBytes;
  private byte @Nullable [] waitingPong;
  private boolean closed;
  private boolean closeWritten;

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
    return queue.isEmpty() && stream.isWritable();
  }

  /**
   * Sends a message; false if the queue would be longer than it may be, in which case the payload
   * was given back.
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
    // One message alone may be of any length: nothing waits behind it.
    int held = size + ENTRY_BYTES;
    if (!queue.isEmpty() && queuedBytes + held > maxQueuedBytes) {
      run(release);
      return false;
    }
    queue.add(new Entry(type, payload, release, held));
    queued(held);
    return true;
  }

  private void queued(long change) {
    queuedBytes += change;
    loop.stats.queuedBytes += change;
  }

  void whenSent(Runnable callback) {
    if (queue.isEmpty()) {
      stream.whenFlushed(callback);
    } else {
      queue.add(new Entry(null, NOTHING, callback, 0));
    }
  }

  /** A Ping of this server's own, which may pass messages that wait. */
  void ping(byte[] payload) {
    if (!closed) {
      loop.stats.sent(Message.PING);
      control(Opcode.PING, payload);
    }
  }

  /** A Pong, at once while the stream takes something, else the newest later. */
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
    stream.write(ByteBuffer.wrap(WebSocketEncoder.frame(type, ByteBuffer.wrap(payload))), null);
  }

  /** Puts the Close frame behind what is queued; nothing is taken after it. */
  void close(byte[] frame) {
    if (closed) {
      return;
    }
    closed = true;
    waitingPong = null;
    if (queue.isEmpty()) {
      writeClose(ByteBuffer.wrap(frame));
    } else {
      queue.add(new Entry(Opcode.CLOSE, ByteBuffer.wrap(frame), null, 0));
    }
  }

  private void writeClose(ByteBuffer frame) {
    closeWritten = true;
    stream.write(frame, null);
    onCloseWritten.run();
  }

  boolean isCloseWritten() {
    return closeWritten;
  }

  /** Drops what is queued; returns whether no Close frame was written yet. */
  boolean drop() {
    closed = true;
    waitingPong = null;
    queued(-queuedBytes);
    Entry entry;
    while ((entry = queue.poll()) != null) {
      if (entry.type != null) {
        run(entry.release);
      }
    }
    return !closeWritten;
  }

  /** Writes a Close frame after a {@link #drop()}. */
  void closeNow(byte[] frame) {
    closeWritten = true;
    stream.write(ByteBuffer.wrap(frame), null);
  }

  /** The stream takes more. */
  void writable() {
    byte[] pong = waitingPong;
    if (pong != null) {
      waitingPong = null;
      pong(pong);
    }
    while (stream.isWritable()) {
      Entry entry = queue.poll();
      if (entry == null) {
        return;
      }
      queued(-entry.size);
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
    int length =
        WebSocketEncoder.putHead(loop.head, 0, type, Part.WHOLE, form, payload.remaining());
    stream.write(ByteBuffer.wrap(loop.head, 0, length), null);
    if (payload.hasRemaining()) {
      stream.write(payload, release);
    } else {
      run(release);
    }
  }

  /** Bytes kept for the session now. */
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
