package io.kqueueserver.http.ws;

import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Inflates the messages of one session, one after the other (RFC 7692 7.2.2). An inflater is
 * borrowed for a message, and kept between messages only where context takeover was agreed.
 */
final class MessageInflater {
  private static final byte[] NOTHING = {};

  /** The end of an empty stored block, which the sender leaves out (RFC 7692 7.2.1). */
  private static final byte[] TAIL = {0, 0, (byte) 0xff, (byte) 0xff};

  private final ZlibLender lender;
  private final boolean takeover;

  private @Nullable Inflater inflater;
  private long consumed;
  private int tailConsumed;

  /** Whether nothing came behind a block with BFINAL, which needs no tail. */
  private boolean ended;

  private @Nullable DataFormatException malformed;

  MessageInflater(ZlibLender lender, boolean takeover) {
    this.lender = lender;
    this.takeover = takeover;
  }

  /** Begins a message. */
  void begin() {
    consumed = 0;
    tailConsumed = 0;
    ended = false;
  }

  /** Bytes of the current message that were inflated, as they are on the wire. */
  long consumed() {
    return consumed;
  }

  /**
   * Inflates into {@code out} as far as it has room, and consumes what it needs of {@code in}.
   * Nothing came out only if all was consumed.
   */
  void inflate(ByteBuffer in, ByteBuffer out) {
    Inflater zlib = borrow();
    int before = in.position();
    int room = out.position();
    try {
      do {
        zlib.setInput(in);
        zlib.inflate(out);
        // RFC 7692 7.2.3.4: a block with BFINAL ends a stream, and another may follow.
        ended = zlib.finished();
        if (ended) {
          zlib.reset();
        }
      } while (out.position() == room && in.hasRemaining());
    } catch (DataFormatException e) {
      malformed = e;
    } finally {
      // An inflater keeps the buffer it was given, which is its owner's again.
      zlib.setInput(NOTHING);
    }
    consumed += in.position() - before;
  }

  /** Inflates what the end of the message releases; nothing comes out when that was all. */
  void finish(ByteBuffer out) {
    if (consumed == 0 || ended) {
      return; // some senders leave an empty message empty, instead of the one byte it takes
    }
    Inflater zlib = borrow();
    int room = out.position();
    try {
      do {
        zlib.setInput(TAIL, tailConsumed, TAIL.length - tailConsumed);
        zlib.inflate(out);
        tailConsumed = TAIL.length - zlib.getRemaining();
        if (zlib.finished()) { // only of data that was cut off inside a block
          zlib.reset();
        }
      } while (out.position() == room && tailConsumed < TAIL.length);
    } catch (DataFormatException e) {
      malformed = e;
    } finally {
      zlib.setInput(NOTHING);
    }
  }

  /**
   * Refuses data that is no DEFLATE. What stood before it has come out first: if that is wrong, it
   * is what the message is refused for.
   */
  void check() {
    DataFormatException e = malformed;
    if (e != null) {
      throw WebSocketException.invalidData("message cannot be inflated: " + e.getMessage());
    }
  }

  /** Ends a message. */
  void end() {
    if (!takeover) {
      close();
    }
  }

  /** Gives the inflater back, after a complete or incomplete message. */
  void close() {
    Inflater lent = inflater;
    inflater = null;
    if (lent != null) {
      lender.giveBack(lent);
    }
  }

  int heldBytes() {
    return inflater == null ? 0 : ZlibLender.INFLATER_BYTES;
  }

  ByteBuffer scratch() {
    return lender.scratch().clear();
  }

  private Inflater borrow() {
    Inflater lent = inflater;
    if (lent == null) {
      lent = lender.inflater();
      inflater = lent;
    }
    return lent;
  }
}
