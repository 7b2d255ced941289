package io.kqueueserver.server.ws;

import io.kqueueserver.http.ByteStream;
import io.kqueueserver.http.ws.MessageLimits;
import io.kqueueserver.http.ws.PerMessageDeflate;
import io.kqueueserver.http.ws.WebSocketDecoder;
import io.kqueueserver.http.ws.WebSocketException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The input of one session. It decodes while events are wanted, and pauses its stream otherwise, so
 * that bytes stay with the stream. The loop's thread only.
 */
final class SessionInput {
  private static final ByteBuffer NO_INPUT = ByteBuffer.allocate(0);

  private final LoopWebSockets loop;
  private final MessageReceiver receiver;
  private final WebSocketDecoder decoder;
  private final SessionTimes times;
  private final WebSocketConnection session;

  private @Nullable ByteStream stream;
  private boolean reading;
  private boolean paused;

  /**
   * Makes the input of a session.
   *
   * @param agreed the agreed compression of messages; null for none
   * @param delivery whether messages are gathered, and so which bounds hold for them
   * @param target receives messages and control frames
   * @param session states whether it reads, or all input is dropped; ends for refused bytes
   */
  SessionInput(
      LoopWebSockets loop,
      @Nullable PerMessageDeflate agreed,
      Delivery delivery,
      MessageReceiver.Target target,
      SessionTimes times,
      WebSocketConnection session) {
    this.loop = loop;
    this.receiver = new MessageReceiver(target, delivery);
    this.times = times;
    this.session = session;
    MessageLimits limits = delivery.limits(loop.options());
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

  /** Reads bytes of the peer. The rest of them must be passed again. */
  void read(ByteBuffer in) {
    times.active(loop.loop.now());
    decode(in);
  }

  private void decode(ByteBuffer in) {
    reading = true;
    try {
      receiver.deliver();
      while (session.isDecoding() && receiver.wantsMore() && decoder.decode(in)) {
        receiver.deliver();
      }
    } catch (WebSocketException e) {
      session.refuse(e);
    } finally {
      reading = false;
    }
    if (!session.isDecoding()) {
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

  /** Reads on, and drops all messages. */
  void discard() {
    receiver.discard();
    readOn();
  }

  /** Continues to read, first with bytes that the decoder holds. */
  private void readOn() {
    if (!reading && stream != null && session.isDecoding()) {
      decode(NO_INPUT);
      if (session.isDecoding() && receiver.wantsMore()) {
        resume();
      }
    }
  }

  private void resume() {
    if (paused && !reading) {
      paused = false;
      times.active(loop.loop.now());
      stream().resumeInput();
    }
  }

  /** Counts a pause of input as activity of the peer. */
  void excuseSilence(long now) {
    if (paused) {
      times.active(now);
      times.putOffMessage(now);
    }
  }

  /** Ends decoding. The stream is read on, so that its end is seen. */
  void close() {
    decoder.close();
    receiver.discard();
    resume();
  }

  /** Number of bytes that the input holds now. */
  long heldBytes() {
    return decoder.heldBytes() + receiver.heldBytes();
  }
}
