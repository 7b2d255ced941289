package io.kqueueserver.http.forwarded;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.RandomInputs;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.ip.IpRanges;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * Fields of proxies, changed at random: an origin that an application can use, or 400. A
 * coverage-guided fuzzer calls {@link #fuzzerTestOneInput}, as of {@code Http1DecoderFuzzTest}.
 */
public class ForwardedHeadersFuzzTest {
  private static final IpRanges TRUSTED = IpRanges.of(IpRanges.PRIVATE);
  private static final List<ForwardedHeaders> READERS =
      List.of(
          new ForwardedHeaders(ForwardedFormat.X_FORWARDED, TRUSTED),
          new ForwardedHeaders(ForwardedFormat.FORWARDED, TRUSTED));
  private static final InetSocketAddress PROXY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000);

  /** Called by Jazzer. */
  public static void fuzzerTestOneInput(byte[] lines) {
    List<String> fields =
        new String(lines, StandardCharsets.ISO_8859_1)
            .lines()
            .filter(line -> line.indexOf(": ") > 0)
            .toList();
    for (ForwardedHeaders reader : READERS) {
      try {
        Origin origin = reader.read(new ForwardedHeadersTest.Head(fields), "http", PROXY);
        if (origin != null) {
          assertThat(origin.scheme()).isIn("http", "https");
          assertThat(origin.authority()).doesNotContainPattern("[^!-~]|[/@?#\\\\<>\"]");
          assertThat(origin.client().isUnresolved()).isFalse();
          assertThat(origin.prefix()).matches("(/.*[^/])?").doesNotContainPattern("[^!-~]");
        }
      } catch (HttpException e) {
        assertThat(e.status()).isEqualTo(400);
      }
    }
  }

  @Test
  void anOriginIsUsableOrRefused(TestReporter reporter) {
    List<byte[]> inputs = new ArrayList<>();
    for (ForwardedHeadersTest.Row row : ForwardedHeadersTest.rows()) {
      inputs.add(String.join("\n", row.fields()).getBytes(StandardCharsets.ISO_8859_1));
    }

    RandomInputs.run(
        ForwardedHeadersFuzzTest.class,
        inputs,
        "for=proto;host,\"\\[]:._12a6 \t%/-@",
        ForwardedHeadersFuzzTest::fuzzerTestOneInput,
        reporter::publishEntry);
  }
}
