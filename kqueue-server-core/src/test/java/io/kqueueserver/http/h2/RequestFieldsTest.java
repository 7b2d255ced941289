package io.kqueueserver.http.h2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.Limits;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RequestFieldsTest {
  private final RequestFields fields = new RequestFields(Limits.DEFAULTS, false, false);

  static Stream<RequestRow> rows() {
    return RequestRows.all();
  }

  @ParameterizedTest
  @MethodSource("rows")
  void makesOfTheRowWhatItSays(RequestRow row) {
    assertThat(row.run()).isEqualTo(row.outcome());
  }

  /** One section serves all requests of a connection: nothing may be left of the one before. */
  @Test
  void makesTheSameOfARowBehindAnyOther() {
    Limits limits = new Limits(1000, 1000, 50, 100, 100, -1);
    for (RequestRow.Kind kind : RequestRow.Kind.values()) {
      RequestFields used =
          new RequestFields(
              limits,
              kind == RequestRow.Kind.STRICT_TARGET,
              kind == RequestRow.Kind.CONNECT_PROTOCOL);
      RequestTrailers trailers = new RequestTrailers();
      for (RequestRow row : rows().filter(r -> r.kind() == kind).toList()) {
        rows()
            .filter(r -> r.kind() == kind)
            .forEach(
                other -> {
                  other.run(used, trailers);
                  assertThat(row.run(used, trailers))
                      .as("%s behind %s", row, other)
                      .isEqualTo(row.outcome());
                });
      }
    }
  }

  @Test
  void everyRowHasItsOwnName() {
    assertThat(rows().map(RequestRow::name)).doesNotHaveDuplicates();
  }

  @Test
  void aHeadKeepsItsFieldsWhenTheNextOneIsRead() {
    Http2RequestHead first = get("a", "b");
    Http2RequestHead second = get("c", "d");
    assertThat(first.headers().first("A")).isEqualTo("b");
    assertThat(first.headers().contains("c")).isFalse();
    assertThat(second.headers().size()).isEqualTo(2);
    assertThat(first.version()).isEqualTo(HttpVersion.HTTP_2);
    assertThat(first).hasToString("GET / HTTP/2.0");
  }

  @Test
  void manyFieldsAreKept() {
    fields.begin(1);
    for (String field : RequestRow.get()) {
      pour(field);
    }
    for (int i = 0; i < 1000; i++) {
      fields.field("n" + i, "v" + i, false);
    }
    Http2RequestHead head = fields.end(true);
    assertThat(head.headers().size()).isEqualTo(1001);
    assertThat(head.headers().value(1000)).isEqualTo("v999");
    assertThatThrownBy(() -> head.headers().name(1001))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void trailersThatDoNotEndTheRequestAreMalformed() {
    RequestTrailers trailers = new RequestTrailers();
    trailers.begin(9);
    trailers.field("a", "b", false);
    assertThatThrownBy(() -> trailers.end(false))
        .isInstanceOfSatisfying(
            Http2Exception.class,
            e -> {
              assertThat(e.streamId()).isEqualTo(9);
              assertThat(e.code()).isEqualTo(ErrorCode.PROTOCOL_ERROR);
            });
  }

  private Http2RequestHead get(String name, String value) {
    fields.begin(1);
    for (String field : RequestRow.get()) {
      pour(field);
    }
    fields.field(name, value, false);
    return fields.end(true);
  }

  private void pour(String field) {
    int colon = field.indexOf(": ", 1);
    fields.field(field.substring(0, colon), field.substring(colon + 2), false);
  }
}
