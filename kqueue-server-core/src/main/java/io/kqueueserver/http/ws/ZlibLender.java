package io.kqueueserver.http.ws;

import java.nio.ByteBuffer;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Lends zlib state to sessions, so that an idle one holds none. All sessions of one loop share a
 * lender, on its thread.
 */
public interface ZlibLender {
  /** Native bytes that a lent inflater holds: zlib's state, and a window of 32 KiB. */
  int INFLATER_BYTES = 44 * 1024;

  /** Native bytes that a lent deflater holds: window, hash chains and pending output. */
  int DEFLATER_BYTES = 268 * 1024;

  /** A raw (RFC 1951) inflater as new. */
  Inflater inflater();

  /** A raw (RFC 1951) deflater as new. */
  Deflater deflater();

  /** Takes an inflater back, in any state. */
  void giveBack(Inflater inflater);

  /** Takes a deflater back, in any state. */
  void giveBack(Deflater deflater);

  /**
   * Room for inflated bytes, 8 KiB or more with an array. It is used only during one call of a
   * decoder, so all sessions of the lender may have the same.
   */
  ByteBuffer scratch();
}
