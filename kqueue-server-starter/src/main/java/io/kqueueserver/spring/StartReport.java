package io.kqueueserver.spring;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.RunningServer;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.net.tls.TlsProfile;
import io.kqueueserver.net.tls.TlsProviders;
import io.kqueueserver.server.ServerOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The log lines of a start: the addresses, the platform, and advice on limits. */
final class StartReport {
  /**
   * 128: descriptors that JVM and application open besides connections, for jars, loops, listeners
   * and files.
   */
  static final int OTHER_DESCRIPTORS = 128;

  /** Whether the hint about native access was given. The hint concerns the JVM, not one server. */
  private static final AtomicBoolean nativeAccessReported = new AtomicBoolean();

  private StartReport() {}

  /** The addresses in the form of Spring Boot's other servers, as in {@code port 8080 (http)}. */
  static String where(KqueueServer server, int port) {
    String scheme = server.options().tls() == null ? " (http)" : " (https)";
    RunningServer running = server.running();
    // Another thread has stopped the server meanwhile: only the port is known.
    return running == null ? "port " + port + scheme : where(running, port, scheme);
  }

  /**
   * The platform and the limits of a running server, for example {@code epoll on linux-x86_64,
   * loops kqueue-loop-0..1, max-connections 8192, descriptor limit 1048576}. Null if the server was
   * stopped.
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
   * The providers of TLS, as in {@code , TLS by SunJSSE 17 (shop.example by Conscrypt 2.6.0)};
   * empty for a server in the clear.
   */
  static String tls(KqueueServer server) {
    TlsOptions tls = server.options().tls();
    if (tls == null) {
      return "";
    }
    String standard = provider(tls.profile());
    String others =
        new TreeMap<>(tls.byServerName())
            .entrySet().stream()
                .filter(named -> !provider(named.getValue()).equals(standard))
                .map(named -> named.getKey() + " by " + provider(named.getValue()))
                .collect(Collectors.joining(", "));
    return ", TLS by " + standard + (others.isEmpty() ? "" : " (" + others + ")");
  }

  private static String provider(Supplier<TlsProfile> profile) {
    return TlsProviders.shown(profile.get().context().getProvider());
  }

  /**
   * The port and the path of a Unix domain socket, as in {@code port 8080 (http), unix:/run/a
   * (http)}.
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

  /** Advice on limits and native access, one line each; empty as a rule. */
  static List<String> hints(KqueueServer server) {
    List<String> hints = new ArrayList<>();
    RunningServer running = server.running();
    if (running != null) {
      String descriptors =
          descriptorHint(
              server.options().connections().max(),
              descriptorsPerConnection(server.options().tls()),
              running.descriptorLimit());
      if (descriptors != null) {
        hints.add(descriptors);
      }
      if (Native.nativeAccessMissing() && nativeAccessReported.compareAndSet(false, true)) {
        hints.add(
            "This JVM has let the class path load native code, but a later one will refuse; "
                + Native.NATIVE_ACCESS_REMEDY);
      }
    }
    return hints;
  }

  /** The most of any profile: an engine may have descriptors of its own. */
  private static int descriptorsPerConnection(@Nullable TlsOptions tls) {
    int most = 1;
    if (tls != null) {
      most += tls.profile().get().descriptors();
      for (Supplier<TlsProfile> profile : tls.byServerName().values()) {
        most = Math.max(most, 1 + profile.get().descriptors());
      }
    }
    return most;
  }

  static @Nullable String descriptorHint(int maxConnections, int each, long limit) {
    long room = (limit - OTHER_DESCRIPTORS) / each;
    if (limit < 0 || maxConnections <= room) {
      return null;
    }
    return "kqueue.server.max-connections is "
        + maxConnections
        + (each == 1 ? "" : ", of " + each + " descriptors each with their TLS engine")
        + ", but this process may open only "
        + limit
        + " descriptors, and accepting pauses when they are used up; raise the limit (ulimit -n "
        + ((long) maxConnections * each + OTHER_DESCRIPTORS)
        + ") or set kqueue.server.max-connections="
        + Math.max(1, room);
  }
}
