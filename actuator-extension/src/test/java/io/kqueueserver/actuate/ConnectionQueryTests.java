package io.kqueueserver.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;

class ConnectionQueryTests {
  private static ConnectionQuery query(String peer, String state, int offset, int limit) {
    return new ConnectionQuery(
        null, null, peer, null, null, state, null, 0, 0, 0, 0, offset, limit);
  }

  private static void refused(String reason, Runnable query) {
    assertThatExceptionOfType(InvalidEndpointRequestException.class)
        .isThrownBy(query::run)
        .satisfies(e -> assertThat(e.getReason()).contains(reason));
  }

  @Test
  void whatCannotBeMeantIsRefusedWithWhatCouldBe() {
    refused("state must be one of idle, active", () -> query(null, "sleepy", 0, 1));
    refused("offset must be at least 0, but is -1", () -> query(null, null, -1, 1));
    refused("limit must be at least 1, but is 0", () -> query(null, null, 0, 0));
    refused("limit must not be more than 1000", () -> query(null, null, 0, 1_001));
  }

  @Test
  void aMaskedValueCannotBeGuessedByAFilter() {
    refused("show-values", () -> query("10.0.0.1", null, 0, 1).allowedBy(Mask.MASKED));
    assertThat(query("10.0.0.1", null, 0, 1).allowedBy(Mask.SHOWN)).isNotNull();
  }

  @Test
  void anIdReadsBackAsItIsShown() {
    for (ConnectionId id :
        new ConnectionId[] {
          new ConnectionId("main", 0, 17, 3),
          new ConnectionId("a-b", 1023, Integer.MAX_VALUE / 4, -1),
        }) {
      assertThat(ConnectionId.parse(id.toString())).isEqualTo(id);
    }
    assertThat(ConnectionId.of("main", 2, (5L << 32) | 7).toString()).isEqualTo("main-2-7-5");
  }

  @Test
  void whatIsNoIdIsNone() {
    for (String text :
        new String[] {"", "main", "main-1-2", "main-1-2-x", "main-1-2-99999999999", "-1-2-3"}) {
      assertThat(ConnectionId.parse(text)).as(text).isNull();
    }
  }
}
