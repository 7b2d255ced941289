package io.kqueueserver.http.h2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The table of states, cell by cell, against what was read out of RFC 9113 5.1, 5.1.1, 6 and 8.1 by
 * hand. A cell is the next state, or the side at fault.
 *
 * <pre>
 *   ok = accepted, the state stays      ign = ignored, the state stays
 *   c:CODE = connection error           s:CODE = stream error
 *   -- = the server never sends it
 * </pre>
 */
class StreamStateTest {
  private static final String TABLE =
      """
                        IDLE     OPEN     HC_REMOTE  HC_LOCAL  CLOSED    RESET_L      RESET_R   FORGOTTEN
      HEADERS      r    OPEN     s:PROT   s:CLOSED   s:PROT    c:CLOSED  ign          c:CLOSED  c:PROT
      HEADERS+ES   r    HC_REM   HC_REM   s:CLOSED   CLOSED    c:CLOSED  ign          c:CLOSED  c:PROT
      DATA         r    c:PROT   ok       s:CLOSED   ok        c:CLOSED  ign          c:CLOSED  ign
      DATA+ES      r    c:PROT   HC_REM   s:CLOSED   CLOSED    c:CLOSED  ign          c:CLOSED  ign
      PRIORITY     r    ok       ok       ok         ok        ign       ign          ign       ign
      RST_STREAM   r    c:PROT   RESET_R  RESET_R    RESET_R   ign       ign:RESET_R  ign       ign
      WIN_UPDATE   r    c:PROT   ok       ok         ok        ign       ign          ign       ign
      HEADERS      s    --       ok       ok         --        --        --           --        --
      HEADERS+ES   s    --       HC_LOC   CLOSED     --        --        --           --        --
      DATA         s    --       ok       ok         --        --        --           --        --
      DATA+ES      s    --       HC_LOC   CLOSED     --        --        --           --        --
      RST_STREAM   s    --       RESET_L  RESET_L    RESET_L   --        --           --        --
      WIN_UPDATE   s    --       ok       ok         ok        --        --           --        --
      """;

  private static final Pattern BLANKS = Pattern.compile(" +");

  private static final Map<String, StreamState> NAMES =
      Map.of(
          "OPEN", StreamState.OPEN,
          "HC_REM", StreamState.HALF_CLOSED_REMOTE,
          "HC_LOC", StreamState.HALF_CLOSED_LOCAL,
          "CLOSED", StreamState.CLOSED,
          "RESET_L", StreamState.RESET_LOCAL,
          "RESET_R", StreamState.RESET_REMOTE);

  private static final StreamState[] COLUMNS = {
    StreamState.IDLE,
    StreamState.OPEN,
    StreamState.HALF_CLOSED_REMOTE,
    StreamState.HALF_CLOSED_LOCAL,
    StreamState.CLOSED,
    StreamState.RESET_LOCAL,
    StreamState.RESET_REMOTE,
    StreamState.FORGOTTEN
  };

  private static final StreamEvent[] ROWS = {
    StreamEvent.HEADERS_RECEIVED,
    StreamEvent.HEADERS_END_STREAM_RECEIVED,
    StreamEvent.DATA_RECEIVED,
    StreamEvent.DATA_END_STREAM_RECEIVED,
    StreamEvent.PRIORITY_RECEIVED,
    StreamEvent.RST_STREAM_RECEIVED,
    StreamEvent.WINDOW_UPDATE_RECEIVED,
    StreamEvent.HEADERS_SENT,
    StreamEvent.HEADERS_END_STREAM_SENT,
    StreamEvent.DATA_SENT,
    StreamEvent.DATA_END_STREAM_SENT,
    StreamEvent.RST_STREAM_SENT,
    StreamEvent.WINDOW_UPDATE_SENT
  };

  @Test
  void everyCellIsAsTheRfcSays() {
    List<String> lines = TABLE.lines().toList();
    Map<String, String> seen = new HashMap<>();
    for (int row = 0; row < ROWS.length; row++) {
      List<String> cells = BLANKS.splitAsStream(lines.get(row + 1).strip()).toList();
      for (int column = 0; column < COLUMNS.length; column++) {
        StreamState state = COLUMNS[column];
        assertThat(text(state, state.on(ROWS[row])))
            .as("%s in %s", ROWS[row], state)
            .isEqualTo(cells.get(column + 2));
        seen.put(ROWS[row] + "/" + state, "");
      }
    }
    assertThat(seen).hasSize(StreamState.values().length * StreamEvent.values().length);
  }

  @Test
  void anErrorHasTheScopeAndTheCodeOfItsCell() {
    for (StreamState state : StreamState.values()) {
      for (StreamEvent event : StreamEvent.values()) {
        StreamState.Transition cell = state.on(event);
        Throwable thrown = catchThrowable(() -> state.allow(event, 5));
        switch (cell.action()) {
          case ACCEPT, IGNORE -> assertThat(thrown).isNull();
          case FORBIDDEN -> assertThat(thrown).isInstanceOf(IllegalStateException.class);
          default ->
              assertThat(thrown)
                  .isInstanceOfSatisfying(
                      Http2Exception.class,
                      e -> {
                        boolean ofStream = cell.action() == StreamState.Action.STREAM_ERROR;
                        assertThat(e.streamId()).isEqualTo(ofStream ? 5 : 0);
                        assertThat(e.code()).isEqualTo(cell.code());
                        assertThat(e)
                            .hasMessageContaining("stream 5")
                            .hasMessageContaining("" + state);
                      });
        }
      }
    }
  }

  @Test
  void anErrorOfAStreamResetsIt() {
    assertThat(StreamState.HALF_CLOSED_REMOTE.on(StreamEvent.DATA_RECEIVED).next())
        .isEqualTo(StreamState.RESET_LOCAL);
    assertThatThrownBy(() -> StreamState.IDLE.allow(StreamEvent.DATA_SENT, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("DATA_SENT");
  }

  private static String text(StreamState state, StreamState.Transition cell) {
    String code =
        switch (cell.code()) {
          case PROTOCOL_ERROR -> "PROT";
          case STREAM_CLOSED -> "CLOSED";
          default -> "";
        };
    return switch (cell.action()) {
      case ACCEPT -> cell.next() == state ? "ok" : name(cell.next());
      case IGNORE -> cell.next() == state ? "ign" : "ign:" + name(cell.next());
      case STREAM_ERROR -> "s:" + code;
      case CONNECTION_ERROR -> "c:" + code;
      case FORBIDDEN -> "--";
    };
  }

  private static String name(StreamState state) {
    return NAMES.entrySet().stream()
        .filter(entry -> entry.getValue() == state)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }
}
