package io.kqueueserver.http.coding;

import com.aayushatharva.brotli4j.decoder.BrotliInputStream;
import com.aayushatharva.brotli4j.decoder.DecoderJNI;
import com.github.luben.zstd.ZstdInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

/** What a client does with a coded body, by the other half of the same libraries. */
public final class Codings {
  private Codings() {}

  public static InputStream decoder(ContentCoding coding, InputStream coded) throws IOException {
    return switch (coding) {
      case GZIP -> new GZIPInputStream(coded, 64);
      case DEFLATE -> new InflaterInputStream(coded);
      case BROTLI -> new BrotliInputStream(coded);
      case ZSTD -> new ZstdInputStream(coded);
    };
  }

  /** What can be decoded of a body that goes on. */
  public static byte[] decodeSoFar(ContentCoding coding, byte[] coded, int count)
      throws IOException {
    if (coding != ContentCoding.BROTLI) {
      return decoder(coding, new ByteArrayInputStream(coded)).readNBytes(count);
    }
    // Its stream wants more input before it hands out what it has.
    DecoderJNI.Wrapper decoder = new DecoderJNI.Wrapper(coded.length);
    try {
      decoder.getInputBuffer().put(coded);
      decoder.push(coded.length);
      ByteBuffer decoded = ByteBuffer.allocate(count);
      while (decoder.hasOutput()) {
        decoded.put(decoder.pull());
      }
      return Arrays.copyOf(decoded.array(), decoded.position());
    } finally {
      decoder.destroy();
    }
  }

  public static byte[] decode(ContentCoding coding, byte[] coded) throws IOException {
    return decoder(coding, new ByteArrayInputStream(coded)).readAllBytes();
  }
}
