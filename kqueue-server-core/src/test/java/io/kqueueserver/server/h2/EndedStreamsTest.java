package io.kqueueserver.server.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.h2.StreamState;
import org.junit.jupiter.api.Test;

class EndedStreamsTest {
  private final EndedStreams streams = new EndedStreams();

  @Test
  void theLast256StreamsAreRemembered() {
    int last = 2 * 1000 + 1;
    for (int id = 1; id <= last; id += 2) {
      streams.add(id, stateOf(id));
      for (int back = 0; back < EndedStreams.REMEMBERED && id - 2 * back > 0; back++) {
        int earlier = id - 2 * back;
        assertThat(streams.state(earlier)).isEqualTo(stateOf(earlier));
      }
    }
    assertThat(streams.state(last - 2 * EndedStreams.REMEMBERED)).isEqualTo(StreamState.FORGOTTEN);
    assertThat(streams.state(last + 2)).isEqualTo(StreamState.FORGOTTEN);
  }

  @Test
  void streamsFarApartAreRemembered() {
    streams.add(1, StreamState.CLOSED);
    streams.add(1 + 2 * 128, StreamState.RESET_REMOTE);
    assertThat(streams.state(1)).isEqualTo(StreamState.CLOSED);
    assertThat(streams.state(1 + 2 * 128)).isEqualTo(StreamState.RESET_REMOTE);
  }

  private static StreamState stateOf(int id) {
    return id % 3 == 0 ? StreamState.CLOSED : StreamState.RESET_REMOTE;
  }
}
