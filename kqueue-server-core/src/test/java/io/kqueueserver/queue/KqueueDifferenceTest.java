package io.kqueueserver.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KqueueDifferenceTest {
  @Test
  void everyDifferenceIsHeldToItsAnswerByACaseOfTheContract() {
    List<String> cases = new ArrayList<>();
    for (Class<?> part = KqueueContract.class; part != Object.class; part = part.getSuperclass()) {
      for (Method method : part.getDeclaredMethods()) {
        if (method.isAnnotationPresent(Test.class)) {
          cases.add(method.getName());
        }
      }
    }
    for (KqueueDifference difference : KqueueDifference.values()) {
      assertThat(cases).as(difference.name()).contains(difference.pinnedBy());
      assertThat(difference.theBsds()).isNotBlank();
      assertThat(difference.reason()).isNotBlank();
    }
    assertThat(cases).doesNotHaveDuplicates();
  }
}
