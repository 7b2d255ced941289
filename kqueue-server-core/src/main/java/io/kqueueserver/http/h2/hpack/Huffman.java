package io.kqueueserver.http.h2.hpack;

/**
 * The Huffman code of RFC 7541 Appendix B, both ways. The code is canonical: the codes follow from
 * their lengths, so the lengths are all that is written down here.
 *
 * <p>The decoder walks the tree of codes an octet at a time. A state is an inner node of the tree.
 * No code is shorter than five bits, so an octet completes at most two symbols; a step holds those
 * and the next state. A string starts at the root, {@link #START}. The steps take 256 KiB, made
 * once; text touches few of them, and one look-up in the second cache costs no more than two that
 * wait for each other in the first.
 */
final class Huffman {
  /** The state in which a string begins. */
  static final int START = 0;

  /** The result of {@link #decode} for a string that holds EOS, which is an error (5.2). */
  static final long FAILED = -1;

  /** The longest code, in bits. */
  static final int MAX_CODE_BITS = 30;

  private static final int EOS = 256;
  private static final int INNER_NODES = 256;

  /** The lengths of the codes of octets 0 to 255 and EOS in bits, each as a digit of base 36. */
  private static final String LENGTHS =
      "DNSSSSSSSOUSSUSSSSSSSSUSSSSSSSSS"
          + "6AACD68BAA8B8666555666666678F6CA"
          + "D67777777777777777777777878DJDE6"
          + "F56565666577666567655677777FBEDS"
          + "KMKKMMMNMNNNNNONOOMNONNNNLMNMNNO"
          + "MLKMMNNLNMMOLMNNLLMLNMNNKMMMNMMN"
          + "QQKJMNMPQQQRRQOPJLQRRQROLLQQSRRR"
          + "KOKLMLLNMMPPOOQNQRQQRRRRRSRRRRRQ"
          + "U";

  private static final int[] CODES = new int[EOS + 1];
  private static final byte[] BITS = new byte[EOS + 1];

  /**
   * Steps by state and octet. Bits 0 to 7 and 16 to 23: the first and the second symbol. Bits 8 to
   * 15: the next state. Bits 24 and 25: how many of the symbols are complete. The sign: EOS.
   */
  private static final int[] STEPS = new int[INNER_NODES << 8];

  private static final int STATE = 0xff00;
  private static final int STATE_SHIFT = 8;
  private static final int SECOND_SHIFT = 16;
  private static final int COUNT_SHIFT = 24;
  private static final int MAX_SYMBOLS = 2;

  /** States that at most seven bits of padding lead to from the root: the first bits of EOS. */
  private static final boolean[] PADDING = new boolean[INNER_NODES];

  static {
    makeCodes();
    makeSteps(makeTree());
  }

  private Huffman() {}

  /** The octets that a number of coded octets may take, including one that is only scribbled on. */
  static int roomToDecode(int octets) {
    return 2 * octets + 1;
  }

  /**
   * Decodes a piece of a string.
   *
   * @param state {@link #START}, or where the piece before ended
   * @param out has {@link #roomToDecode} behind {@code at}
   * @return the state at the end of the piece in the lower half, and the index behind the last
   *     octet decoded in the upper half; {@link #FAILED} if the piece holds EOS
   */
  static long decode(int state, byte[] in, int from, int to, byte[] out, int at) {
    int node = state;
    int end = at;
    int seen = 0;
    for (int i = from; i < to; i++) {
      int step = STEPS[node | (in[i] & 0xff)];
      // No branch depends on the data: a symbol that is not complete is written over.
      out[end] = (byte) step;
      out[end + 1] = (byte) (step >> SECOND_SHIFT);
      end += (step >> COUNT_SHIFT) & 3;
      seen |= step;
      node = step & STATE;
    }
    return seen < 0 ? FAILED : ((long) end << 32) | node;
  }

  /** Whether a string may end in this state: fewer than eight bits are left, and all are ones. */
  static boolean isEnd(int state) {
    return PADDING[state >> STATE_SHIFT];
  }

  /** Number of octets that the code of these octets takes, padding included. */
  static int encodedLength(byte[] in, int from, int to) {
    long bits = 0;
    for (int i = from; i < to; i++) {
      bits += BITS[in[i] & 0xff];
    }
    return (int) ((bits + 7) >> 3);
  }

  /** Writes the code and its padding, and returns the index behind it. */
  static int encode(byte[] in, int from, int to, byte[] out, int at) {
    long pending = 0; // its lowest bits are still to be written
    int count = 0;
    int end = at;
    for (int i = from; i < to; i++) {
      int octet = in[i] & 0xff;
      pending = (pending << BITS[octet]) | CODES[octet];
      count += BITS[octet];
      while (count >= 8) {
        count -= 8;
        out[end++] = (byte) (pending >> count);
      }
    }
    if (count > 0) {
      out[end++] = (byte) ((pending << (8 - count)) | (0xff >> count));
    }
    return end;
  }

  private static void makeCodes() {
    for (int symbol = 0; symbol <= EOS; symbol++) {
      BITS[symbol] = (byte) Character.digit(LENGTHS.charAt(symbol), 36);
    }
    int code = 0;
    for (int bits = 1; bits <= MAX_CODE_BITS; bits++) {
      for (int symbol = 0; symbol <= EOS; symbol++) {
        if (BITS[symbol] == bits) {
          CODES[symbol] = code++;
        }
      }
      code <<= 1;
    }
  }

  /** The two children of each inner node: an inner node, or {@code ~symbol}. */
  private static int[] makeTree() {
    int[] children = new int[2 * INNER_NODES];
    int nodes = 1;
    for (int symbol = 0; symbol <= EOS; symbol++) {
      int node = 0;
      for (int bit = BITS[symbol] - 1; bit > 0; bit--) {
        int child = 2 * node + (CODES[symbol] >> bit & 1);
        if (children[child] == 0) {
          children[child] = nodes++;
        }
        node = children[child];
      }
      children[2 * node + (CODES[symbol] & 1)] = ~symbol;
    }
    return children;
  }

  private static void makeSteps(int[] children) {
    for (int state = 0; state < INNER_NODES; state++) {
      for (int octet = 0; octet < 256; octet++) {
        STEPS[(state << STATE_SHIFT) | octet] = step(children, state, octet);
      }
    }
    int padded = 0;
    for (int bits = 0; bits < 8; bits++) {
      PADDING[padded] = true;
      padded = children[2 * padded + 1];
    }
  }

  private static int step(int[] children, int state, int octet) {
    int node = state;
    int step = 0;
    int symbols = 0;
    for (int bit = 7; bit >= 0; bit--) {
      node = children[2 * node + ((octet >> bit) & 1)];
      if (~node == EOS) {
        return Integer.MIN_VALUE;
      }
      if (node < 0) {
        step |= ~node << (SECOND_SHIFT * symbols++);
        node = 0;
      }
    }
    if (symbols > MAX_SYMBOLS) {
      throw new IllegalStateException("a code of less than five bits");
    }
    return step | (symbols << COUNT_SHIFT) | (node << STATE_SHIFT);
  }
}
