package io.kqueueserver.server.h1;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.net.Connection;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a client on their way into the decoder. Pipelined bytes wait in the socket, except
 * for bytes of the last read, which wait in the stash. The loop's thread only.
 *
 * <pre>
 *   READING ---- take, resume ----> PROCESSING ---- bytes are left ----> STASHED
 *      ^                             |      ^                               |
 *      '------- none are left -------'      '------------ resume -----------'
 *
 *   processing:  false               true                                false
 *   stash:       null                null                                set; nothing is read
 * </pre>
 *
 * <p>{@code process} is the only loop over input and is not re-entrant. A call of the application
 * inside {@code process} (an end, a demand, a resumed stream) only changes the state, which the
 * loop checks before each {@link Http1Connection#step}; {@code resume} returns at once. Outside of
 * {@code process}, {@code resume} passes the stash to {@code process} first. No byte is read while
 * there is a stash, so bytes keep their order. {@code take} stashes the bytes that {@code process}
 * leaves.
 */
final class Http1Input {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final Http1Connection owner;

  /**
   * Bytes read and not yet decoded: at most those of one read, because no byte is read meanwhile.
   */
  private @Nullable Stash stash;

  /** How many bytes the next read may take while a head is awaited. */
  private int headReadBytes = Connection.SHORT_READ_BYTES;

  private boolean processing;

  /** Whether another protocol has the connection, which this object then does not use. */
  private boolean handedOver;

  /** The stream after a switch, which gets the rest of the bytes; null before. */
  private @Nullable ConnectionStream successor;

  Http1Input(Http1Connection owner) {
    this.owner = owner;
  }

  /** Whether there is a stash. */
  boolean isStashed() {
    return stash != null;
  }

  int headReadBytes() {
    return headReadBytes;
  }

  /** Another protocol has the connection from now on. */
  void handedOver() {
    handedOver = true;
  }

  /** The stream has the connection from now on, and the stash. */
  void handOver(ConnectionStream stream) {
    handedOver = true;
    successor = stream;
    Stash waiting = stash;
    stash = null;
    stream.keep(waiting == null ? null : waiting.toCopy());
  }

  /** Decodes the bytes of one read. Bytes that the exchange does not want yet are stashed. */
  void take(ByteBuffer in) {
    int length = in.remaining();
    boolean awaitedHead = owner.isBetweenExchanges();
    process(in);
    passRest(in);
    if (in.hasRemaining() && owner.connection.isOpen()) {
      stash = Stash.of(in, owner.context.exchanges.memory);
    }
    // Longer reads serve pipelined requests that are all answered at once.
    boolean answered = awaitedHead && owner.isBetweenExchanges() && stash == null;
    headReadBytes =
        answered && length >= headReadBytes
            ? Math.min(4 * headReadBytes, owner.context.readBufferBytes)
            : Connection.SHORT_READ_BYTES;
    account();
  }

  /** Continues with waiting bytes after an exchange has ended or has demanded more body. */
  void resume() {
    if (processing || handedOver) {
      return;
    }
    Stash waiting = stash;
    if (waiting != null) {
      stash = null;
      process(waiting);
    } else {
      // A request without body is complete without further bytes.
      process(NOTHING);
    }
    account();
    if (handedOver || owner.wantsInput()) {
      owner.connection.resumeInput();
    }
  }

  /** Decodes waiting bytes. Those that are left stay where they are, for demand in small steps. */
  private void process(Stash waiting) {
    ByteBuffer in = waiting.bytes();
    try {
      waiting.decode(
          () -> {
            process(in);
            passRest(in);
          });
      if (in.hasRemaining() && owner.connection.isOpen()) {
        waiting.shrink();
        stash = waiting;
      }
    } finally {
      if (stash != waiting) {
        waiting.release();
      }
    }
  }

  private void process(ByteBuffer in) {
    if (processing) {
      return;
    }
    processing = true;
    try {
      while (owner.connection.isOpen() && !handedOver && owner.step(in)) {}
    } catch (HttpException e) {
      owner.refuse(e);
    } finally {
      processing = false;
    }
    if (!handedOver) {
      owner.armDeadline();
    }
  }

  /** Passes bytes behind the request of a switch to the stream. */
  private void passRest(ByteBuffer in) {
    ConnectionStream stream = successor;
    if (stream != null) {
      Upgrades.giveRest(stream, owner.connection, in);
    }
  }

  private void account() {
    if (!handedOver) {
      Stash waiting = stash;
      int stashed = waiting == null ? 0 : waiting.bytes().capacity();
      owner.connection.holdsInput(owner.decoder.keptBytes() + stashed);
    }
  }

  /** Drops the stash, because the connection has closed. */
  void drop() {
    Stash waiting = stash;
    stash = null;
    if (waiting != null) {
      waiting.release();
    }
  }
}
