package io.kqueueserver.server.ws;

import io.kqueueserver.http.ByteStream;
import io.kqueueserver.http.ws.MessageLimits;
import io.kqueueserver.http.ws.PerMessageDeflate;
import io.kqueueserver.http.ws.WebSocketDecoder;
import io.kqueueserver.http.ws.WebSocketException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one session reads: decodes while events are wanted, and pauses its stream while none are, so
 * that bytes stay with the stream. The loop's thread only.
 */
final class SessionInput {
  private static final ByteBuffer NO_INPUT = ByteBuffer.allocate(0);

  private final LoopWebSockets loop;
  private final MessageReceiver receiver;
  private final WebSocketDecoder decoder;
  private final SessionTimes times;
  private final BooleanSupplier isDecoding;
  private final Consumer<WebSocketException> refused;

  private @Nullable ByteStream stream;
  private boolean reading;
  private boolean paused;

  /**
   * Makes the input of a session.
   *
   * @param agreed how messages are compressed; null if they are not
   * @param target receives what is found
   * @param isDecoding whether the session reads; if not, all input is dropped
   * @param refused is called for bytes that end the session
   */
  SessionInput(
      LoopWebSockets loop,
      @Nullable PerMessageDeflate agreed,
      MessageReceiver.Target target,
      SessionTimes times,
      BooleanSupplier isDecoding,
      Consumer<WebSocketException> refused) {
    this.loop = loop;
    this.receiver = new MessageReceiver(target);
    this.times = times;
    this.isDecoding = isDecoding;
    this.refused = refused;
    MessageLimits limits = loop.options().messages();
    decoder =
        agreed == null
            ? new WebSocketDecoder(limits, receiver)
            : new WebSocketDecoder(limits, receiver, agreed, loop.zlib);
  }

  void opened(ByteStream opened) {
    stream = opened;
  }

  private ByteStream stream() {
    return Objects.requireNonNull(stream, "the session is not open yet");
  }

  /** Bytes of the peer; what is left of them is offered again. */
  void read(ByteBuffer in) {
    times.heard(loop.loop.now());
    decode(in);
  }

  private void decode(ByteBuffer in) {
    reading = true;
    try {
      receiver.deliver();
      while (isDecoding.getAsBoolean() && receiver.wantsMore() && decoder.decode(in)) {}
    } catch (WebSocketException e) {
      refused.accept(e);
    } finally {
      reading = false;
    }
    if (!isDecoding.getAsBoolean()) {
      in.position(in.limit());
      resume();
    } else if (!receiver.wantsMore()) {
      paused = true;
      stream().pauseInput();
    }
  }

  void demand(long messages) {
    receiver.demand(messages);
    readOn();
  }

  /** Goes on, and drops all messages. */
  void discard() {
    receiver.discard();
    readOn();
  }

  /** Goes on with input; first with what the decoder holds of bytes it was given before. */
  private void readOn() {
    if (!reading && stream != null && isDecoding.getAsBoolean()) {
      decode(NO_INPUT);
      if (isDecoding.getAsBoolean() && receiver.wantsMore()) {
        resume();
      }
    }
  }

  private void resume() {
    if (paused && !reading) {
      paused = false;
      times.heard(loop.loop.now());
      stream().resumeInput();
    }
  }

  /** While input is paused, the peer is not the one to wait for. */
  void excuseSilence(long now) {
    if (paused) {
      times.heard(now);
      times.putOffMessage(now);
    }
  }

  /** Nothing is decoded any more; the stream is read on, so that its end is seen. */
  void close() {
    decoder.close();
    receiver.discard();
    resume();
  }

  /** Bytes kept for the session now. */
  long heldBytes() {
    return decoder.heldBytes() + receiver.heldBytes();
  }
}
