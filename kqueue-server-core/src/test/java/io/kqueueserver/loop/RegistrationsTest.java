package io.kqueueserver.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.queue.EventList;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RegistrationsTest {
  private final Registrations registrations = new Registrations();

  private static final class Handler implements EventHandler {
    @Override
    public void registerAgain() {}

    @Override
    public void onEvent(EventList events, int index) {}

    @Override
    public void onFailure(Throwable error) {}

    @Override
    public void onLoopEnd() {}

    @Override
    public int fd() {
      return -1;
    }
  }

  @Test
  void anEventOfAnEarlierGenerationDoesNotReachTheSuccessorOfItsSlot() {
    Handler first = new Handler();
    long stale = registrations.add(first);
    registrations.remove(stale);
    Handler second = new Handler();
    long current = registrations.add(second);

    assertThat((int) current).as("the slot is used again").isEqualTo((int) stale);
    assertThat(registrations.find(stale)).isNull();
    assertThat(registrations.find(current)).isSameAs(second);
  }

  @Test
  void removingTwiceLeavesTheSuccessorAlone() {
    long first = registrations.add(new Handler());
    registrations.remove(first);
    Handler second = new Handler();
    long current = registrations.add(second);
    registrations.remove(first);

    assertThat(registrations.find(current)).isSameAs(second);
    assertThat(registrations.size()).isEqualTo(1);
  }

  @Test
  void anUdataThatWasNeverGivenOutFindsNobody() {
    assertThat(registrations.find(0)).isNull();
    assertThat(registrations.find(-1)).isNull();
    assertThat(registrations.find(Long.MAX_VALUE)).isNull();
  }

  @Test
  void growsAndKeepsEveryone() {
    List<Handler> handlers = new ArrayList<>();
    List<Long> udata = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      Handler handler = new Handler();
      handlers.add(handler);
      udata.add(registrations.add(handler));
    }

    for (int i = 0; i < 1_000; i++) {
      assertThat(registrations.find(udata.get(i))).isSameAs(handlers.get(i));
    }
    assertThat(registrations.snapshot()).hasSize(1_000);
  }

  @Test
  void anObserverSeesNothingOfAHandlerThatGoesWhileItLooks() {
    long first = registrations.add(new Handler());
    int slot = (int) first;

    assertThat(registrations.<Long>observe(slot, (udata, handler) -> udata)).isEqualTo(first);
    assertThat(
            registrations.<String>observe(
                slot,
                (udata, handler) -> {
                  registrations.remove(udata);
                  registrations.add(new Handler());
                  return "half a handler";
                }))
        .isNull();
    assertThat(registrations.<String>observe(slot + 1, (udata, handler) -> "none")).isNull();
    assertThat(registrations.<String>observe(1_000, (udata, handler) -> "none")).isNull();
  }
}
