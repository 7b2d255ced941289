package io.kqueueserver.spring;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.RunningServer;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.server.ServerOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The log lines of a start: where the server listens, what it runs on, and advice on limits. */
final class StartReport {
  /** What the JVM and the application open besides connections: jars, loops, listeners, files. */
  static final int OTHER_DESCRIPTORS = 128;

  /** The access to native code is the JVM's: a second server has nothing new to say. */
  private static final AtomicBoolean nativeAccessTold = new AtomicBoolean();

  private StartReport() {}

  /** For example {@code port 8080 (http)}; what Spring Boot's other servers say. */
  static String where(KqueueServer server, int port) {
    String scheme = server.options().tls() == null ? " (http)" : " (https)";
    RunningServer running = server.running();
    // Stopped meanwhile, by another thread: the port is all that is known.
    return running == null ? "port " + port + scheme : where(running, port, scheme);
  }

  /**
   * What it runs on and within which limits, for example {@code epoll on linux-x86_64, loops
   * kqueue-loop-0..1, max-connections 8192, descriptor limit 1048576}; null if it was stopped.
   */
  static @Nullable String runsOn(KqueueServer server) {
    ServerOptions options = server.options();
    RunningServer running = server.running();
    return running == null
        ? null
        : running.backend()
            + ", "
            + loops(options)
            + ", max-connections "
            + options.connections().max()
            + ", descriptor limit "
            + shown(running.descriptorLimit());
  }

  /**
   * The port, and the path of a Unix domain socket: {@code port 8080 (http), unix:/run/a (http)}.
   */
  private static String where(RunningServer running, int port, String scheme) {
    List<String> all = new ArrayList<>();
    if (port >= 0) {
      all.add("port " + port + scheme);
    }
    running.listenerNames().stream()
        .filter(name -> name.startsWith("unix:"))
        .forEach(name -> all.add(name + scheme));
    return String.join(", ", all);
  }

  private static String loops(ServerOptions options) {
    String first = options.loops().name() + "-loop-0";
    int loops = options.loops().count();
    return loops == 1 ? "loop " + first : "loops " + first + ".." + (loops - 1);
  }

  private static String shown(long limit) {
    return limit < 0 ? "unknown" : limit == Long.MAX_VALUE ? "none" : Long.toString(limit);
  }

  /** Advice for the log; empty as a rule. */
  static List<String> hints(KqueueServer server) {
    List<String> hints = new ArrayList<>();
    RunningServer running = server.running();
    if (running != null) {
      String descriptors =
          descriptorHint(server.options().connections().max(), running.descriptorLimit());
      if (descriptors != null) {
        hints.add(descriptors);
      }
      if (Native.nativeAccessMissing() && nativeAccessTold.compareAndSet(false, true)) {
        hints.add(
            "This JVM has let the class path load native code, but a later one will refuse; "
                + Native.NATIVE_ACCESS_REMEDY);
      }
    }
    return hints;
  }

  static @Nullable String descriptorHint(int maxConnections, long limit) {
    long room = limit - OTHER_DESCRIPTORS;
    if (limit < 0 || maxConnections <= room) {
      return null;
    }
    return "kqueue.server.max-connections is "
        + maxConnections
        + ", but this process may open only "
        + limit
        + " descriptors, and accepting pauses when they are used up; raise the limit (ulimit -n "
        + ((long) maxConnections + OTHER_DESCRIPTORS)
        + ") or set kqueue.server.max-connections="
        + Math.max(1, room);
  }
}
