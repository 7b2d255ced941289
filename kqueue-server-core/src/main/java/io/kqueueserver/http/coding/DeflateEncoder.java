package io.kqueueserver.http.coding;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/** gzip (RFC 1952) and deflate in its zlib wrapping (RFC 1950), both by the JDK's zlib. */
final class DeflateEncoder extends ContentEncoder {
  private static final int LEAST_ROOM = 512;

  /** Magic, method, no flags, no time, no hint at the level, unknown system. */
  private static final byte[] GZIP_HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};

  private static final byte[] NOTHING = {};

  private final Deflater deflater;
  private final @Nullable CRC32 crc;
  private long taken;
  private boolean begun;

  DeflateEncoder(ContentCoding coding, int level) {
    super(coding);
    boolean gzip = coding == ContentCoding.GZIP;
    deflater = new Deflater(level, gzip);
    crc = gzip ? new CRC32() : null;
  }

  @Override
  public void encode(ByteBuffer in) {
    begin();
    taken += in.remaining();
    if (crc != null) {
      crc.update(in.duplicate());
    }
    deflater.setInput(in);
    while (!deflater.needsInput()) {
      deflate(Deflater.NO_FLUSH);
    }
    // A deflater keeps the buffer it was given, and would take from it again as soon as its owner
    // had filled it anew. Pinned by ContentEncoderTest.aBufferIsTheCallersAgainOnceItIsEncoded.
    deflater.setInput(NOTHING);
  }

  @Override
  public void flush() {
    begin();
    // zlib.h: flushing is complete when deflate returns with room left.
    while (deflate(Deflater.SYNC_FLUSH)) {}
  }

  @Override
  public void finish() {
    begin();
    deflater.finish();
    while (!deflater.finished()) {
      deflate(Deflater.NO_FLUSH);
    }
    if (crc != null) {
      littleEndian((int) crc.getValue());
      littleEndian((int) taken);
    }
  }

  private void begin() {
    if (!begun) {
      begun = true;
      if (crc != null) {
        append(GZIP_HEADER, 0, GZIP_HEADER.length);
      }
    }
  }

  /** Calls deflate once. Returns true if deflate has filled all room. */
  private boolean deflate(int mode) {
    room(LEAST_ROOM);
    int free = bytes().length - length();
    int n = deflater.deflate(bytes(), length(), free, mode);
    produced(n);
    return n == free;
  }

  private void littleEndian(int value) {
    byte[] four = {
      (byte) value, (byte) (value >>> 8), (byte) (value >>> 16), (byte) (value >>> 24)
    };
    append(four, 0, four.length);
  }

  @Override
  boolean reset() {
    deflater.reset();
    if (crc != null) {
      crc.reset();
    }
    taken = 0;
    begun = false;
    return true;
  }

  @Override
  void end() {
    deflater.end();
  }
}
