package io.kqueueserver.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KqueueDifferenceTest {
  @Test
  void everyDifferenceIsHeldToItsAnswerByACase() {
    List<String> cases = new ArrayList<>();
    for (Class<?> part = KqueueContract.class; part != Object.class; part = part.getSuperclass()) {
      cases.addAll(casesOf(part));
    }
    assertThat(cases).doesNotHaveDuplicates();
    // What only the twin can be asked, since nothing else has it.
    cases.addAll(casesOf(EpollKqueueTest.class));
    cases.addAll(casesOf(EpollVnodesTest.class));
    cases.addAll(casesOf(EpollTimersTest.class));
    for (KqueueDifference difference : KqueueDifference.values()) {
      assertThat(cases).as(difference.name()).contains(difference.pinnedBy());
      assertThat(difference.theBsds()).isNotBlank();
      assertThat(difference.reason()).isNotBlank();
    }
  }

  private static List<String> casesOf(Class<?> part) {
    List<String> cases = new ArrayList<>();
    for (Method method : part.getDeclaredMethods()) {
      if (method.isAnnotationPresent(Test.class)) {
        cases.add(method.getName());
      }
    }
    return cases;
  }
}
