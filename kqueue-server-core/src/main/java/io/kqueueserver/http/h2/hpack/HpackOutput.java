package io.kqueueserver.http.h2.hpack;

import java.util.Arrays;

/** A byte array that grows, is used again, and takes what {@link HpackEncoder} writes. */
public final class HpackOutput {
  private static final int INITIAL_BYTES = 1024;

  /** A block this large is rare; its array is not kept for the next one. */
  private static final int MAX_KEPT_BYTES = 64 * 1024;

  private byte[] bytes = new byte[INITIAL_BYTES];
  private int length;

  /** Starts anew. */
  public void clear() {
    length = 0;
    if (bytes.length > MAX_KEPT_BYTES) {
      bytes = new byte[INITIAL_BYTES];
    }
  }

  /** The bytes since {@link #clear}, from index 0; another array once it has grown. */
  public byte[] bytes() {
    return bytes;
  }

  /** Number of octets written to {@link #bytes()}. */
  public int length() {
    return length;
  }

  /** Makes room for so many octets more. */
  void ensure(int more) {
    if (more > bytes.length - length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(length, more)));
    }
  }

  /** Writes an integer (RFC 7541 5.1) behind the pattern of a first octet; room is there. */
  void integer(int pattern, int prefix, int value) {
    if (value < prefix) {
      bytes[length++] = (byte) (pattern | value);
      return;
    }
    bytes[length++] = (byte) (pattern | prefix);
    int rest = value - prefix;
    while (rest >= 0x80) {
      bytes[length++] = (byte) ((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
  }

  /** Writes a string (RFC 7541 5.2), with Huffman's code only where that is shorter. */
  void string(byte[] octets, int count) {
    int coded = Huffman.encodedLength(octets, 0, count);
    if (coded < count) {
      integer(0x80, 0x7f, coded);
      length = Huffman.encode(octets, 0, count, bytes, length);
    } else {
      integer(0, 0x7f, count);
      System.arraycopy(octets, 0, bytes, length, count);
      length += count;
    }
  }
}
