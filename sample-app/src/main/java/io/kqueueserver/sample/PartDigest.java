package io.kqueueserver.sample;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.codec.multipart.FilePartEvent;
import org.springframework.http.codec.multipart.PartEvent;

/** Size and SHA-256 of one part, kept up to date while its bytes pass; it holds none of them. */
final class PartDigest {
  private final MessageDigest sha256 = sha256();
  private String name = "";
  private String fileName = "";
  private long size;

  void add(PartEvent event) {
    name = event.name();
    fileName = event instanceof FilePartEvent file ? file.filename() : "";
    DataBuffer content = event.content();
    size += content.readableByteCount();
    try (DataBuffer.ByteBufferIterator buffers = content.readableByteBuffers()) {
      while (buffers.hasNext()) {
        ByteBuffer bytes = buffers.next();
        sha256.update(bytes);
      }
    } finally {
      DataBufferUtils.release(content);
    }
  }

  Summary summary() {
    return new Summary(name, fileName, size, HexFormat.of().formatHex(sha256.digest()));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  record Summary(String name, String fileName, long size, String sha256) {}
}
