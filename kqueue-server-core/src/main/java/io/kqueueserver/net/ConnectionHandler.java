package io.kqueueserver.net;

import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.CurrentRequest;
import io.kqueueserver.stats.SharedFlow;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The protocol on top of a connection. All methods but {@link #eachRequest} and {@link #sharedFlow}
 * are called on the connection's loop thread; {@link #onClosed} is the last call.
 */
public interface ConnectionHandler {
  /**
   * Whether the handler wants input now. If not, nothing is read until {@link
   * Connection#resumeInput}.
   */
  boolean wantsInput();

  /**
   * Whether held bytes can leave only after input, such as credit of the peer's flow control. Input
   * is then read even if the server holds too much.
   */
  default boolean needsInput() {
    return false;
  }

  /**
   * How many bytes the next read may take. Few, if it is unknown how many bytes can be consumed,
   * because the rest would have to be kept.
   */
  default int readSize() {
    return Connection.SHORT_READ_BYTES;
  }

  /** Receives bytes from the peer. They are valid during the call only; the rest must be copied. */
  void onInput(ByteBuffer in);

  /** The peer has ended its sending side, and all of its bytes were read. */
  void onInputEnd();

  /**
   * As {@link #onInputEnd}, but without the peer's close_notify, so that an attacker on the way may
   * have cut the bytes off (RFC 8446 6.1). A protocol whose framing shows what is missing need not
   * override this method.
   */
  default void onInputTruncated() {
    onInputEnd();
  }

  /**
   * The transport is ready for plain bytes, after a TLS handshake. The first plain bytes follow.
   *
   * @param applicationProtocol the protocol that ALPN has chosen; empty without ALPN
   */
  default void onSecured(String applicationProtocol) {}

  /**
   * The peer has sent FIN while the handler wants no input. Unread bytes may come before the FIN.
   */
  void onPeerClosed();

  /**
   * The written bytes are about to leave, at the end of an event of this connection or of a turn
   * with writes. Bytes written now leave with them. For a protocol that decides late what to send,
   * within {@link Connection#room}.
   */
  default void beforeFlush() {}

  /** {@link Connection#isWritable} is true again after it was false. The handler may not wait. */
  void onWritable();

  /** The time set by {@link Connection#deadline} has come. */
  void onDeadline();

  /**
   * The connection should end in good order: close when nothing is under way, take no more requests
   * than the client may have sent by now. It may be called again, for another reason.
   *
   * @param reason {@link CloseReason#DRAIN} if the server is draining, {@link
   *     CloseReason#CONNECTION_AGE} if the connection is old enough
   */
  void onDrain(CloseReason reason);

  /**
   * The server stops at once. Bytes written now are flushed once, then the connection is closed.
   */
  default void onStop() {}

  /** The connection is closed. */
  void onClosed(CloseReason reason);

  /**
   * Passes each request under way to an observer, once. May be called on any thread, while the loop
   * goes on. An implementation reads its own state, takes no lock, keeps nothing for observers
   * alone, and passes no more requests than its own limit admits. A request that begins or ends
   * meanwhile may be passed or not.
   */
  default void eachRequest(Consumer<? super CurrentRequest> observer) {}

  /** The flow that the connection's streams share; null without streams. Any thread. */
  default @Nullable SharedFlow sharedFlow() {
    return null;
  }
}
