package io.kqueueserver.net;

import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.CurrentRequest;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * The protocol on top of a connection. All methods but {@link #eachRequest} are called on the
 * connection's loop thread; {@link #onClosed} is the last call.
 */
public interface ConnectionHandler {
  /**
   * Whether more input is welcome now. While it is not, nothing is read; see {@link
   * Connection#resumeInput}.
   */
  boolean wantsInput();

  /**
   * Whether what is held for the peer can leave only after input, such as credit of its flow
   * control: it is read then though the server holds too much.
   */
  default boolean needsInput() {
    return false;
  }

  /**
   * How many bytes the next read may take: few where it is not known how many can be consumed, for
   * the rest would have to be kept.
   */
  default int readSize() {
    return Connection.SHORT_READ_BYTES;
  }

  /** Bytes from the peer, valid during the call only: what is not consumed must be copied. */
  void onInput(ByteBuffer in);

  /** The peer has sent all it will send, and all of it was read. */
  void onInputEnd();

  /**
   * As {@link #onInputEnd}, but the peer did not say that this is the end, and somebody on the way
   * may have cut it off (RFC 8446 6.1). Whoever knows by its own framing what is missing need not
   * care.
   */
  default void onInputTruncated() {
    onInputEnd();
  }

  /**
   * The transport is ready for plain bytes, after a TLS handshake; the first of them follow.
   *
   * @param applicationProtocol what ALPN has chosen; empty if it was not used
   */
  default void onSecured(String applicationProtocol) {}

  /**
   * The peer has sent FIN, but input is not wanted now, so that unread bytes may still wait before
   * it.
   */
  void onPeerClosed();

  /**
   * An event of this connection or a turn with writes to it ends, and its bytes are about to leave:
   * what is written now leaves with them. For a protocol that decides late what to send, within
   * {@link Connection#room}.
   */
  default void beforeFlush() {}

  /** {@link Connection#isWritable} is true again after it was found false. */
  void onWritable();

  /** The time set by {@link Connection#deadline} has come. */
  void onDeadline();

  /** The server is draining: close when nothing is under way, take no more requests. */
  void onDrain();

  /**
   * The server stops at once. What is written now is offered to the socket once more, then the
   * connection is closed.
   */
  default void onStop() {}

  /** The connection is closed. */
  void onClosed(CloseReason reason);

  /**
   * Shows each request under way to an observer, once. Any thread, while the loop goes on: an
   * implementation reads what it works with, takes no lock, keeps nothing for observers alone, and
   * shows no more requests than its own limit lets begin. A request that begins or ends meanwhile
   * may be shown or not.
   */
  default void eachRequest(Consumer<? super CurrentRequest> observer) {}
}
