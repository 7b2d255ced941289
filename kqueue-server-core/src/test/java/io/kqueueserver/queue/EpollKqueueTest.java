package io.kqueueserver.queue;

import static io.kqueueserver.queue.EventFlag.EV_ADD;
import static io.kqueueserver.queue.EventFlag.EV_CLEAR;
import static io.kqueueserver.queue.Filter.EVFILT_READ;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kqueueserver.ffi.LinuxLibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.socket.Sockets;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The Linux twin under the contract, and what it does beyond or otherwise. */
@EnabledOnOs(OS.LINUX)
class EpollKqueueTest extends KqueueContract {
  @Override
  protected Native natives() {
    return Native.load(new NativeOptions(null, null, null, null));
  }

  @Override
  protected Set<KqueueDifference> differences() {
    return KqueueDifference.TWIN;
  }

  @Test
  void anInterruptedPollHasAppliedItsChanges() {
    AtomicInteger interruptions = new AtomicInteger(1);
    LinuxLibC libc = (LinuxLibC) natives.libc();
    LinuxLibC interrupted =
        (LinuxLibC)
            Proxy.newProxyInstance(
                LinuxLibC.class.getClassLoader(),
                new Class<?>[] {LinuxLibC.class},
                (proxy, method, args) -> {
                  if (method.getName().equals("epoll_wait")
                      && interruptions.getAndDecrement() > 0) {
                    jnr.ffi.Runtime.getSystemRuntime().setLastError(natives.errno().EINTR);
                    return -1;
                  }
                  try {
                    return method.invoke(libc, args);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    connection.peerSendsAndArrives(1);
    try (Kqueue other = new EpollKqueue(natives, interrupted)) {
      ChangeList adds = other.newChangeList();
      adds.add(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0, 1);
      assertThat(other.poll(adds, events, PATIENCE)).isZero();
      assertThat(adds.size()).isZero();
      assertThat(other.poll(adds, events, PATIENCE)).isEqualTo(1);
      assertEvent(0, EVFILT_READ, connection.fd, 1);
      assertThat(other.poll(adds, events, NOW)).isZero();
    }
  }

  /** As after a library has closed a descriptor twice, and something was opened in between. */
  @Test
  void theNumberOfAQueueThatIsAnothersNowIsNotClosed() {
    Sockets sockets = new Sockets(natives);
    LinuxLibC libc = (LinuxLibC) natives.libc();
    List<Integer> sets = new ArrayList<>();
    LinuxLibC recorded =
        (LinuxLibC)
            Proxy.newProxyInstance(
                LinuxLibC.class.getClassLoader(),
                new Class<?>[] {LinuxLibC.class},
                (proxy, method, args) -> {
                  Object result = method.invoke(libc, args);
                  if (method.getName().equals("epoll_create1")) {
                    sets.add((Integer) result);
                  }
                  return result;
                });
    Kqueue other = new EpollKqueue(natives, recorded);
    int number = sets.get(0);
    sockets.close(number);
    List<Integer> strangers = new ArrayList<>();
    while (!strangers.contains(number) && strangers.size() < 1_000) {
      strangers.add(sockets.openForRead("/dev/null"));
    }

    assertThatThrownBy(() -> other.poll(other.newChangeList(), events, NOW))
        .hasMessageContaining("EINVAL");
    other.close();

    assertThat(strangers).contains(number).allMatch(fd -> sockets.close(fd) == 0);
  }

  @Test
  void aLowWaterMarkHoldsBackEveryQueueOfTheSocket() {
    changes.add(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, EventFlag.NOTE_LOWAT, 50, 1);
    assertSilent();
    try (Kqueue other = new EpollKqueue(natives, (LinuxLibC) natives.libc())) {
      ChangeList adds = other.newChangeList();
      adds.add(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0, 2);
      assertThat(other.poll(adds, events, NOW)).isZero();
      connection.peerSendsAndArrives(30);
      assertThat(other.poll(adds, events, NOW)).isZero();
      connection.peerSendsAndArrives(30);
      assertThat(other.poll(adds, events, PATIENCE)).isEqualTo(1);
      assertEvent(0, EVFILT_READ, connection.fd, 2);
      assertThat(other.poll(adds, events, NOW)).isZero();
    }
    assertOne(EVFILT_READ, connection.fd, 1);
    assertSilent();
  }
}
