package io.kqueueserver.http.ws;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.stats.Limit;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Decodes what one client sends after the handshake. Payload is handed to the {@link WebSocketSink}
 * as it arrives, so a message of any size takes no memory here; only control frames, of 125 bytes
 * at most, are gathered. Resumes at any byte. After a {@link WebSocketException} it is dead and
 * throws the same again; after a Close frame it drops what comes.
 */
public final class WebSocketDecoder {
  /**
   * Number of bytes to which a message may inflate before {@link MessageLimits#maxInflateRatio}
   * holds it.
   */
  static final int FREE_INFLATED_BYTES = 64 * 1024;

  /** The ratio is looked at each time so much was inflated, however the input was cut. */
  private static final int RATIO_STEP_BYTES = 8 * 1024;

  private static final byte[] NO_PAYLOAD = {};

  // HEAD -> DATA -> HEAD     HEAD -> CONTROL -> HEAD
  // HEAD, DATA -> REST -> HEAD, behind the last frame of a compressed message
  private enum State {
    HEAD,
    DATA,
    /** What the inflater still has of a message of which all bytes came. */
    REST,
    CONTROL
  }

  private final MessageLimits limits;
  private final WebSocketSink sink;
  private final @Nullable MessageInflater inflater;
  private final FrameHead head;
  private final Utf8Check utf8 = new Utf8Check();

  private State state = State.HEAD;
  private boolean closed;
  private @Nullable WebSocketException failure;

  // The current frame.
  private long remaining;
  private int key;

  /** Bytes at the front of the input that are unmasked and were left to inflate later. */
  private int unmasked;

  private byte[] control = NO_PAYLOAD;
  private int controlBytes;

  // The current message.
  private boolean insideMessage;
  private boolean text;
  private long messageBytes;
  private int fragments;
  private int emptyFragments;

  /** Makes a decoder for a session without compression. */
  public WebSocketDecoder(MessageLimits limits, WebSocketSink sink) {
    this(limits, sink, null);
  }

  /** Makes a decoder for a session that agreed on permessage-deflate. */
  public WebSocketDecoder(
      MessageLimits limits, WebSocketSink sink, PerMessageDeflate agreed, ZlibLender lender) {
    this(limits, sink, new MessageInflater(lender, !agreed.clientNoContextTakeover()));
  }

  private WebSocketDecoder(
      MessageLimits limits, WebSocketSink sink, @Nullable MessageInflater inflater) {
    this.limits = limits;
    this.sink = sink;
    this.inflater = inflater;
    head = new FrameHead(inflater != null);
  }

  /**
   * Reads up to the next event, and hands it to the sink. While it returns true there may be more
   * to come, from what is left of the input and, even if that is empty, from inside; a caller that
   * wants no more for now keeps what is left and begins with it next time. False means that the
   * input is used up.
   *
   * @param in writable: bytes are unmasked where they are. Those that are left may be unmasked
   *     already, and must come back as they are
   * @throws WebSocketException for what ends the connection
   */
  public boolean decode(ByteBuffer in) {
    if (failure != null) {
      throw failure;
    }
    try {
      while (!closed) {
        switch (state) {
          case HEAD -> {
            if (!head.advance(in)) {
              return false;
            }
            if (beginFrame()) {
              return true;
            }
          }
          case DATA -> {
            return in.hasRemaining() && data(in);
          }
          case REST -> {
            return rest();
          }
          case CONTROL -> {
            return control(in);
          }
        }
      }
      in.position(in.limit());
      return false;
    } catch (WebSocketException e) {
      failure = e;
      close();
      throw e;
    }
  }

