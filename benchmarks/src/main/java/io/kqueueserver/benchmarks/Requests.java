package io.kqueueserver.benchmarks;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The requests that benchmarks decode. */
public enum Requests {
  /** As wrk sends it. */
  SMALL("GET /json HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n"),

  /** As a browser sends it. */
  BROWSER(
      "GET /api/greeting?name=World HTTP/1.1\r\nHost: localhost:8080\r\nConnection: keep-alive\r\n"
          + "Cache-Control: max-age=0\r\nUpgrade-Insecure-Requests: 1\r\n"
          + "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
          + " Chrome/140.0.0.0 Safari/537.36\r\n"
          + "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
          + "Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n"
          + "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\n"
          + "Cookie: session=0123456789abcdef0123456789abcdef\r\n\r\n");

  private final byte[] bytes;

  Requests(String text) {
    bytes = text.getBytes(StandardCharsets.US_ASCII);
  }

  ByteBuffer bytes() {
    return ByteBuffer.wrap(bytes);
  }
}
