package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.stats.CloseReason;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClosingsTest {
  @Test
  void everyReasonOfAConnectionIsOneOfAnExchange() {
    Map<CloseReason, Reason> seen = new EnumMap<>(CloseReason.class);
    for (CloseReason reason : CloseReason.values()) {
      ExchangeException exception = Closings.exception(reason);
      assertThat(exception).hasMessage(reason.loss().text());
      seen.put(reason, exception.reason());
    }

    assertThat(seen)
        .containsEntry(CloseReason.PEER_CLOSED, Reason.PEER_CLOSED)
        .containsEntry(CloseReason.PEER_GONE, Reason.PEER_CLOSED)
        .containsEntry(CloseReason.PEER_RESET, Reason.PEER_RESET)
        .containsEntry(CloseReason.TLS_ERROR, Reason.PEER_RESET)
        .containsEntry(CloseReason.HANDSHAKE_TIMEOUT, Reason.TIMEOUT)
        .containsEntry(CloseReason.IDLE_TIMEOUT, Reason.TIMEOUT)
        .containsEntry(CloseReason.HEADER_TIMEOUT, Reason.TIMEOUT)
        .containsEntry(CloseReason.BODY_TIMEOUT, Reason.TIMEOUT)
        .containsEntry(CloseReason.REQUEST_RATE, Reason.TIMEOUT)
        .containsEntry(CloseReason.REQUEST_BODY_TIME, Reason.TIMEOUT)
        .containsEntry(CloseReason.WRITE_TIMEOUT, Reason.TIMEOUT)
        .containsEntry(CloseReason.RESPONSE_RATE, Reason.TIMEOUT)
        .containsEntry(CloseReason.PROXY_HEADER, Reason.APPLICATION)
        .containsEntry(CloseReason.PROTOCOL_ERROR, Reason.BAD_REQUEST)
        .containsEntry(CloseReason.LIMIT, Reason.LIMIT)
        .containsEntry(CloseReason.UNREAD_BODY, Reason.LIMIT)
        .containsEntry(CloseReason.MEMORY, Reason.LIMIT)
        .containsEntry(CloseReason.REQUEST_TIME, Reason.LIMIT)
        .containsEntry(CloseReason.RESPONSE_END, Reason.APPLICATION)
        .containsEntry(CloseReason.STREAM_TIMEOUT, Reason.TIMEOUT)
        .containsEntry(CloseReason.SERVER_ERROR, Reason.APPLICATION)
        .containsEntry(CloseReason.NOT_REGISTERED, Reason.APPLICATION)
        .containsEntry(CloseReason.DRAIN, Reason.SERVER_STOPPED)
        .containsEntry(CloseReason.STOP, Reason.SERVER_STOPPED)
        .containsEntry(CloseReason.OPERATOR, Reason.APPLICATION);
  }
}
