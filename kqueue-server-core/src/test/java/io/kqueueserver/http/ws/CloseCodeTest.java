package io.kqueueserver.http.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Every code from 0 to 5000, as a client's Close frame and as ours. */
class CloseCodeTest {
  private static boolean isOnTheList(int code) {
    boolean refused =
        code < 1000
            || (code >= 1004 && code <= 1006)
            || (code >= 1015 && code <= 2999)
            || code >= 5000;
    return !refused;
  }

  @Test
  void takesTheCodesOfTheListAndNoOther() {
    for (int code = 0; code <= 5000; code++) {
      String expected = isOnTheList(code) ? "CLOSE " + code + " r" : "REFUSED 1002";
      FrameRow row = FrameRow.row("", "", ClientFrames.close(code, "r"), expected);
      List<String> lines =
          new Transcript(row, false).feed(row.bytes(), 0, row.wire().length()).finish();
      assertThat(lines).as("code %d", code).isEqualTo(row.expected());
    }
    assertThat(CloseCode.isValidOnWire(65535)).isFalse();
  }

  @Test
  void sendsNoCodeThatItWouldNotTake() {
    for (int code = -1; code <= 5000; code++) {
      int each = code;
      if (isOnTheList(code)) {
        byte[] frame = WebSocketEncoder.close(code, "");
        assertThat(frame).containsExactly(0x88, 2, code >>> 8, code & 0xff);
      } else if (code != CloseCode.NO_STATUS_CODE) {
        assertThatThrownBy(() -> WebSocketEncoder.close(each, ""))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("close code " + code);
      }
    }
    assertThat(WebSocketEncoder.close(CloseCode.NO_STATUS_CODE, "lost")).containsExactly(0x88, 0);
  }
}
