package io.kqueueserver.actuate;

import io.kqueueserver.RunningServer;
import io.kqueueserver.actuate.KqueueReport.Accepting;
import io.kqueueserver.actuate.KqueueReport.Connections;
import io.kqueueserver.actuate.KqueueReport.Counts;
import io.kqueueserver.actuate.KqueueReport.Data;
import io.kqueueserver.actuate.KqueueReport.Descriptors;
import io.kqueueserver.actuate.KqueueReport.Events;
import io.kqueueserver.actuate.KqueueReport.Limits;
import io.kqueueserver.actuate.KqueueReport.Listener;
import io.kqueueserver.actuate.KqueueReport.Load;
import io.kqueueserver.actuate.KqueueReport.Loop;
import io.kqueueserver.actuate.KqueueReport.Measured;
import io.kqueueserver.actuate.KqueueReport.Memory;
import io.kqueueserver.actuate.KqueueReport.Named;
import io.kqueueserver.actuate.KqueueReport.Requests;
import io.kqueueserver.actuate.KqueueReport.Served;
import io.kqueueserver.actuate.KqueueReport.Server;
import io.kqueueserver.actuate.KqueueReport.Stuck;
import io.kqueueserver.actuate.KqueueReport.Times;
import io.kqueueserver.actuate.KqueueReport.Work;
import io.kqueueserver.ip.IpText;
import io.kqueueserver.queue.Filter;
import io.kqueueserver.server.RequestGate;
import io.kqueueserver.server.ServerOptions;
import io.kqueueserver.server.observe.LoopView;
import io.kqueueserver.server.observe.Stall;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.CurrentRequest;
import io.kqueueserver.stats.DescriptorKind;
import io.kqueueserver.stats.HistogramSnapshot;
import io.kqueueserver.stats.Limit;
import io.kqueueserver.stats.LoopStats;
import io.kqueueserver.stats.LoopWindow;
import io.kqueueserver.stats.PauseCause;
import io.kqueueserver.stats.WireProtocol;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Makes the endpoint's records from a running server. Any thread. */
final class Reporter {
  /** 256: most frames of a stack. The outermost frames of a deeper stack are left out. */
  private static final int MAX_FRAMES = 256;

  private Reporter() {}

  static KqueueReport report(Map<String, RunningServer> servers, Mask mask) {
    List<Server> all = new ArrayList<>();
    servers.forEach((name, server) -> all.add(server(name, server, mask)));
    return new KqueueReport(
        new Descriptors(ProcessDescriptors.open(), ProcessDescriptors.limit()), all);
  }

  static KqueueStalls stalls(Map<String, RunningServer> servers, Mask mask) {
    List<KqueueStalls.Stall> all = new ArrayList<>();
    servers.forEach(
        (name, server) -> server.stalls().forEach(stall -> all.add(stall(name, stall, mask))));
    all.sort(Comparator.comparing(KqueueStalls.Stall::startedAt).reversed());
    return new KqueueStalls(all);
  }

  static KqueueDrain drain(Map<String, RunningServer> servers, Mask mask) {
    List<KqueueDrain.Server> all = new ArrayList<>();
    servers.forEach(
        (name, server) ->
            all.add(
                new KqueueDrain.Server(
                    name,
                    server.drainingNanos() > 0,
                    server.drainingNanos(),
                    server.activeExchanges(),
                    server.webSockets().count(),
                    server.connections(),
                    new ConnectionTable(name, server, mask).busy(KqueueDrain.LISTED))));
    return new KqueueDrain(all);
  }

  static KqueueHistory history(Map<String, RunningServer> servers) {
    List<KqueueHistory.Loop> all = new ArrayList<>();
    servers.forEach(
        (name, server) ->
            server
                .loops()
                .forEach(
                    loop ->
                        all.add(
                            new KqueueHistory.Loop(
                                name,
                                loop.number(),
                                loop.recentSteps().stream().map(Reporter::step).toList()))));
    return new KqueueHistory(all);
  }

