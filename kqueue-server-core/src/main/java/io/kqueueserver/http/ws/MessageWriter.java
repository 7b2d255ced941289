package io.kqueueserver.http.ws;

import io.kqueueserver.http.ws.WebSocketEncoder.Form;
import io.kqueueserver.http.ws.WebSocketEncoder.Part;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Writes one message whose length is not known in advance, as fragments of {@link #FRAGMENT_BYTES}.
 * It gathers a fragment and no more.
 */
public final class MessageWriter {
  /** 16 KiB: one TLS record. */
  public static final int FRAGMENT_BYTES = 16 * 1024;

  /** Receives the frames. */
  @FunctionalInterface
  public interface FrameOutput {
    /** Takes a frame, whose bytes are valid during the call. */
    void frame(ByteBuffer frame);
  }

  private final Opcode type;
  private final @Nullable MessageDeflater deflater;
  private final FrameOutput output;
  private final Fragment fragment = new Fragment();

  private Form form = Form.PLAIN;
  private boolean begun;

  /**
   * Begins a message. Until it ends, nothing else may use the deflater.
   *
   * @param deflater null to send it as it is
   */
  public MessageWriter(Opcode type, @Nullable MessageDeflater deflater, FrameOutput output) {
    this.type = type;
    this.deflater = deflater;
    this.output = output;
  }

  /** Takes the next bytes of the message and consumes them. */
  public void write(ByteBuffer data) {
    if (deflater != null && form == Form.DEFLATED) {
      deflater.add(data, fragment);
    } else if (deflater != null && !begun && isWorthIt(data)) {
      beginDeflated(deflater);
      deflater.add(data, fragment);
    } else {
      gather(data);
    }
  }

  /** Whether the message, of which no frame was sent, is long enough for compression. */
  private boolean isWorthIt(ByteBuffer data) {
    return fragment.payloadBytes() + data.remaining() >= PerMessageDeflate.MIN_COMPRESSED_BYTES;
  }

  private void beginDeflated(MessageDeflater zlib) {
    ByteBuffer gathered = ByteBuffer.wrap(fragment.takePayload());
    form = Form.DEFLATED;
    zlib.add(gathered, fragment);
  }

  private void gather(ByteBuffer data) {
    while (data.hasRemaining()) {
      fragment.makeRoom();
      int count = Math.min(data.remaining(), fragment.bytes.length - fragment.length);
      data.get(fragment.bytes, fragment.length, count);
      fragment.length += count;
    }
  }

  /** Sends what was gathered; a message that is flushed while it is short is not compressed. */
  public void flush() {
    if (deflater != null && form == Form.DEFLATED) {
      deflater.flush(fragment);
    }
    if (fragment.payloadBytes() > fragment.keptBytes()) {
      fragment.send(begun ? Part.MIDDLE : Part.FIRST, fragment.keptBytes());
    }
  }

  /** Sends the last frame. */
  public void end() {
    if (deflater != null && form == Form.DEFLATED) {
      deflater.finish(fragment);
    }
    fragment.send(begun ? Part.LAST : Part.WHOLE, 0);
  }

  /** Breaks the message off, whose last frame is never sent. */
  public void abort() {
    if (deflater != null && form == Form.DEFLATED) {
      deflater.giveUp();
    }
  }

  /** Bytes held for the message now, besides those of the deflater. */
  public int heldBytes() {
    return fragment.bytes.length;
  }

  /** The fragment that is being filled, with room for its head before it. */
  private final class Fragment extends MessageDeflater.Output {
    Fragment() {
      bytes = new byte[WebSocketEncoder.MAX_HEAD_BYTES + FRAGMENT_BYTES];
      length = WebSocketEncoder.MAX_HEAD_BYTES;
    }

    int payloadBytes() {
      return length - WebSocketEncoder.MAX_HEAD_BYTES;
    }

    /** What may be the tail of a flush, which does not belong into the last frame. */
    int keptBytes() {
      return form == Form.DEFLATED ? MessageDeflater.TAIL_BYTES : 0;
    }

    byte[] takePayload() {
      byte[] payload = new byte[payloadBytes()];
      System.arraycopy(bytes, WebSocketEncoder.MAX_HEAD_BYTES, payload, 0, payload.length);
      length = WebSocketEncoder.MAX_HEAD_BYTES;
      return payload;
    }

    @Override
    boolean makeRoom() {
      int least = form == Form.DEFLATED ? MessageDeflater.LEAST_ROOM : 1;
      if (bytes.length - length < least) {
        send(begun ? Part.MIDDLE : Part.FIRST, keptBytes());
      }
      return true;
    }

    /** Sends all but the last {@code kept} bytes. */
    void send(Part part, int kept) {
      int end = length - kept;
      int payload = end - WebSocketEncoder.MAX_HEAD_BYTES;
      int from = WebSocketEncoder.MAX_HEAD_BYTES - WebSocketEncoder.headBytes(payload);
      WebSocketEncoder.putHead(bytes, from, type, part, form, payload);
      begun = true;
      output.frame(ByteBuffer.wrap(bytes, from, end - from));
      System.arraycopy(bytes, end, bytes, WebSocketEncoder.MAX_HEAD_BYTES, kept);
      length = WebSocketEncoder.MAX_HEAD_BYTES + kept;
    }
  }
}
