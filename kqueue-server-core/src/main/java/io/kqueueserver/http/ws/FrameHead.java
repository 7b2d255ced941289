package io.kqueueserver.http.ws;

import java.nio.ByteBuffer;

/**
 * Reads the heads of a client's frames, and refuses what RFC 6455 5.2 to 5.5 forbid at the first
 * byte that shows it. Resumes at any byte.
 *
 * <pre>
 *   0               1               2               3
 *   0 1 2 3 4 5 6 7 0 1 2 3 4 5 6 7 0 1 2 3 4 5 6 7 0 1 2 3 4 5 6 7
 *  +-+-+-+-+-------+-+-------------+-------------------------------+
 *  |F|R|R|R| opcode|M| Payload len |    Extended payload length    |
 *  |I|S|S|S|  (4)  |A|     (7)     |             (16/64)           |
 *  |N|V|V|V|       |S|             |   (if payload len==126/127)   |
 *  | |1|2|3|       |K|             |                               |
 *  +-+-+-+-+-------+-+-------------+ - - - - - - - - - - - - - - - +
 *  |     Extended payload length continued, if payload len == 127  |
 *  + - - - - - - - - - - - - - - - +-------------------------------+
 *  |                               |          Masking-key          |
 *  +-------------------------------+-------------------------------+
 *  |    Masking-key (continued)    |          Payload Data         |
 *  +-------------------------------+ - - - - - - - - - - - - - - - +
 * </pre>
 */
final class FrameHead {
  private static final int FIN = 0x80;
  private static final int RSV1 = 0x40;
  private static final int RSV2_RSV3 = 0x30;
  private static final int MASK = 0x80;

  private static final int MAX_CONTROL_BYTES = 125;
  private static final int LENGTH_16 = 126;

  // FIRST -> SECOND -> MASKING_KEY -> FIRST       SECOND -> LENGTH -> MASKING_KEY
  private enum State {
    FIRST,
    SECOND,
    LENGTH,
    MASKING_KEY
  }

  private final boolean deflates;

  private State state = State.FIRST;
  private Opcode opcode = Opcode.CONTINUATION;
  private boolean fin;
  private boolean compressed;
  private boolean insideMessage;
  private long length;
  private int lengthBytes;
  private int bytesLeft;
  private int key;

  /** Makes a reader; RSV1 is legal only if the session {@code deflates}. */
  FrameHead(boolean deflates) {
    this.deflates = deflates;
  }

  /** Reads up to the end of a head; false if more bytes are needed. */
  boolean advance(ByteBuffer in) {
    while (in.hasRemaining()) {
      int octet = in.get() & 0xff;
      switch (state) {
        case FIRST -> first(octet);
        case SECOND -> second(octet);
        case LENGTH -> length(octet);
        case MASKING_KEY -> {
          key = (key << Byte.SIZE) | octet;
          if (--bytesLeft == 0) {
            state = State.FIRST;
            return true;
          }
        }
      }
    }
    return false;
  }

  private void first(int octet) {
    Opcode read = Opcode.of(octet & 0x0f);
    if (read == null) {
      throw WebSocketException.protocol("reserved opcode " + (octet & 0x0f));
    }
    if ((octet & RSV2_RSV3) != 0) {
      throw WebSocketException.protocol("reserved bit RSV2 or RSV3 is set");
    }
    boolean rsv1 = (octet & RSV1) != 0;
    // RFC 7692 6: the bit marks a message, by its first frame.
    if (rsv1 && !(deflates && (read == Opcode.TEXT || read == Opcode.BINARY))) {
      throw WebSocketException.protocol("reserved bit RSV1 is set");
    }
    fin = (octet & FIN) != 0;
    opcode = read;
    if (read.isControl()) {
      if (!fin) {
        throw WebSocketException.protocol("fragmented " + read);
      }
    } else {
      dataFrame(rsv1);
    }
    state = State.SECOND;
  }

  private void dataFrame(boolean rsv1) {
    if (opcode == Opcode.CONTINUATION) {
      if (!insideMessage) {
        throw WebSocketException.protocol("CONTINUATION without a message");
      }
    } else {
      if (insideMessage) {
        throw WebSocketException.protocol(opcode + " inside a message");
      }
      compressed = rsv1;
    }
    insideMessage = !fin;
  }

  private void second(int octet) {
    // RFC 6455 5.1; over HTTP/2 too (RFC 8441 5).
    if ((octet & MASK) == 0) {
      throw WebSocketException.protocol("unmasked frame");
    }
    length = octet & 0x7f;
    if (length <= MAX_CONTROL_BYTES) {
      expectKey();
      return;
    }
    if (opcode.isControl()) {
      throw WebSocketException.protocol(opcode + " of more than 125 bytes");
    }
    lengthBytes = length == LENGTH_16 ? Short.BYTES : Long.BYTES;
    bytesLeft = lengthBytes;
    length = 0;
    state = State.LENGTH;
  }

  private void length(int octet) {
    if (bytesLeft == Long.BYTES && octet >= 0x80) {
      throw WebSocketException.protocol("frame length of more than 63 bits");
    }
    length = (length << Byte.SIZE) | octet;
    if (--bytesLeft == 0) {
      if (length < (lengthBytes == Short.BYTES ? LENGTH_16 : 1 << Short.SIZE)) {
        throw WebSocketException.protocol("frame length not in its shortest form");
      }
      expectKey();
    }
  }

  private void expectKey() {
    key = 0;
    bytesLeft = Integer.BYTES;
    state = State.MASKING_KEY;
  }

  Opcode opcode() {
    return opcode;
  }

  /** Whether this is the last frame of its message. */
  boolean fin() {
    return fin;
  }

  /** Whether the message is compressed that this frame, or the one around it, belongs to. */
  boolean compressed() {
    return compressed;
  }

  /** Whether a message has begun and its last frame has not. */
  boolean insideMessage() {
    return insideMessage;
  }

  long length() {
    return length;
  }

  /** The masking key, its first byte in the highest. */
  int key() {
    return key;
  }
}