  private static KqueueHistory.Step step(LoopWindow.Step step) {
    HistogramSnapshot latency = step.latency();
    Map<String, Long> events = new LinkedHashMap<>();
    for (Filter filter : Filter.values()) {
      events.put(Labels.of(filter), step.counts().events(filter));
    }
    Map<String, Integer> registered = new LinkedHashMap<>();
    for (DescriptorKind kind : DescriptorKind.values()) {
      registered.put(Labels.of(kind), step.counts().registered(kind));
    }
    return new KqueueHistory.Step(
        step.ageNanos(),
        step.spanNanos(),
        step.utilization(),
        new KqueueHistory.Latency(
            latency.percentile(0.5), latency.percentile(0.99), latency.percentile(0.999)),
        events,
        registered);
  }

  private static KqueueStalls.Stall stall(String server, Stall stall, Mask mask) {
    Stall.Request request = stall.culprit().request();
    return new KqueueStalls.Stall(
        server,
        stall.id(),
        stall.where().loop(),
        stall.where().thread(),
        stall.span().startedAt(),
        stall.span().durationNanos(),
        stall.span().ongoing(),
        Labels.of(stall.cause()),
        mask.ofNullable(stall.culprit().peer()),
        request == null ? null : request.method(),
        request == null ? null : mask.of(request.path()),
        request == null ? null : request.handler(),
        request == null ? null : streamId(request.streamId()),
        frames(stall.stacks().first()),
        frames(stall.stacks().last()));
  }

  /** The id of a stream; null if the protocol has no streams. */
  static @Nullable Long streamId(long id) {
    return id == CurrentRequest.NO_STREAM ? null : id;
  }

  private static List<String> frames(List<StackTraceElement> stack) {
    return stack.stream().limit(MAX_FRAMES).map(StackTraceElement::toString).toList();
  }

  private static Server server(String name, RunningServer server, Mask mask) {
    List<LoopView> loops = server.loops();
    return new Server(
        name,
        loops.get(0).backend(),
        server.abi(),
        server.uptimeNanos(),
        limits(server.options()),
        connections(server, loops),
        requests(server, loops),
        new Data(
            sum(loops, stats -> stats.bytesRead),
            sum(loops, stats -> stats.bytesWritten),
            sum(loops, stats -> stats.sendfileBytes),
            sum(loops, stats -> stats.queuedBytes)),
        byLabel(Limit.values(), limit -> sum(loops, stats -> stats.limitHits(limit))),
        listeners(server, loops),
        loops.stream().map(loop -> loop(name, loop, server.options(), mask)).toList());
  }

  private static Limits limits(ServerOptions options) {
    return new Limits(
        options.connections().max(),
        options.listen().backlog(),
        nanos(options.timeouts().idle()),
        nanos(options.timeouts().header()),
        nanos(options.timeouts().body()),
        nanos(options.timeouts().write()),
        Math.max(-1, nanos(options.loops().stallThreshold())),
        options.limits().maxRequestLineBytes(),
        options.limits().maxHeaderBytes(),
        options.limits().maxHeaderCount(),
        options.limits().maxBodyBytes(),
        options.limits().maxUnreadBodyBytes(),
        options.limits().maxKeepAliveRequests(),
        options.admission().maxConnectionsPerAddress(),
        options.admission().running().max());
  }

  private static long nanos(Duration duration) {
    try {
      return duration.toNanos();
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE; // some user's "forever"
    }
  }

  private static Connections connections(RunningServer server, List<LoopView> loops) {
    Map<String, Integer> byProtocol = new LinkedHashMap<>();
    for (WireProtocol protocol : WireProtocol.values()) {
      byProtocol.put(protocol.label(), (int) sum(loops, stats -> stats.active(protocol)));
    }
    return new Connections(
        server.connections(),
        sum(loops, stats -> stats.accepted),
        byProtocol,
        byLabel(CloseReason.values(), reason -> sum(loops, stats -> stats.closedCount(reason))),
        server.options().admission().maxConnectionsPerAddress() > 0 ? server.addresses() : null);
  }

  private static Requests requests(RunningServer server, List<LoopView> loops) {
    RequestGate.Places places = server.requestPlaces();
    return new Requests(
        server.activeExchanges(),
        sum(loops, stats -> stats.requests),
        places == null ? null : places.running(),
        places == null ? null : places.runningManagement(),
        places == null ? null : places.waiting());
  }

