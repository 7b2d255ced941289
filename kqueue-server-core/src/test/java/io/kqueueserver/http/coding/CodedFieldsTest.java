package io.kqueueserver.http.coding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.kqueueserver.http.HeaderSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CodedFieldsTest {
  private static HeaderSource fields(String... lines) {
    return sink -> {
      for (String line : lines) {
        int colon = line.indexOf(':');
        sink.field(line.substring(0, colon), line.substring(colon + 1).strip());
      }
    };
  }

  private static List<String> poured(CodedFields fields) {
    List<String> lines = new ArrayList<>();
    fields.writeTo((name, value) -> lines.add(name + ": " + value));
    return lines;
  }

  static Stream<Arguments> rows() {
    String text = "Content-Type: text/plain; charset=utf-8";
    return Stream.of(
        arguments(200, 5000, true, List.of(text)),
        arguments(404, 5000, true, List.of(text)),
        arguments(200, -1, true, List.of(text)),
        arguments(200, 2048, true, List.of(text)),
        arguments(200, 2047, false, List.of(text)),
        arguments(200, -1, true, List.of(text, "Content-Length: 2048")),
        arguments(200, -1, false, List.of(text, "Content-Length: 2047")),
        arguments(200, 0, false, List.of(text)),
        arguments(204, -1, false, List.of(text)),
        arguments(205, -1, false, List.of(text)),
        arguments(206, 5000, false, List.of(text)),
        arguments(304, -1, false, List.of(text)),
        arguments(103, -1, false, List.of(text)),
        arguments(1000, -1, false, List.of(text)),
        arguments(200, 5000, false, List.of()),
        arguments(200, 5000, false, List.of("Content-Type: image/png")),
        arguments(200, 5000, false, List.of("Content-Type: rubbish")),
        arguments(200, 5000, false, List.of(text, "Content-Encoding: br")),
        arguments(200, 5000, false, List.of(text, "content-encoding: identity")),
        arguments(200, 5000, false, List.of(text, "Content-Range: bytes 0-1/2")),
        arguments(200, 5000, false, List.of(text, "Cache-Control: public, No-Transform")),
        arguments(200, 5000, true, List.of(text, "Cache-Control: max-age=1")),
        arguments(200, 5000, false, List.of(text, "Content-Digest: sha-256=:x:")),
        arguments(200, 5000, false, List.of(text, "Content-Length: 4999")),
        arguments(200, -1, false, List.of(text, "Content-Length: 5000", "Content-Length: 5001")),
        arguments(200, -1, false, List.of(text, "Content-Length: many")),
        arguments(200, 5000, false, List.of(text, "Bad Name: x")),
        arguments(200, 5000, false, List.of(text, "X-A: a\rb")));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void onlyWhatMayBeAndIsWorthItIsCompressed(
      int status, long length, boolean expected, List<String> lines) {
    CodedFields fields = new CodedFields(fields(lines.toArray(String[]::new)));
    assertThat(fields.isCompressible(Compression.DEFAULTS, status, length)).isEqualTo(expected);
  }

  @Test
  void theFieldsOfTheCodedRepresentationAreOthers() {
    CodedFields fields =
        new CodedFields(
            fields(
                "Content-Type: text/css",
                "Content-Length: 5000",
                "Accept-Ranges: bytes",
                "ETag: \"v1\"",
                "Vary: Origin"));
    fields.vary();
    fields.coding(ContentCoding.GZIP);

    assertThat(poured(fields))
        .containsExactly(
            "Content-Type: text/css",
            "ETag: W/\"v1\"",
            "Vary: Origin",
            "Content-Encoding: gzip",
            "Vary: Accept-Encoding");
  }

  @Test
  void theFieldsOfThePlainRepresentationOnlyVary() {
    CodedFields fields =
        new CodedFields(fields("Content-Length: 5000", "ETag: \"v1\"", "Accept-Ranges: bytes"));
    fields.vary();

    assertThat(poured(fields))
        .containsExactly(
            "Content-Length: 5000",
            "ETag: \"v1\"",
            "Accept-Ranges: bytes",
            "Vary: Accept-Encoding");
  }

  @Test
  void varyIsSaidOnce() {
    for (String said : List.of("Vary: *", "Vary: Origin, accept-encoding")) {
      CodedFields fields = new CodedFields(fields(said, "ETag: W/\"v\""));
      fields.vary();
      fields.coding(ContentCoding.BROTLI);
      assertThat(poured(fields)).containsExactly(said, "ETag: W/\"v\"", "Content-Encoding: br");
    }
  }

  @Test
  void contentTypesMatchByNameAndWildcard() {
    MimeTypes types = new MimeTypes(List.of("text/*", "application/*+json", "image/SVG+xml"));
    assertThat(types.isCompressible("TEXT/html;charset=x")).isTrue();
    assertThat(types.isCompressible("application/problem+json")).isTrue();
    assertThat(types.isCompressible("image/svg+xml ")).isTrue();
    assertThat(types.isCompressible("application/json")).isFalse();
    assertThat(types.isCompressible("text")).isFalse();
    assertThat(types.isCompressible(null)).isFalse();
  }
}
