package io.kqueueserver.server;

import io.kqueueserver.RunningServer;
import io.kqueueserver.http.contract.Loans;
import io.kqueueserver.loop.LoopAccounts;
import io.kqueueserver.net.Worker;
import io.kqueueserver.stats.LoopStats;
import io.kqueueserver.stats.WireProtocol;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * What a test of a server accounts for at its end: whatever was taken has been given back, or the
 * test fails with the name of what was not. Descriptors and threads are those of the process.
 */
final class Ledger {
  private static final Duration POLL = Duration.ofMillis(5);

  private final Duration patience;
  private final Map<String, String> descriptorsBefore = Descriptors.all();

  Ledger() {
    this(Duration.ofSeconds(10));
  }

  Ledger(Duration patience) {
    this.patience = patience;
  }

  /** Awaits that a server which still runs has nothing left of its connections. */
  void awaitIdle(RunningServer running, Loans loans) {
    await("the server still has", () -> open(running, loans));
  }

  /** Awaits that a server which has stopped left nothing behind. */
  void awaitGone(RunningServer stopped, Loans loans) {
    await("the stopped server left", () -> left(stopped, loans));
  }

  private void await(String what, Supplier<List<String>> open) {
    if (open.get().isEmpty()) {
      return;
    }
    try {
      Awaitility.await().pollInterval(POLL).atMost(patience).until(() -> open.get().isEmpty());
    } catch (ConditionTimeoutException e) {
      List<String> leaked = open.get();
      if (!leaked.isEmpty()) {
        throw new AssertionError(what + ": " + String.join("; ", leaked));
      }
    }
  }

  private static List<String> open(RunningServer running, Loans loans) {
    List<String> open = new ArrayList<>();
    count(open, running.activeExchanges(), "exchanges under way");
    count(open, running.connections(), "connections counted against the limit");
    count(open, running.addresses(), "addresses counted against their limit");
    RequestGate.Places places = running.requestPlaces();
    if (places != null) {
      count(open, places.running(), "places of running requests");
      count(open, places.runningManagement(), "places of requests of management");
      count(open, places.waiting(), "requests waiting for a place");
    }
    count(open, running.heldBytes(), "bytes held");
    count(open, running.webSockets().count(), "WebSocket sessions");
    count(open, running.webSockets().lentZlib(), "inflaters and deflaters lent");
    for (Worker worker : running.workers()) {
      LoopStats stats = worker.loop().stats();
      String of = " of " + worker.loop().name();
      count(open, worker.connections(), "connections assigned" + of);
      count(open, stats.tls.handshaking, "handshakes" + of);
      count(open, stats.queuedBytes, "bytes queued" + of);
      count(open, stats.lentBuffers(), "lent buffers" + of);
      count(open, stats.readAheadBytes, "bytes read ahead" + of);
      count(open, stats.stagedBytes, "bytes staged" + of);
      count(open, stats.webSocket.sessions, "WebSocket sessions" + of);
      count(open, stats.webSocket.queuedBytes, "bytes of messages" + of);
      for (WireProtocol protocol : WireProtocol.values()) {
        count(open, stats.active(protocol), protocol + " connections" + of);
      }
      open.addAll(LoopAccounts.open(worker.loop()));
    }
    open.addAll(loans.open());
    return open;
  }

  private List<String> left(RunningServer stopped, Loans loans) {
    List<String> left = new ArrayList<>(loans.open());
    if (stopped != null) {
      count(left, stopped.encoders(), "encoders");
      count(left, stopped.activeExchanges(), "exchanges under way");
      count(left, stopped.heldBytes(), "bytes held");
    }
    threads().forEach(thread -> left.add("thread " + thread));
    if (Descriptors.open() > descriptorsBefore.size()) {
      Map<String, String> more = new TreeMap<>(Descriptors.all());
      more.entrySet().removeAll(descriptorsBefore.entrySet());
      more.forEach((number, target) -> left.add("descriptor " + number + " " + target));
    }
    return left;
  }

  private static void count(List<String> open, long number, String what) {
    if (number != 0) {
      open.add(number + " " + what);
    }
  }

  /** Those a server may have started; without their stacks, for which all threads would stop. */
  private static List<String> threads() {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    Thread[] all = new Thread[group.activeCount() + 16];
    int n = group.enumerate(all);
    return Arrays.stream(all, 0, n)
        .map(Thread::getName)
        .filter(name -> name.startsWith("kqueue-") && !name.equals("kqueue-preload"))
        .toList();
  }
}