  private static List<Listener> listeners(RunningServer server, List<LoopView> loops) {
    int paused = (int) loops.stream().filter(loop -> loop.acceptPausedNanos() > 0).count();
    return server.listenerNames().stream().map(name -> new Listener(name, paused)).toList();
  }

  private static Loop loop(String server, LoopView loop, ServerOptions options, Mask mask) {
    LoopStats stats = loop.stats();
    LoopWindow.View recent = loop.window();
    Map<String, Long> events = new LinkedHashMap<>();
    for (Filter filter : Filter.values()) {
      events.put(Labels.of(filter), stats.events(filter));
    }
    Map<String, Integer> registered = new LinkedHashMap<>();
    for (DescriptorKind kind : DescriptorKind.values()) {
      registered.put(Labels.of(kind), stats.registered(kind));
    }
    Stall last = loop.lastStall();
    return new Loop(
        new Named(loop.number(), loop.name()),
        new Load(state(loop, options), loop.busyNanos(), recent.utilization()),
        new Measured(
            times(LoopTimer.LATENCY, stats, recent),
            times(LoopTimer.TURN, stats, recent),
            times(LoopTimer.POLL, stats, recent),
            times(LoopTimer.TIMER_LAG, stats, recent),
            times(LoopTimer.TASK_WAIT, stats, recent)),
        new Events(counts(recent.eventsPerTurn()), events, registered),
        new Served(stats.registered(DescriptorKind.CONNECTION), stats.accepted, stats.requests),
        new Work(
            loop.pendingTasks(),
            stats.tasks,
            stats.turns,
            stats.wakeups,
            stats.changes,
            stats.staleEvents,
            stats.handlerErrors),
        accepting(loop),
        new Memory(stats.queuedBytes, stats.lentBuffers(), stats.pooledBytes),
        new Stuck(loop.stalls(), last == null ? null : stall(server, last, mask)));
  }

  /** The state of a loop: {@code waiting}, {@code busy}, {@code stalled} or {@code ended}. */
  static String state(LoopView loop, ServerOptions options) {
    if (loop.hasEnded()) {
      return "ended";
    }
    long busy = loop.busyNanos();
    long threshold = nanos(options.loops().stallThreshold());
    if (busy == 0) {
      return "waiting";
    }
    return threshold > 0 && busy > threshold ? "stalled" : "busy";
  }

  private static Accepting accepting(LoopView loop) {
    long paused = loop.acceptPausedNanos();
    PauseCause cause = loop.stats().acceptPauseCause;
    return new Accepting(
        paused > 0,
        paused,
        paused == 0 || cause == null ? null : Labels.of(cause),
        loop.stats().acceptPauses);
  }

  private static Times times(LoopTimer timer, LoopStats stats, LoopWindow.View view) {
    HistogramSnapshot recent = timer.recent(view);
    return new Times(
        timer.total(stats).count(),
        timer.total(stats).totalNanos(),
        recent.percentile(0.5),
        recent.percentile(0.95),
        recent.percentile(0.99),
        recent.percentile(0.999),
        recent.max());
  }

  private static Counts counts(HistogramSnapshot recent) {
    return new Counts(
        recent.percentile(0.5),
        recent.percentile(0.95),
        recent.percentile(0.99),
        recent.percentile(0.999),
        recent.max());
  }

  private static <E extends Enum<E>> Map<String, Long> byLabel(
      E[] constants, ToLongFunction<E> value) {
    Map<String, Long> result = new LinkedHashMap<>();
    for (E constant : constants) {
      result.put(Labels.of(constant), value.applyAsLong(constant));
    }
    return result;
  }

  private static long sum(List<LoopView> loops, ToLongFunction<LoopStats> count) {
    return loops.stream().mapToLong(loop -> count.applyAsLong(loop.stats())).sum();
  }

  /** Host and port of an address; empty for null. */
  static String text(@Nullable InetSocketAddress address) {
    return address == null ? "" : IpText.of(address);
  }
}
