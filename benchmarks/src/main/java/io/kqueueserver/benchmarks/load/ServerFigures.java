package io.kqueueserver.benchmarks.load;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.RunningServer;
import io.kqueueserver.net.Worker;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What only the server's own process can tell: a line of {@code name=number} each. */
final class ServerFigures {
  static final ServerFigures NONE = new ServerFigures(null);

  private final @Nullable KqueueServer server;

  ServerFigures(@Nullable KqueueServer server) {
    this.server = server;
  }

  @Override
  public String toString() {
    StringBuilder lines = new StringBuilder();
    RunningServer running = server == null ? null : server.running();
    if (running != null) {
      add(lines, "connections", running.connections());
      add(lines, "held.bytes", running.heldBytes());
      List<Worker> workers = running.workers();
      add(lines, "loops", workers.size());
      for (int i = 0; i < workers.size(); i++) {
        add(lines, "loop" + i + ".connections", workers.get(i).connections());
        add(lines, "loop" + i + ".requests", workers.get(i).loop().stats().requests);
      }
    }
    for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
      if (pool.getName().equals("direct")) {
        add(lines, "direct.buffers", pool.getCount());
        add(lines, "direct.bytes", pool.getMemoryUsed());
      }
    }
    return lines.toString();
  }

  private static void add(StringBuilder lines, String name, long value) {
    lines.append(name).append('=').append(value).append('\n');
  }
}
