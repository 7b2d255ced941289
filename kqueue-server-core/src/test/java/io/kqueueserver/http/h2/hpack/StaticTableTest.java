package io.kqueueserver.http.h2.hpack;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** RFC 7541 Appendix A. */
class StaticTableTest {
  @Test
  void findsEveryFieldByNameAndValue() {
    for (int index = 1; index <= StaticTable.LENGTH; index++) {
      String name = StaticTable.name(index);
      int first = StaticTable.find(name);
      assertThat(StaticTable.name(first)).isEqualTo(name);
      assertThat(first).isLessThanOrEqualTo(index);
      assertThat(StaticTable.find(first, StaticTable.value(index))).isEqualTo(index);
      assertThat(StaticTable.find(first, "another")).isZero();
    }
    assertThat(StaticTable.find("x-other")).isZero();
    assertThat(StaticTable.find("")).isZero();
  }

  @Test
  void hasTheIndicesOfTheAppendix() {
    assertThat(StaticTable.name(1)).isSameAs(":authority");
    assertThat(StaticTable.find(":status")).isEqualTo(8);
    assertThat(StaticTable.find(8, "500")).isEqualTo(14);
    assertThat(StaticTable.find("accept-encoding")).isEqualTo(16);
    assertThat(StaticTable.value(16)).isEqualTo("gzip, deflate");
    assertThat(StaticTable.find("date")).isEqualTo(33);
    assertThat(StaticTable.find("set-cookie")).isEqualTo(55);
    assertThat(StaticTable.name(61)).isSameAs("www-authenticate");
  }
}
