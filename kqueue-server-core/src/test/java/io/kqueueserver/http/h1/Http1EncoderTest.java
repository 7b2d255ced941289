package io.kqueueserver.http.h1;

import static io.kqueueserver.http.h1.EncoderRow.lines;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kqueueserver.http.HeaderSource;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Everything the encoder writes besides the heads of final responses. */
class Http1EncoderTest {
  private final Http1Encoder encoder = new Http1Encoder();

  @Test
  void writesAnInterimResponse() {
    encoder.encodeInformational(100, HeaderSource.NONE);
    assertThat(written()).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
    encoder.encodeInformational(103, EncoderRow.source("Link: </a>; rel=preload"));
    assertThat(written()).isEqualTo(lines("HTTP/1.1 103 Early Hints", "Link: </a>; rel=preload"));
  }

  @Test
  void writesASwitchWithItsConnectionFields() {
    encoder.encodeInformational(101, EncoderRow.source("Upgrade: websocket\nConnection: Upgrade"));
    assertThat(written())
        .isEqualTo(
            lines("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"));
  }

  @Test
  void framesNoBodyWhereNoneFollows() {
    encoder.encodeInformational(
        200, EncoderRow.source("content-length: 0\nTransfer-Encoding: x\nA: b"));
    assertThat(written()).isEqualTo(lines("HTTP/1.1 200 OK", "A: b"));
  }

  @Test
  void refusesABadFieldInAnInterimResponse() {
    assertThatThrownBy(() -> encoder.encodeInformational(103, sink -> sink.field("a", "b\r\nc: d")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(encoder.length()).isZero();
  }

  @Test
  void refusesABadStatusForAnInterimResponse() {
    encoder.encodeChunkHead(1);
    assertThatThrownBy(() -> encoder.encodeInformational(42, HeaderSource.NONE))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(encoder.length()).isZero();
  }

  @Test
  void writesAnErrorThatEndsTheConnection() {
    encoder.encodeError(431);
    assertThat(written())
        .isEqualTo(
            lines(
                "HTTP/1.1 431 Request Header Fields Too Large",
                "Content-Length: 0",
                "Connection: close"));
  }

  @Test
  void writesAnErrorWithDateAndServer() {
    encoder.encodeError(400, Http1Encoder.dateLine(0), Http1Encoder.serverLine("k"));
    assertThat(written())
        .isEqualTo(
            lines(
                "HTTP/1.1 400 Bad Request",
                "Date: Thu, 01 Jan 1970 00:00:00 GMT",
                "Server: k",
                "Content-Length: 0",
                "Connection: close"));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "9, 9",
    "10, a",
    "15, f",
    "16, 10",
    "255, ff",
    "256, 100",
    "4096, 1000",
    "65535, ffff",
    "65536, 10000",
    "9223372036854775807, 7fffffffffffffff"
  })
  void writesTheSizeOfAChunk(long size, String hex) {
    encoder.encodeChunkHead(size);
    assertThat(written()).isEqualTo(hex + "\r\n");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void refusesAChunkThatWouldEndTheBody(long size) {
    assertThatThrownBy(() -> encoder.encodeChunkHead(size))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void writesTheLastChunk() {
    encoder.encodeLastChunk(HeaderSource.NONE);
    assertThat(written()).isEqualTo("0\r\n\r\n");
  }

  @Test
  void writesTrailers() {
    encoder.encodeLastChunk(EncoderRow.source("Server-Timing: a\nContent-Digest: b"));
    assertThat(written()).isEqualTo("0\r\nServer-Timing: a\r\nContent-Digest: b\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length",
        "transfer-encoding",
        "CONNECTION",
        "Keep-Alive",
        "Trailer",
        "Host",
        "Content-Encoding",
        "Content-Type",
        "Content-Range",
        "Set-Cookie"
      })
  void dropsWhatComesTooLateForATrailer(String name) {
    encoder.encodeLastChunk(EncoderRow.source(name + ": 1\nA: b"));
    assertThat(written()).isEqualTo("0\r\nA: b\r\n\r\n");
  }

  @Test
  void refusesABadTrailer() {
    assertThatThrownBy(() -> encoder.encodeLastChunk(sink -> sink.field("a b", "c")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(encoder.length()).isZero();
  }

  @Test
  void refusesAServerNameThatIsNoValue() {
    assertThatThrownBy(() -> Http1Encoder.serverLine("a\nb"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private String written() {
    return new String(encoder.bytes(), 0, encoder.length(), StandardCharsets.ISO_8859_1);
  }
}
