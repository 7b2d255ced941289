package io.kqueueserver.net.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.RandomInputs;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * Headers of the PROXY protocol, changed at random: bytes more change no verdict. A coverage-guided
 * fuzzer calls {@link #fuzzerTestOneInput}, as of {@code Http1DecoderFuzzTest}.
 */
public class ProxyHeaderFuzzTest {
  /** Called by Jazzer. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    ProxyHeader first = ProxyHeader.INCOMPLETE;
    for (int length = 0; length <= bytes.length; length++) {
      ProxyHeader now = ProxyHeader.parse(bytes, length);
      if (first == ProxyHeader.INCOMPLETE) {
        first = now;
        assertThat(now == ProxyHeader.INCOMPLETE && length > ProxyHeader.MAX_LENGTH).isFalse();
        if (now instanceof ProxyHeader.Complete complete) {
          assertThat(complete.length()).isEqualTo(length);
          assertThat(complete.source() == null).isEqualTo(complete.destination() == null);
        }
      } else {
        assertThat(now).isEqualTo(first);
      }
    }
  }

  @Test
  void moreBytesChangeNoVerdict(TestReporter reporter) {
    List<byte[]> inputs = new ArrayList<>();
    ProxyHeaderTest.headers().forEach(row -> inputs.add(row.bytes()));
    ProxyHeaderTest.malformed().forEach(row -> inputs.add(row.bytes()));
    inputs.removeIf(input -> input.length > 300);

    RandomInputs.run(
        ProxyHeaderFuzzTest.class,
        inputs,
        "PROXY TCP46UNKW12.:f\r\n\0 !",
        ProxyHeaderFuzzTest::fuzzerTestOneInput,
        reporter::publishEntry);
  }
}
