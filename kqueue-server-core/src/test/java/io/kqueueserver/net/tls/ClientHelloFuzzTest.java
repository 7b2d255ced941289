package io.kqueueserver.net.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.RandomInputs;
import io.kqueueserver.net.tls.ClientHelloPeek.Verdict;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * ClientHellos, changed at random: bytes more change no verdict, and none is consumed. A
 * coverage-guided fuzzer calls {@link #fuzzerTestOneInput}, as of {@code Http1DecoderFuzzTest}.
 */
public class ClientHelloFuzzTest {
  /** Called by Jazzer. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    ClientHelloPeek first = Verdict.NEED_MORE;
    for (int length = 0; length <= bytes.length; length++) {
      ByteBuffer in = ByteBuffer.wrap(bytes, 0, length);
      ClientHelloPeek now = ClientHelloParser.peek(in);
      assertThat(in.position()).isZero();
      assertThat(in.limit()).isEqualTo(length);
      if (first == Verdict.NEED_MORE) {
        first = now;
        assertThat(now == Verdict.NEED_MORE && length > ClientHelloParser.MAX_BYTES).isFalse();
      } else {
        assertThat(now).isEqualTo(first);
      }
    }
  }

  @Test
  void moreBytesChangeNoVerdict(TestReporter reporter) {
    List<byte[]> inputs = ClientHelloParserTest.wires();

    RandomInputs.run(
        ClientHelloFuzzTest.class,
        inputs,
        "\0\u0001\u0002\u0003\u0010\u0016\u00ffah2",
        ClientHelloFuzzTest::fuzzerTestOneInput,
        reporter::publishEntry);
  }
}
