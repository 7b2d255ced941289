package io.kqueueserver.http.h2.hpack;

import org.jspecify.annotations.Nullable;

/**
 * Reads one string literal (RFC 7541 5.2), from any pieces. A literal with more octets than may be
 * kept is read to its end, and checked, without being kept.
 */
final class LiteralReader {
  private enum State {
    FIRST_OCTET,
    LENGTH,
    OCTETS,
    DONE
  }

  private final TextBuffer text;
  private final PrefixedInteger announced = new PrefixedInteger();

  private State state = State.DONE;
  private int most;
  private boolean kept;
  private boolean huffman;
  private int huffmanState;

  /** Octets of the wire still to come. */
  private int remaining;

  LiteralReader(TextBuffer text) {
    this.text = text;
  }

  /** Makes ready for a literal of which at most so many octets may be kept. */
  void begin(int mostOctets) {
    state = State.FIRST_OCTET;
    most = mostOctets;
    kept = true;
  }

  /** Reads on from {@code from}, and returns how far it came: behind the literal, or {@code to}. */
  int read(byte[] b, int from, int to) {
    int i = from;
    if (state == State.FIRST_OCTET && i < to) {
      int octet = b[i++];
      huffman = (octet & 0x80) != 0;
      state = State.LENGTH;
      if (announced.begin(octet, 0x7f)) {
        lengthKnown();
      }
    }
    while (state == State.LENGTH && i < to) {
      if (announced.next(b[i++])) {
        lengthKnown();
      }
    }
    if (state == State.OCTETS) {
      int end = i + Math.min(remaining, to - i);
      take(b, i, end);
      i = end;
    }
    return i;
  }

  boolean isDone() {
    return state == State.DONE;
  }

  /** The octets of the literal that is {@link #isDone done}; null if they were too many to keep. */
  @Nullable TextBuffer text() {
    return kept ? text : null;
  }

  private void lengthKnown() {
    remaining = announced.value();
    huffmanState = Huffman.START;
    // No code is longer than 30 bits: some lengths show at once that the text will be too long.
    long least = huffman ? 8L * remaining / Huffman.MAX_CODE_BITS : remaining;
    if (least > most) {
      drop();
    }
    state = remaining == 0 ? State.DONE : State.OCTETS;
  }

  private void take(byte[] b, int from, int to) {
    if (huffman) {
      decode(b, from, to);
    } else if (kept) {
      System.arraycopy(b, from, text.room(to - from), text.length(), to - from);
      text.length(text.length() + to - from);
    }
    remaining -= to - from;
    if (remaining == 0) {
      if (huffman && !Huffman.isEnd(huffmanState)) {
        throw new HpackException("Huffman padding of more than seven bits, or not all ones");
      }
      state = State.DONE;
    }
  }

  private void decode(byte[] b, int from, int to) {
    // Octets that are not kept must be decoded, too, always to the same place.
    byte[] out = text.room(Huffman.roomToDecode(to - from));
    long end = Huffman.decode(huffmanState, b, from, to, out, text.length());
    if (end == Huffman.FAILED) {
      throw new HpackException("EOS within a Huffman string");
    }
    huffmanState = (int) end;
    if (kept) {
      text.length((int) (end >> 32));
      if (text.length() > most) {
        drop();
      }
    }
  }

  private void drop() {
    kept = false;
    text.clear();
  }
}