  /** Takes up a frame; true if an event came of its head alone, being all there is of it. */
  private boolean beginFrame() {
    remaining = head.length();
    key = head.key();
    if (head.opcode().isControl()) {
      control = remaining == 0 ? NO_PAYLOAD : new byte[(int) remaining];
      controlBytes = 0;
      state = State.CONTROL;
      return false;
    }
    boolean first = !insideMessage;
    if (first) {
      messageBytes = 0;
      fragments = 0;
      emptyFragments = 0;
    }
    checkFrame(first);
    if (first) {
      beginMessage();
    }
    if (remaining > 0) {
      state = State.DATA;
      return false;
    }
    return endFrame();
  }

  private void checkFrame(boolean first) {
    if (++fragments > limits.maxFragments()) {
      throw WebSocketException.limit(
          CloseCode.POLICY_VIOLATION,
          Limit.WEBSOCKET_FRAGMENTS,
          "message of more than " + limits.maxFragments() + " frames");
    }
    boolean whole = first && head.fin();
    if (remaining == 0 && !whole && ++emptyFragments > limits.maxEmptyFragments()) {
      throw WebSocketException.limit(
          CloseCode.POLICY_VIOLATION,
          Limit.WEBSOCKET_FRAGMENTS,
          "message of more than " + limits.maxEmptyFragments() + " empty frames");
    }
    if (remaining > limits.maxFrameBytes()) {
      throw WebSocketException.limit(
          CloseCode.TOO_BIG,
          Limit.WEBSOCKET_FRAME_SIZE,
          "frame of more than " + limits.maxFrameBytes() + " bytes");
    }
    if (!head.compressed() && remaining > limits.maxMessageBytes() - messageBytes) {
      throw tooBig();
    }
  }

  private void beginMessage() {
    insideMessage = true;
    text = head.opcode() == Opcode.TEXT;
    utf8.reset();
    if (inflater != null) {
      inflater.begin();
    }
    boolean isWhole = head.fin() && !head.compressed();
    sink.onMessageStart(head.opcode(), isWhole ? remaining : Exchange.UNKNOWN_LENGTH);
  }

  private boolean data(ByteBuffer in) {
    MessageInflater zlib = inflater;
    if (zlib == null || !head.compressed()) {
      return plain(in);
    }
    return inflate(in, zlib);
  }

  private boolean plain(ByteBuffer in) {
    int from = in.position();
    int limit = in.limit();
    int to = from + (int) Math.min(limit - from, remaining);
    key = Masking.unmask(in, from, to, key);
    remaining -= to - from;
    in.limit(to);
    checkText(in, to);
    deliver(in);
    in.limit(limit).position(to);
    if (remaining == 0) {
      endFrame();
    }
    return true;
  }

  private boolean inflate(ByteBuffer in, MessageInflater zlib) {
    int from = in.position();
    int limit = in.limit();
    int to = from + (int) Math.min(limit - from, remaining);
    key = Masking.unmask(in, from + unmasked, to, key);
    unmasked = to - from;
    ByteBuffer out = room(zlib.scratch());
    in.limit(to);
    zlib.inflate(in, out);
    in.limit(limit);
    int consumed = in.position() - from;
    unmasked -= consumed;
    remaining -= consumed;
    boolean delivered = inflated(out, zlib);
    if (remaining == 0) {
      endFrame();
      return true;
    }
    return delivered;
  }

  /**
   * The room for the next piece: up to the next look at the ratio, and no more than one byte beyond
   * what the message may have, which shows that it is larger.
   */
  private ByteBuffer room(ByteBuffer scratch) {
    long step = RATIO_STEP_BYTES - messageBytes % RATIO_STEP_BYTES;
    long allowed = limits.maxMessageBytes() - messageBytes;
    return scratch.limit((int) (allowed < step ? allowed + 1 : step));
  }

