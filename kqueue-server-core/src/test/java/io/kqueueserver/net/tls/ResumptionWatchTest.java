package io.kqueueserver.net.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** First flights of servers; that engines send such ones is for TlsEnginesTest. */
class ResumptionWatchTest {
  private static final String RANDOM = "11".repeat(32);
  private static final String RETRY =
      "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c";
  private static final String VERSION_1_3 = "002b00020304";
  private static final String KEY_SHARE = "00330002001d";
  private static final String PRE_SHARED_KEY = "002900020000";

  private final ResumptionWatch watch = new ResumptionWatch();

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  private static byte[] message(int type, byte[] body) {
    byte[] header = {(byte) type, 0, (byte) (body.length >> 8), (byte) body.length};
    return join(header, body);
  }

  private static byte[] record(int type, byte[]... parts) {
    byte[] body = join(parts);
    byte[] header = {(byte) type, 3, 3, (byte) (body.length >> 8), (byte) body.length};
    return join(header, body);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] hello(String random, String... extensions) {
    String all = String.join("", extensions);
    String length = HexFormat.of().toHexDigits((short) (all.length() / 2));
    return message(2, hex("0303" + random + "04aabbccdd" + "130100" + length + all));
  }

  private boolean isResumed(byte[]... flights) {
    for (byte[] flight : flights) {
      ByteBuffer out = ByteBuffer.allocate(flight.length + 100).put(flight);
      watch.sees(out);
      assertThat(out.position()).as("the buffer stays as it was").isEqualTo(flight.length);
    }
    return watch.isResumed();
  }

  @Test
  void aSelectedKeyOfTls13IsAResumption() {
    byte[] hello = record(22, hello(RANDOM, VERSION_1_3, KEY_SHARE, PRE_SHARED_KEY));
    assertThat(isResumed(hello, record(20, hex("01")), record(23, new byte[90]))).isTrue();
  }

  @Test
  void aHelloOfTls13WithoutSelectedKeyIsNone() {
    byte[] hello = record(22, hello(RANDOM, VERSION_1_3, KEY_SHARE));
    assertThat(isResumed(hello, record(20, hex("01")), record(23, new byte[900]))).isFalse();
  }

  @Test
  void aRetryDecidesNothing() {
    byte[] retry = record(22, hello(RETRY, VERSION_1_3, KEY_SHARE));
    byte[] hello = record(22, hello(RANDOM, KEY_SHARE, PRE_SHARED_KEY, VERSION_1_3));
    assertThat(isResumed(join(retry, record(20, hex("01"))), hello)).isTrue();
  }

  @Test
  void aCertificateOfTls12IsNoResumption() {
    byte[] certificate = message(11, new byte[700]);
    assertThat(isResumed(record(22, hello(RANDOM), certificate, message(14, hex(""))))).isFalse();
    assertThat(
            new ResumptionWatchTest().isResumed(record(22, hello(RANDOM)), record(22, certificate)))
        .isFalse();
  }

  @Test
  void aTicketOrTheEndOfTheFlightInstead() {
    byte[] ticket = message(4, new byte[180]);
    assertThat(isResumed(record(22, hello(RANDOM), ticket))).isTrue();
    assertThat(
            new ResumptionWatchTest().isResumed(record(22, hello(RANDOM)), record(20, hex("01"))))
        .isTrue();
  }

  @Test
  void whatIsCutShortHarmsNothing() {
    byte[] flight = record(22, hello(RANDOM, VERSION_1_3, PRE_SHARED_KEY));
    for (int length = 0; length < flight.length; length++) {
      byte[] cut = java.util.Arrays.copyOf(flight, length);
      assertThat(new ResumptionWatchTest().isResumed(cut)).isIn(true, false);
    }
  }
}
