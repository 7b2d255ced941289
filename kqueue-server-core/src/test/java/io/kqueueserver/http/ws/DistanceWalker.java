package io.kqueueserver.http.ws;

import java.util.Arrays;

/**
 * An inflater (RFC 1951) that refuses a distance above its bound, and one that reaches before the
 * first byte it knows. Slow, plain, and independent of zlib.
 */
public final class DistanceWalker {
  private static final int[] LENGTH_BASE = {
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
    163, 195, 227, 258
  };
  private static final int[] LENGTH_BITS = {
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0
  };
  private static final int[] ORDER = {
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
  };

  private final int maxDistance;
  private byte[] window = {};
  private byte[] in = {};
  private int bit;
  private byte[] out = {};
  private int size;
  private int longest;

  public DistanceWalker(int maxDistance) {
    this.maxDistance = maxDistance;
  }

  /** The longest distance met so far. */
  public int longest() {
    return longest;
  }

  /** Forgets all messages before. */
  public void reset() {
    window = new byte[0];
  }

  /** Inflates a message, whose tail is added. */
  public byte[] message(byte[] payload) {
    in = ClientFrames.join(payload, new byte[] {0, 0, (byte) 0xff, (byte) 0xff});
    bit = 0;
    int known = Math.min(window.length, 1 << 15);
    out = Arrays.copyOfRange(window, window.length - known, window.length);
    size = known;
    while (bit < in.length * 8) {
      if (bits(1) == 1) {
        throw new IllegalStateException("a final block");
      }
      switch (bits(2)) {
        case 0 -> stored();
        case 1 -> fixed();
        case 2 -> dynamic();
        default -> throw new IllegalStateException("a reserved kind of block");
      }
    }
    window = Arrays.copyOf(out, size);
    return Arrays.copyOfRange(window, known, window.length);
  }

  private int bits(int count) {
    int value = 0;
    for (int i = 0; i < count; i++, bit++) {
      value |= (in[bit >>> 3] >>> (bit & 7) & 1) << i;
    }
    return value;
  }

  private void stored() {
    bit = (bit + 7) & ~7;
    int length = bits(16);
    if ((length ^ bits(16)) != 0xffff) {
      throw new IllegalStateException("a stored block of two lengths");
    }
    for (int i = 0; i < length; i++) {
      write(in[(bit >>> 3) + i]);
    }
    bit += 8 * length;
  }

  private void fixed() {
    int[] lengths = new int[288];
    Arrays.fill(lengths, 0, 144, 8);
    Arrays.fill(lengths, 144, 256, 9);
    Arrays.fill(lengths, 256, 280, 7);
    Arrays.fill(lengths, 280, 288, 8);
    int[] distances = new int[30];
    Arrays.fill(distances, 5);
    codes(new Codes(lengths), new Codes(distances));
  }

  private void dynamic() {
    int literals = bits(5) + 257;
    int distances = bits(5) + 1;
    int[] ofLengths = new int[19];
    for (int count = bits(4) + 4, i = 0; i < count; i++) {
      ofLengths[ORDER[i]] = bits(3);
    }
    Codes codes = new Codes(ofLengths);
    int[] lengths = new int[literals + distances];
    for (int i = 0; i < lengths.length; ) {
      int symbol = next(codes);
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      int value = symbol == 16 ? lengths[i - 1] : 0;
      int count = symbol == 16 ? 3 + bits(2) : symbol == 17 ? 3 + bits(3) : 11 + bits(7);
      Arrays.fill(lengths, i, i + count, value);
      i += count;
    }
    codes(
        new Codes(Arrays.copyOf(lengths, literals)),
        new Codes(Arrays.copyOfRange(lengths, literals, lengths.length)));
  }

  private void codes(Codes literals, Codes distances) {
    for (int symbol = next(literals); symbol != 256; symbol = next(literals)) {
      if (symbol < 256) {
        write((byte) symbol);
      } else {
        int length = LENGTH_BASE[symbol - 257] + bits(LENGTH_BITS[symbol - 257]);
        int code = next(distances);
        int extra = Math.max(0, code / 2 - 1);
        int base = code < 4 ? code + 1 : ((2 + code % 2) << extra) + 1;
        copy(length, base + bits(extra));
      }
    }
  }

  private void copy(int length, int distance) {
    longest = Math.max(longest, distance);
    if (distance > maxDistance || distance > size) {
      throw new IllegalStateException("distance " + distance + " at " + size);
    }
    for (int i = 0; i < length; i++) {
      write(out[size - distance]);
    }
  }

  private void write(byte octet) {
    if (size == out.length) {
      out = Arrays.copyOf(out, 2 * size + 64);
    }
    out[size++] = octet;
  }

  private int next(Codes codes) {
    int code = 0;
    int first = 0;
    int index = 0;
    for (int length = 1; length < 16; length++) {
      code |= bits(1);
      int count = codes.counts[length];
      if (code - first < count) {
        return codes.symbols[index + code - first];
      }
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new IllegalStateException("a code that means nothing");
  }

  /** A canonical Huffman code (RFC 1951 3.2.2). */
  private static final class Codes {
    final int[] counts = new int[16];
    final int[] symbols;

    Codes(int[] lengths) {
      symbols = new int[lengths.length];
      int at = 0;
      for (int length = 1; length < 16; length++) {
        for (int symbol = 0; symbol < lengths.length; symbol++) {
          if (lengths[symbol] == length) {
            counts[length]++;
            symbols[at++] = symbol;
          }
        }
      }
    }
  }
}
