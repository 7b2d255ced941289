package io.kqueueserver;

import io.kqueueserver.net.Acceptor;
import io.kqueueserver.net.Balancer;
import io.kqueueserver.net.Worker;
import io.kqueueserver.socket.ListenSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Has every loop accept from every listener. */
final class Accepting {
  private Accepting() {}

  /** Begins with the next turn of each loop. On failure the listeners are closed. */
  static void begin(
      List<ListenSocket> listeners, List<Worker> workers, Balancer balancer, Draining draining) {
    List<Runnable> openings = new ArrayList<>();
    try {
      for (ListenSocket listener : listeners) {
        openings.addAll(openings(listener, workers, balancer, draining));
      }
    } catch (RuntimeException | Error e) {
      listeners.forEach(ListenSocket::close); // no acceptor lets go of them
      throw e;
    }
    openings.forEach(Runnable::run);
  }

  /** An acceptor of that listener for each loop. The last that lets go closes the listener. */
  private static List<Runnable> openings(
      ListenSocket listener, List<Worker> workers, Balancer balancer, Draining draining) {
    AtomicInteger holders = new AtomicInteger(workers.size());
    Runnable letGo =
        () -> {
          if (holders.decrementAndGet() == 0) {
            draining.letGo(listener);
            listener.close();
          }
        };
    List<Runnable> openings = new ArrayList<>();
    for (Worker worker : workers) {
      Acceptor acceptor = new Acceptor(worker, listener, balancer, letGo);
      openings.add(() -> worker.loop().execute(acceptor::open));
    }
    return openings;
  }
}
