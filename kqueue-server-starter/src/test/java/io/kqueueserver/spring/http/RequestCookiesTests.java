package io.kqueueserver.spring.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpCookie;

class RequestCookiesTests {
  @Test
  void severalOfOneNameKeepTheirOrder() {
    assertThat(RequestCookies.parse(List.of("a=1; b=2; a=3", "a=4")).get("a"))
        .extracting(HttpCookie::getValue)
        .containsExactly("1", "3", "4");
  }

  @Test
  void namesCompareWithCase() {
    assertThat(RequestCookies.parse(List.of("a=1; A=2"))).containsOnlyKeys("a", "A");
  }

  @Test
  void quotesAreNotPartOfTheValue() {
    assertThat(RequestCookies.parse(List.of("a=\"x y\"; b=\"; c=\"\"")).toSingleValueMap().values())
        .extracting(HttpCookie::getValue)
        .containsExactly("x y", "\"", "");
  }

  @Test
  void valuesMayHoldAnEqualsSignAndMayBeEmpty() {
    assertThat(RequestCookies.parse(List.of("a=b=c;d=")).toSingleValueMap().values())
        .extracting(HttpCookie::getValue)
        .containsExactly("b=c", "");
  }

  @Test
  void whatIsNoPairIsSkipped() {
    assertThat(RequestCookies.parse(List.of("", ";;", "novalue; =x; a=1", "b")))
        .containsOnlyKeys("a");
  }
}
