package io.kqueueserver.http.ws;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * Deflates the messages of one session, one after the other (RFC 7692 7.2.1). A deflater is
 * borrowed for a message, and kept between messages only where context takeover was agreed.
 *
 * <p>{@link Deflater} always has a window of 32 KiB. A smaller one is kept to by a {@code
 * FULL_FLUSH} each time so many bytes were taken in, across messages too: no distance reaches
 * behind a full flush.
 */
public final class MessageDeflater {
  /** The end of an empty stored block, with which every flush ends and which is not sent. */
  static final int TAIL_BYTES = 4;

  private static final byte[] NOTHING = {};

  /**
   * zlib.h: a flush into less room than it needs at its end is done again. With the tail there must
   * be this much, so that it is done once.
   */
  static final int LEAST_ROOM = 16;

  /** Receives deflated bytes. */
  abstract static class Output {
    byte[] bytes = NOTHING;
    int length;

    /** Makes {@link #LEAST_ROOM} in {@link #bytes}; false to give the message up. */
    abstract boolean makeRoom();
  }

  private final ZlibLender lender;
  private final boolean takeover;

  /** Bytes after which to forget; 0 if zlib's own window is not too large. */
  private final int window;

  private @Nullable Deflater deflater;
  private int sinceFullFlush;

  /** Makes a deflater for a session that agreed on compression. */
  public MessageDeflater(PerMessageDeflate agreed, ZlibLender lender) {
    this.lender = lender;
    takeover = !agreed.serverNoContextTakeover();
    Integer bits = agreed.serverMaxWindowBits();
    window = bits == null || bits == PerMessageDeflate.MAX_WINDOW_BITS ? 0 : 1 << bits;
  }

  /**
   * Deflates a whole message; the payload of its frame, or null if the message is better sent as it
   * is, since it is short or would not become smaller. The message is not consumed.
   */
  public @Nullable ByteBuffer deflate(ByteBuffer message) {
    int size = message.remaining();
    if (size < PerMessageDeflate.MIN_COMPRESSED_BYTES) {
      return null;
    }
    Whole out = new Whole(size);
    boolean smaller = false;
    try {
      smaller = add(message.duplicate(), out) && finish(out) && out.length < size;
    } finally {
      if (!smaller) {
        giveUp();
      }
    }
    return smaller ? ByteBuffer.wrap(out.bytes, 0, out.length) : null;
  }

  /** Takes the next bytes of a message; false if the output gave it up. */
  boolean add(ByteBuffer data, Output out) {
    Deflater zlib = borrow();
    int end = data.limit();
    try {
      while (data.hasRemaining()) {
        int chunk = data.remaining();
        if (window > 0) {
          chunk = Math.min(chunk, window - sinceFullFlush);
          sinceFullFlush += chunk;
        }
        data.limit(data.position() + chunk);
        zlib.setInput(data);
        while (!zlib.needsInput()) {
          if (!run(zlib, Deflater.NO_FLUSH, out)) {
            return false;
          }
        }
        zlib.setInput(NOTHING); // before it can see what is behind the chunk
        data.limit(end);
        if (window > 0 && sinceFullFlush == window) {
          sinceFullFlush = 0;
          if (!flush(zlib, Deflater.FULL_FLUSH, out)) {
            return false;
          }
        }
      }
      return true;
    } finally {
      // A deflater keeps the buffer it was given, which is its owner's again.
      zlib.setInput(NOTHING);
    }
  }

  /** Ends a message, whose last four bytes are taken off; false if the output gave it up. */
  boolean finish(Output out) {
    if (!flush(borrow(), Deflater.SYNC_FLUSH, out)) {
      return false;
    }
    out.length -= TAIL_BYTES;
    if (!takeover) {
      close();
    }
    return true;
  }

  /** Everything that was taken in so far goes out. */
  boolean flush(Output out) {
    return flush(borrow(), Deflater.SYNC_FLUSH, out);
  }

  /** The message is not sent as it was deflated, so nothing later may refer to it. */
  void giveUp() {
    close();
  }

  private static boolean flush(Deflater zlib, int mode, Output out) {
    int room;
    int before;
    do {
      if (!out.makeRoom()) {
        return false;
      }
      room = out.bytes.length - out.length;
      before = out.length;
      out.length += zlib.deflate(out.bytes, out.length, room, mode);
    } while (out.length - before == room);
    return true;
  }

  private static boolean run(Deflater zlib, int mode, Output out) {
    if (!out.makeRoom()) {
      return false;
    }
    out.length += zlib.deflate(out.bytes, out.length, out.bytes.length - out.length, mode);
    return true;
  }

  /** Gives the deflater back. */
  public void close() {
    Deflater lent = deflater;
    deflater = null;
    sinceFullFlush = 0;
    if (lent != null) {
      lender.giveBack(lent);
    }
  }

  /** Native bytes held for the session now. */
  public int heldBytes() {
    return deflater == null ? 0 : ZlibLender.DEFLATER_BYTES;
  }

  private Deflater borrow() {
    Deflater lent = deflater;
    if (lent == null) {
      lent = lender.deflater();
      deflater = lent;
    }
    return lent;
  }

  /** Grows with what comes, up to the size of the message. */
  private static final class Whole extends Output {
    private final int most;

    Whole(int size) {
      most = size + TAIL_BYTES + LEAST_ROOM;
      bytes = new byte[Math.min(most, Math.max(512, size / 4))];
    }

    @Override
    boolean makeRoom() {
      if (bytes.length - length >= LEAST_ROOM) {
        return true;
      }
      if (bytes.length == most) {
        return false;
      }
      bytes = Arrays.copyOf(bytes, (int) Math.min(most, bytes.length * 2L));
      return true;
    }
  }
}
