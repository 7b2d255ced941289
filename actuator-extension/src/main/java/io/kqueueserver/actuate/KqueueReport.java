package io.kqueueserver.actuate;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * The response of the endpoint without a sub-path. The names are a contract, written down in {@code
 * docs/endpoint.md}: members may be added, none is renamed. Times are nanoseconds. Counts begin at
 * the server's start. Percentiles are of the last minute.
 */
public record KqueueReport(Descriptors descriptors, List<Server> servers)
    implements OperationResponseBody {

  /** The descriptors of the process; -1 if the JVM does not report them. */
  public record Descriptors(long open, long limit) {}

  /** One running server. */
  public record Server(
      String server,
      String backend,
      String abi,
      long uptimeNanos,
      Limits limits,
      Connections connections,
      Requests requests,
      Data data,
      Map<String, Long> limitsHit,
      List<Listener> listeners,
      List<Loop> loops) {}

  /** The limits that a server was set; -1 for no limit, 0 in the last two. */
  public record Limits(
      int maxConnections,
      int backlog,
      long idleTimeoutNanos,
      long requestHeaderTimeoutNanos,
      long bodyTimeoutNanos,
      long writeTimeoutNanos,
      long stallThresholdNanos,
      int maxRequestLineBytes,
      int maxHeaderBytes,
      int maxHeaderCount,
      long maxRequestBodyBytes,
      long maxUnreadBodyBytes,
      int maxKeepAliveRequests,
      int maxConnectionsPerAddress,
      int maxRunningRequests) {}

  /** Connections of all loops; the addresses are null if connections are not counted by them. */
  public record Connections(
      int active,
      long accepted,
      Map<String, Integer> byProtocol,
      Map<String, Long> closed,
      @Nullable Integer addresses) {}

  /** Requests of all loops; the last three are null if running requests are not bounded. */
  public record Requests(
      int active,
      long total,
      @Nullable Integer running,
      @Nullable Integer runningManagement,
      @Nullable Integer waiting) {}

  /** Bytes of all loops. */
  public record Data(long received, long sent, long sendfile, long queued) {}

  /** A listening socket, which all loops share. */
  public record Listener(String address, int loopsPaused) {}

  /**
   * One loop. The groups are those of the code; in JSON the members of all groups stand side by
   * side.
   */
  public record Loop(
      @JsonUnwrapped Named named,
      @JsonUnwrapped Load load,
      @JsonUnwrapped Measured measured,
      @JsonUnwrapped Events events,
      @JsonUnwrapped Served served,
      @JsonUnwrapped Work work,
      Accepting accepting,
      @JsonUnwrapped Memory memory,
      @JsonUnwrapped Stuck stuck) {}

  /** Number and thread name of a loop. */
  public record Named(int loop, String thread) {}

  /**
   * The state of a loop, the time its turn has lasted, and the share of a minute in which it works.
   */
  public record Load(String state, long busyNanos, double utilization) {}

  /** The measured times of a loop. */
  public record Measured(Times latency, Times turn, Times poll, Times timerLag, Times taskWait) {}

  /** Events of a loop by filter, and the descriptors they come from by kind. */
  public record Events(
      Counts eventsPerTurn, Map<String, Long> events, Map<String, Integer> registered) {}

  /** Connections of a loop, and their requests. */
  public record Served(int connections, long accepted, long requests) {}

  /** Counts of what a loop has done. */
  public record Work(
      int tasksPending,
      long tasks,
      long turns,
      long wakeups,
      long changes,
      long staleEvents,
      long errors) {}

  /** Bytes of a loop's queued responses, the buffers lent to them, bytes of native buffers. */
  public record Memory(long bufferedBytes, int lentBuffers, long pooledBytes) {}

  /** Turns of a loop that took too long. */
  public record Stuck(long stalls, KqueueStalls.@Nullable Stall lastStall) {}

  /** A measured time. */
  public record Times(
      long count,
      long totalNanos,
      long p50Nanos,
      long p95Nanos,
      long p99Nanos,
      long p999Nanos,
      long maxNanos) {}

  /** A measured number. */
  public record Counts(long p50, long p95, long p99, long p999, long max) {}

  /** Whether a loop pauses accepting, for how long, the cause, and the number of pauses. */
  public record Accepting(boolean paused, long pausedNanos, @Nullable String cause, long pauses) {}
}
