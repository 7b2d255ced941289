package io.kqueueserver.spring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.http.HttpHeaders;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;

/** A field that could not be sent is refused by whatever sets it. */
class KqueueResponseHeadersTests {
  /** Each method that sets a field, of the map and of Spring's view of it. */
  @SuppressWarnings("ImmutableEnumChecker") // the lambdas of a test hold nothing
  private enum Mutator {
    SET((fields, field) -> springs(fields).set(field.getKey(), field.getValue())),
    ADD((fields, field) -> springs(fields).add(field.getKey(), field.getValue())),
    PUT((fields, field) -> springs(fields).put(field.getKey(), List.of("1", field.getValue()))),
    ADD_ALL((fields, field) -> springs(fields).addAll(field.getKey(), List.of(field.getValue()))),
    ADD_ALL_OF_HEADERS((fields, field) -> springs(fields).addAll(new HttpHeaders(map(field)))),
    PUT_ALL_OF_HEADERS((fields, field) -> springs(fields).putAll(new HttpHeaders(map(field)))),
    SET_OF_THE_MAP((fields, field) -> fields.set(field.getKey(), field.getValue())),
    ADD_OF_THE_MAP((fields, field) -> fields.add(field.getKey(), field.getValue())),
    ADD_ALL_OF_A_MAP((fields, field) -> fields.addAll(map(field))),
    ADD_IF_ABSENT((fields, field) -> fields.addIfAbsent(field.getKey(), field.getValue())),
    SET_ALL((fields, field) -> fields.setAll(Map.of(field.getKey(), field.getValue()))),
    PUT_ALL((fields, field) -> fields.putAll(map(field))),
    PUT_IF_ABSENT((fields, field) -> fields.putIfAbsent(field.getKey(), List.of(field.getValue()))),
    COMPUTE(
        (fields, field) ->
            fields.computeIfAbsent(field.getKey(), name -> List.of(field.getValue()))),
    MERGE(
        (fields, field) ->
            fields.merge(field.getKey(), List.of(field.getValue()), (old, fresh) -> fresh));

    final BiConsumer<KqueueResponseHeaders, Map.Entry<String, String>> set;

    Mutator(BiConsumer<KqueueResponseHeaders, Map.Entry<String, String>> set) {
      this.set = set;
    }

    private static HttpHeaders springs(KqueueResponseHeaders fields) {
      return new HttpHeaders(fields);
    }

    private static MultiValueMap<String, String> map(Map.Entry<String, String> field) {
      MultiValueMap<String, String> map = new LinkedMultiValueMap<>();
      map.add(field.getKey(), field.getValue());
      return map;
    }
  }

  static Stream<Arguments> everyMutatorAndFault() {
    return Stream.of(Mutator.values())
        .flatMap(
            mutator ->
                Stream.of(
                        Map.entry("X-Late", "a\rb"),
                        Map.entry("X-Late", "a\nb"),
                        Map.entry("X-Late", "a\r\nX-Split: b"),
                        Map.entry("X-Late", "a\0b"),
                        Map.entry("X-Late", "a\u007fb"),
                        Map.entry("X Late", "a"),
                        Map.entry("X:Late", "a"),
                        Map.entry("X-L\u00e4te", "a"),
                        Map.entry("", "a"),
                        Map.entry("Content-Length", "-1"),
                        Map.entry("content-length", "5, 5"),
                        Map.entry("Content-Length", "99999999999999999999"),
                        Map.entry("Content-Length", ""))
                    .map(field -> Arguments.of(mutator, field)));
  }

  @ParameterizedTest
  @MethodSource("everyMutatorAndFault")
  void aFieldThatCannotBeSentIsRefused(Mutator mutator, Map.Entry<String, String> field) {
    KqueueResponseHeaders fields = new KqueueResponseHeaders();
    assertThatIllegalArgumentException().isThrownBy(() -> mutator.set.accept(fields, field));
    assertThat(fields).isEmpty();
  }

  @Test
  void twoLengthsThatContradictEachOtherAreRefused() {
    KqueueResponseHeaders fields = new KqueueResponseHeaders();
    fields.add("Content-Length", "5");
    fields.add("content-length", "5");
    assertThatIllegalArgumentException().isThrownBy(() -> fields.add("Content-Length", "6"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fields.put("Content-Length", List.of("5", "6")));
    fields.set("Content-Length", "7");
    assertThat(fields.get("Content-Length")).containsExactly("7");
  }

  @ParameterizedTest
  @CsvSource({"X-Late,a\tb", "X-Late,''", "x!#$%&*+-.^_`|~9,ä€", "Content-Length,0"})
  void whatMayBeSentIsTaken(String name, String value) {
    KqueueResponseHeaders fields = new KqueueResponseHeaders();
    fields.add(name, value);
    assertThat(fields.getFirst(name)).isEqualTo(value);
  }

  @Test
  void aValueThatCannotBeSentIsRefusedByAnEntry() {
    KqueueResponseHeaders fields = new KqueueResponseHeaders();
    fields.add("X-Late", "old");
    Map.Entry<String, List<String>> entry = fields.entrySet().iterator().next();
    assertThatIllegalArgumentException().isThrownBy(() -> entry.setValue(List.of("a\nb")));
    assertThat(fields.get("X-Late")).containsExactly("old");
  }

  @Test
  void whatIsRefusedLeavesTheOldField() {
    KqueueResponseHeaders fields = new KqueueResponseHeaders();
    fields.add("X-Late", "old");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fields.put("X-Late", List.of("new", "a\nb")));
    assertThat(fields.get("X-Late")).containsExactly("old");
  }
}
