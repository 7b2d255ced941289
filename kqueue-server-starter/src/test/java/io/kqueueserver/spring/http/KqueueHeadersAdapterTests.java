package io.kqueueserver.spring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.kqueueserver.build.exchange.MemoryHead.Fields;
import io.kqueueserver.http.Headers;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

class KqueueHeadersAdapterTests {
  private final KqueueHeadersAdapter adapter =
      new KqueueHeadersAdapter(
          Fields.of("Host: example.com", "X-B: 1", "x-a: 2", "x-b: 3", "Content-Type: text/plain"));

  @Test
  void namesCompareWithoutCase() {
    assertThat(adapter.getFirst("x-B")).isEqualTo("1");
    assertThat(adapter.get("X-b")).containsExactly("1", "3");
    assertThat(adapter.containsKey("CONTENT-TYPE")).isTrue();
    assertThat(adapter.keySet().contains("HOST")).isTrue();
  }

  @Test
  void absentNamesGiveNull() {
    assertThat(adapter.getFirst("absent")).isNull();
    assertThat(adapter.get("absent")).isNull();
    assertThat(adapter.get(null)).isNull();
    assertThat(adapter.containsKey("absent")).isFalse();
  }

  @Test
  void orderIsThatOfTheWire() {
    assertThat(adapter.keySet()).containsExactly("Host", "X-B", "x-a", "Content-Type");
    assertThat(adapter.size()).isEqualTo(4);
    assertThat(adapter.entrySet())
        .extracting(Map.Entry::getValue)
        .containsExactly(
            List.of("example.com"), List.of("1", "3"), List.of("2"), List.of("text/plain"));
  }

  @Test
  void theSingleValueMapHoldsFirstValues() {
    assertThat(adapter.toSingleValueMap())
        .containsEntry("X-B", "1")
        .containsEntry("x-a", "2")
        .hasSize(4);
  }

  @Test
  void nothingCanBeChanged() {
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> adapter.add("x", "y"));
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> adapter.remove("absent"));
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> adapter.entrySet().clear());
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> adapter.values().iterator().next().add("z"));
  }

  @Test
  void springsHeadersReadIt() {
    HttpHeaders headers = new HttpHeaders(adapter);
    assertThat(headers.getContentType()).isEqualTo(MediaType.TEXT_PLAIN);
    assertThat(headers.headerNames()).containsExactly("Host", "X-B", "x-a", "Content-Type");
    HttpHeaders copy = new HttpHeaders();
    copy.addAll(headers);
    assertThat(copy.get("X-B")).containsExactly("1", "3");
    assertThat(copy).isEqualTo(headers);
  }

  @Test
  void noFieldsIsEmpty() {
    assertThat(new KqueueHeadersAdapter(Headers.EMPTY)).isEmpty();
  }
}