  private boolean inflated(ByteBuffer out, MessageInflater zlib) {
    out.flip();
    if (!out.hasRemaining()) {
      zlib.check();
      return false;
    }
    long size = messageBytes + out.remaining();
    boolean tooBig = size > limits.maxMessageBytes();
    // What stands first in the message is what it is refused for.
    checkText(out, tooBig ? out.limit() - 1 : out.limit());
    if (tooBig) {
      throw tooBig();
    }
    if (size % RATIO_STEP_BYTES == 0
        && size - FREE_INFLATED_BYTES > limits.maxInflateRatio() * zlib.consumed()) {
      throw WebSocketException.limit(
          CloseCode.TOO_BIG,
          Limit.WEBSOCKET_INFLATE_RATIO,
          "message inflates to more than " + limits.maxInflateRatio() + " times its size");
    }
    zlib.check();
    deliver(out);
    return true;
  }

  private void checkText(ByteBuffer piece, int to) {
    if (text && !utf8.accept(piece, piece.position(), to)) {
      throw notUtf8();
    }
  }

  private WebSocketException tooBig() {
    return WebSocketException.limit(
        CloseCode.TOO_BIG,
        Limit.WEBSOCKET_MESSAGE_SIZE,
        "message of more than " + limits.maxMessageBytes() + " bytes");
  }

  private void deliver(ByteBuffer piece) {
    messageBytes += piece.remaining();
    sink.onMessageData(piece);
  }

  private static WebSocketException notUtf8() {
    return WebSocketException.invalidData("text is not UTF-8");
  }

  /** All of a data frame was taken; true if its message is complete. */
  private boolean endFrame() {
    state = State.HEAD;
    if (!head.fin()) {
      return false;
    }
    if (head.compressed()) {
      state = State.REST;
      return true;
    }
    endMessage();
    return true;
  }

  private boolean rest() {
    MessageInflater zlib = inflater;
    if (zlib != null) {
      ByteBuffer out = room(zlib.scratch());
      zlib.finish(out);
      if (inflated(out, zlib)) {
        return true;
      }
      zlib.end();
    }
    endMessage();
    return true;
  }

  private void endMessage() {
    if (text && !utf8.isComplete()) {
      throw notUtf8();
    }
    state = State.HEAD;
    insideMessage = false;
    sink.onMessageEnd();
  }

  private boolean control(ByteBuffer in) {
    int count = Math.min(in.remaining(), control.length - controlBytes);
    in.get(control, controlBytes, count);
    controlBytes += count;
    if (controlBytes < control.length) {
      return false;
    }
    byte[] payload = control;
    control = NO_PAYLOAD;
    state = State.HEAD;
    Masking.unmask(ByteBuffer.wrap(payload), 0, payload.length, key);
    switch (head.opcode()) {
      case PING -> sink.onPing(payload);
      case PONG -> sink.onPong(payload);
      default -> closeFrame(payload);
    }
    return true;
  }

  private void closeFrame(byte[] payload) {
    int code = CloseCode.NO_STATUS_CODE;
    String reason = "";
    if (payload.length == 1) {
      throw WebSocketException.protocol("CLOSE with half a code");
    }
    if (payload.length > 1) {
      code = ((payload[0] & 0xff) << Byte.SIZE) | (payload[1] & 0xff);
      if (!CloseCode.isValidOnWire(code)) {
        throw WebSocketException.protocol("CLOSE with code " + code);
      }
      reason = reason(payload);
    }
    close();
    sink.onClose(code, reason);
  }

  private static String reason(byte[] payload) {
    Utf8Check check = new Utf8Check();
    if (!check.accept(ByteBuffer.wrap(payload), 2, payload.length) || !check.isComplete()) {
      throw WebSocketException.invalidData("close reason is not UTF-8");
    }
    return new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8);
  }

  /** Whether a message has begun and is not complete. */
  boolean isInsideMessage() {
    return insideMessage && !closed;
  }

  /** Bytes held for the session now, native ones included, besides this object. */
  public int heldBytes() {
    return control.length + (inflater == null ? 0 : inflater.heldBytes());
  }

  /**
   * Gives back what was borrowed. The session has ended, and what comes is dropped. May be called
   * by the sink.
   */
  public void close() {
    closed = true;
    control = NO_PAYLOAD;
    if (inflater != null) {
      inflater.close();
    }
  }
}
