package io.kqueueserver.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.QuietHandler;
import io.kqueueserver.stats.CurrentRequest;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ConnectionViewTest {
  private record Started(long startedNanos) implements CurrentRequest {
    @Override
    public String method() {
      return "GET";
    }

    @Override
    public String path() {
      return "/" + startedNanos;
    }

    @Override
    public String handler() {
      return null;
    }
  }

  private record Serving(List<Started> requests) implements QuietHandler {
    @Override
    public void eachRequest(Consumer<? super CurrentRequest> observer) {
      requests.forEach(observer);
    }
  }

  private static ConnectionView.Requests serving(long... starts) {
    return ConnectionView.Requests.of(
        7, new Serving(LongStream.of(starts).mapToObj(Started::new).toList()));
  }

  @Test
  void requestsAreListedOldestFirstOnAClockThatMayWrap() {
    ConnectionView.Requests requests = serving(Long.MIN_VALUE + 1, Long.MAX_VALUE, Long.MIN_VALUE);

    assertThat(requests.listed())
        .extracting(CurrentRequest::startedNanos)
        .containsExactly(Long.MAX_VALUE, Long.MIN_VALUE, Long.MIN_VALUE + 1);
    assertThat(requests.oldest()).isEqualTo(new Started(Long.MAX_VALUE));
    assertThat(requests.only()).isNull();
    assertThat(requests.total()).isEqualTo(7);
  }

  @Test
  void allRequestsAreCountedAndABoundedNumberIsListed() {
    int all = ConnectionView.Requests.MAX_LISTED + 50;
    ConnectionView.Requests requests = serving(LongStream.range(0, all).toArray());

    assertThat(requests.active()).isEqualTo(all);
    assertThat(requests.listed()).hasSize(ConnectionView.Requests.MAX_LISTED);
  }

  @Test
  void oneRequestIsTheOnlyAndNoneIsNone() {
    assertThat(serving(5).only()).isEqualTo(new Started(5));
    assertThat(serving(5).oldest()).isEqualTo(new Started(5));
    assertThat(serving().only()).isNull();
    assertThat(serving().oldest()).isNull();
    assertThat(ConnectionView.Requests.of(0, null).active()).isZero();
  }
}
