package io.kqueueserver.http.ws;

import static java.lang.Integer.parseInt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kqueueserver.http.ws.WebSocketEncoder.Form;
import io.kqueueserver.http.ws.WebSocketEncoder.Part;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketEncoderTest {
  @ParameterizedTest
  @CsvSource({
    "TEXT, WHOLE, PLAIN, 81", "BINARY, WHOLE, PLAIN, 82", "TEXT, WHOLE, DEFLATED, c1",
    "TEXT, FIRST, PLAIN, 01", "TEXT, FIRST, DEFLATED, 41", "BINARY, FIRST, DEFLATED, 42",
    "TEXT, MIDDLE, PLAIN, 00", "TEXT, MIDDLE, DEFLATED, 00", "BINARY, LAST, PLAIN, 80",
    "BINARY, LAST, DEFLATED, 80", "PING, WHOLE, PLAIN, 89", "PONG, WHOLE, PLAIN, 8a",
    "CLOSE, WHOLE, PLAIN, 88"
  })
  void firstByteHasFinRsv1AndOpcode(Opcode type, Part part, Form form, String first) {
    byte[] head = new byte[2];
    assertThat(WebSocketEncoder.putHead(head, 0, type, part, form, 5)).isEqualTo(2);
    assertThat(head).containsExactly(parseInt(first, 16), 5);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 00",
    "125, 7d",
    "126, 7e007e",
    "127, 7e007f",
    "65535, 7effff",
    "65536, 7f0000000000010000",
    "9223372036854775807, 7f7fffffffffffffff"
  })
  void lengthIsInItsShortestForm(long length, String bytes) {
    byte[] head = new byte[12];
    int end = WebSocketEncoder.putHead(head, 1, Opcode.BINARY, Part.WHOLE, Form.PLAIN, length);
    assertThat(end).isEqualTo(1 + WebSocketEncoder.headBytes(length));
    assertThat(Arrays.copyOfRange(head, 2, end)).isEqualTo(ClientFrames.hex(bytes));
    assertThat(head[0]).isZero();
    assertThat(head[end]).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 125, 126, 65535, 65536})
  void aFrameIsReadBack(int size) {
    byte[] payload = new byte[size];
    Arrays.fill(payload, (byte) 'a');
    byte[] frame = WebSocketEncoder.frame(Opcode.BINARY, ByteBuffer.wrap(payload));
    assertThat(new ServerFrames().add(ByteBuffer.wrap(frame)).message(2, false)).isEqualTo(payload);
  }

  @Test
  void aControlFrameOfMoreThan125BytesIsNotMade() {
    assertThat(WebSocketEncoder.frame(Opcode.PING, ByteBuffer.allocate(125))).hasSize(127);
    assertThatThrownBy(() -> WebSocketEncoder.frame(Opcode.PING, ByteBuffer.allocate(126)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("PING has 126 bytes");
  }

  @ParameterizedTest
  @CsvSource({
    "'', 0",
    "going, 5",
    "a*123, 123",
    "a*124, 123",
    "\u00fc*61, 122",
    "\u00fc*62, 122",
    "\u20ac*41, 123",
    "\u20ac*42, 123",
    "\ud83d\ude00*31, 120"
  })
  void aReasonTooLongLosesItsEndAtACharacter(String reason, int bytes) {
    int star = reason.indexOf('*');
    String text =
        star < 0 ? reason : reason.substring(0, star).repeat(parseInt(reason.substring(star + 1)));
    byte[] frame = WebSocketEncoder.close(CloseCode.GOING_AWAY, text);
    assertThat(frame).hasSize(4 + bytes).startsWith(0x88, 2 + bytes, 0x03, 0xe9);
    assertThat(text).startsWith(new String(frame, 4, bytes, StandardCharsets.UTF_8));
  }

  @Test
  void aReasonThatIsNoTextIsSentAsOneThatIs() {
    byte[] frame = WebSocketEncoder.close(4999, "a\ud800b");
    assertThat(frame).endsWith('a', '?', 'b');
  }
}
