package io.kqueueserver.spring.ws;

import io.kqueueserver.http.Exchange;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Takes what the application does on any thread to the loop, in the order in which it was done. A
 * call on the loop runs at once, unless earlier ones are still on their way.
 */
final class LoopOrder {
  private final Exchange exchange;
  private final AtomicInteger underWay = new AtomicInteger();

  LoopOrder(Exchange exchange) {
    this.exchange = exchange;
  }

  /** Runs the task on the loop; false if the loop has ended, in which case it will not run. */
  boolean run(Runnable task) {
    if (exchange.inLoop() && underWay.get() == 0) {
      task.run();
      return true;
    }
    underWay.incrementAndGet();
    boolean taken =
        exchange.execute(
            () -> {
              underWay.decrementAndGet();
              task.run();
            });
    if (!taken) {
      underWay.decrementAndGet();
    }
    return taken;
  }
}
