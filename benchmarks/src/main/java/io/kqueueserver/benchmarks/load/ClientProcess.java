package io.kqueueserver.benchmarks.load;

import java.util.List;

/** A {@link LoadClient} in a process of its own, under a descriptor limit of its own. */
public final class ClientProcess extends ChildProcess {
  /** What a run of a client's active connections came to. */
  public record Run(long requests, long failures, long p50Nanos, long p99Nanos, long maxNanos) {}

  public ClientProcess(int port) {
    super(List.of("-Xmx512m", "-XX:+UseSerialGC"), LoadClient.class, String.valueOf(port));
  }

  /** Begins to open connections of which so many, evenly spread, will be active. */
  public void beginOpen(int connections, int active, String sources) {
    send("open " + connections + " " + active + " " + sources);
  }

  /** Waits until they are open and each has had one answer. */
  public void awaitOpen() {
    answer("opened ");
  }

  /** Every active connection sends its next request when it has the last answer. */
  public void beginRun(long millis) {
    beginRun(millis, 0);
  }

  /** With a pause between answer and next request, so that the server is not at its limit. */
  public void beginRun(long millis, long pauseMillis) {
    send("run " + millis + " " + pauseMillis);
  }

  public Run awaitRun() {
    String[] fields = answer("ran ").split(" ");
    return new Run(
        Long.parseLong(fields[0]),
        Long.parseLong(fields[1]),
        Long.parseLong(fields[2]),
        Long.parseLong(fields[3]),
        Long.parseLong(fields[4]));
  }

  public void closeIdle() {
    send("close-idle");
    answer("closed");
  }

  public void closeAll() {
    send("close-all");
    answer("closed");
  }
}
