package io.kqueueserver.actuate;

import io.kqueueserver.RunningServer;
import io.kqueueserver.queue.Filter;
import io.kqueueserver.server.RequestGate;
import io.kqueueserver.server.observe.LoopView;
import io.kqueueserver.server.observe.StallCause;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.DescriptorKind;
import io.kqueueserver.stats.Histogram;
import io.kqueueserver.stats.Http2Stats;
import io.kqueueserver.stats.Http2Stats.By;
import io.kqueueserver.stats.Http2Stats.Window;
import io.kqueueserver.stats.Limit;
import io.kqueueserver.stats.LoopStats;
import io.kqueueserver.stats.TlsFailure;
import io.kqueueserver.stats.WebSocketStats;
import io.kqueueserver.stats.WebSocketStats.ClosedBy;
import io.kqueueserver.stats.WebSocketStats.Message;
import io.kqueueserver.stats.WireProtocol;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * The meters of one run of a server. A meter reads its value when the registry polls; loops only
 * count and do not know of registries. Meters refer weakly to the objects that they read, so this
 * object must be kept until {@link #close}, which removes the meters.
 */
public final class KqueueServerMetrics implements MeterBinder, AutoCloseable {
  /** The percentiles of every timer. */
  static final List<Double> PERCENTILES = List.of(0.5, 0.95, 0.99, 0.999);

  private record Bound(MeterRegistry registry, Meter meter) {}

  private final RunningServer server;
  private final List<LoopView> loops;
  private final Tags tags;
  private final List<Bound> bound = new CopyOnWriteArrayList<>();

  /**
   * Makes the meters of this run.
   *
   * @param name value of the tag {@code server}
   */
  public KqueueServerMetrics(RunningServer server, String name, Iterable<Tag> tags) {
    this.server = server;
    this.loops = server.loops();
    this.tags = Tags.of(tags).and(KqueueMeters.Key.SERVER.asString(), name);
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    new Binding(registry).bind();
  }

  /** Removes all meters from their registries. */
  @Override
  public void close() {
    bound.forEach(entry -> entry.registry.remove(entry.meter));
    bound.clear();
  }

  /** Registers the meters in one registry. */
  private final class Binding {
    private final MeterRegistry registry;

    Binding(MeterRegistry registry) {
      this.registry = registry;
    }

    void bind() {
      for (LoopView loop : loops) {
        Tags ofLoop = tags.and(KqueueMeters.Key.LOOP.asString(), String.valueOf(loop.number()));
        bindTimes(loop, ofLoop);
        bindLoop(loop, ofLoop);
        bindTraffic(loop, ofLoop);
      }
      bindServer();
    }

    private void bindTimes(LoopView loop, Tags of) {
      for (LoopTimer timer : LoopTimer.values()) {
        timer(timer.timer, of, timer.total(loop.stats()));
        time(timer.max, of, loop, view -> timer.recent(view.window()).max());
        for (double share : PERCENTILES) {
          time(
              timer.percentile,
              phi(of, share),
              loop,
              view -> timer.recent(view.window()).percentile(share));
        }
      }
      for (double share : PERCENTILES) {
        gauge(
            KqueueMeters.LOOP_EVENTS_PER_TURN,
            phi(of, share),
            loop,
            view -> view.window().eventsPerTurn().percentile(share));
      }
      gauge(
          KqueueMeters.LOOP_EVENTS_PER_TURN_MAX,
          of,
          loop,
          view -> view.window().eventsPerTurn().max());
    }

    private void bindLoop(LoopView loop, Tags of) {
      gauge(KqueueMeters.LOOP_UTILIZATION, of, loop, view -> view.window().utilization());
      gauge(KqueueMeters.LOOP_TASKS_PENDING, of, loop, LoopView::pendingTasks);
      count(KqueueMeters.LOOP_TASKS, of, loop, stats -> stats.tasks);
      for (Filter filter : Filter.values()) {
        count(
            KqueueMeters.LOOP_EVENTS,
            of.and(KqueueMeters.Key.FILTER.asString(), Labels.of(filter)),
            loop,
            stats -> stats.events(filter));
      }
      count(KqueueMeters.LOOP_STALE_EVENTS, of, loop, stats -> stats.staleEvents);
      count(KqueueMeters.LOOP_CHANGES, of, loop, stats -> stats.changes);
      count(KqueueMeters.LOOP_CHANGES_FAILED, of, loop, stats -> stats.failedChanges);
      count(KqueueMeters.LOOP_TURNS, of, loop, stats -> stats.turns);
      count(KqueueMeters.LOOP_WAKEUPS, of, loop, stats -> stats.wakeups);
      for (StallCause cause : StallCause.values()) {
        counter(
            KqueueMeters.LOOP_STALLS,
            of.and(KqueueMeters.Key.CAUSE.asString(), Labels.of(cause)),
            loop,
            view -> view.stalls(cause));
      }
      count(KqueueMeters.LOOP_ERRORS, of, loop, stats -> stats.handlerErrors);
      count(KqueueMeters.LOOP_QUEUE_FAILURES, of, loop, stats -> stats.queueFailures);
      count(KqueueMeters.LOOP_REPLACEMENTS, of, loop, stats -> stats.replacements);
      for (DescriptorKind kind : DescriptorKind.values()) {
        gauge(
            KqueueMeters.FDS_REGISTERED,
            of.and(KqueueMeters.Key.KIND.asString(), Labels.of(kind)),
            loop,
            view -> view.stats().registered(kind));
      }
    }

    private void bindTraffic(LoopView loop, Tags of) {
      gauge(KqueueMeters.ACCEPT_PAUSED, of, loop, view -> view.stats().acceptorsPaused);
      count(KqueueMeters.ACCEPT_PAUSES, of, loop, stats -> stats.acceptPauses);
      count(KqueueMeters.ACCEPT_ABORTED, of, loop, stats -> stats.acceptAborted);
      for (WireProtocol protocol : WireProtocol.values()) {
        gauge(
            KqueueMeters.CONNECTIONS_ACTIVE,
            of.and(KqueueMeters.Key.PROTOCOL.asString(), protocol.label()),
            loop,
            view -> view.stats().active(protocol));
      }
      count(KqueueMeters.CONNECTIONS_ACCEPTED, of, loop, stats -> stats.accepted);
      count(KqueueMeters.REQUESTS, of, loop, stats -> stats.requests);
      count(KqueueMeters.DATA_RECEIVED, of, loop, stats -> stats.bytesRead);
      count(KqueueMeters.DATA_SENT, of, loop, stats -> stats.bytesWritten);
      count(KqueueMeters.WRITES_PUT_OFF, of, loop, stats -> stats.writesPutOff);
      count(KqueueMeters.DATA_SENDFILE, of, loop, stats -> stats.sendfileBytes);
      count(KqueueMeters.DATA_DISCARDED, of, loop, stats -> stats.bytesDiscarded);
      bindTls(loop, of);
      if (server.options().http2() != null) {
        bindHttp2(loop, of);
      }
      bindWebSocket(loop, of);
      gauge(KqueueMeters.MEMORY_HELD, of, loop, view -> view.stats().heldBytes());
      count(KqueueMeters.MEMORY_PAUSES, of, loop, stats -> stats.readPauses);
      gauge(KqueueMeters.BUFFERS_USED, of, loop, view -> view.stats().queuedBytes);
      gauge(KqueueMeters.BUFFERS_LENT, of, loop, view -> view.stats().lentBuffers());
      gauge(KqueueMeters.BUFFERS_POOLED, of, loop, view -> view.stats().pooledBytes);
    }

    private void bindTls(LoopView loop, Tags of) {
      timer(KqueueMeters.TLS_HANDSHAKE, of, loop.stats().tls.handshake);
      count(KqueueMeters.TLS_HANDSHAKE_RESUMED, of, loop, stats -> stats.tls.resumed);
      gauge(KqueueMeters.TLS_HANDSHAKE_ACTIVE, of, loop, view -> view.stats().tls.handshaking);
      count(KqueueMeters.TLS_TRUNCATED, of, loop, stats -> stats.tls.truncated);
      gauge(KqueueMeters.TLS_KEPT, of, loop, view -> view.stats().tls.keptBytes);
    }

    private void bindHttp2(LoopView loop, Tags of) {
      gauge(KqueueMeters.HTTP2_STREAMS, of, loop, view -> view.stats().http2.streams);
      for (Window window : Window.values()) {
        Tags ofWindow = of.and(KqueueMeters.Key.WINDOW.asString(), Labels.of(window));
        count(KqueueMeters.HTTP2_STALLS, ofWindow, loop, stats -> stats.http2.stallCount(window));
        add(
            FunctionTimer.builder(
                    KqueueMeters.HTTP2_STALLED.getName(),
                    loop.stats().http2,
                    stats -> stats.endedStalls(window),
                    stats -> stats.stalledNanos(window),
                    TimeUnit.NANOSECONDS)
                .tags(ofWindow)
                .description(KqueueMeters.HTTP2_STALLED.meaning())
                .register(registry));
      }
    }

    private void bindHttp2Frames() {
      List<String> types = Http2Stats.typeTags();
      for (int place = 0; place < types.size(); place++) {
        int type = place;
        http2Frames("in", types.get(type), stats -> stats.receivedCount(type));
        http2Frames("out", types.get(type), stats -> stats.sentCount(type));
      }
      List<String> codes = Http2Stats.codeTags();
      for (int place = 0; place < codes.size(); place++) {
        for (By by : By.values()) {
          int code = place;
          Tags of =
              tags.and(
                  KqueueMeters.Key.CODE.asString(),
                  codes.get(code),
                  KqueueMeters.Key.BY.asString(),
                  Labels.of(by));
          http2(KqueueMeters.HTTP2_RESETS, of, stats -> stats.resetCount(by, code));
          http2(KqueueMeters.HTTP2_GOAWAY, of, stats -> stats.goAwayCount(by, code));
        }
      }
    }

    private void http2Frames(String direction, String type, ToLongFunction<Http2Stats> count) {
      String directionKey = KqueueMeters.Key.DIRECTION.asString();
      String typeKey = KqueueMeters.Key.TYPE.asString();
      http2(KqueueMeters.HTTP2_FRAMES, tags.and(directionKey, direction, typeKey, type), count);
    }

    private void http2(KqueueMeters meter, Tags of, ToLongFunction<Http2Stats> count) {
      counter(
          meter,
          of,
          server,
          run -> run.loops().stream().mapToLong(l -> count.applyAsLong(l.stats().http2)).sum());
    }

    private void bindWebSocket(LoopView loop, Tags of) {
      gauge(KqueueMeters.WEBSOCKET_SESSIONS, of, loop, view -> view.stats().webSocket.sessions);
      gauge(KqueueMeters.WEBSOCKET_QUEUED, of, loop, view -> view.stats().webSocket.queuedBytes);
      count(KqueueMeters.WEBSOCKET_DEFLATE_INPUT, of, loop, stats -> stats.webSocket.deflatedFrom);
      count(KqueueMeters.WEBSOCKET_DEFLATE_OUTPUT, of, loop, stats -> stats.webSocket.deflatedTo);
    }

    private void bindWebSocketEvents() {
      for (Message type : Message.values()) {
        webSocketMessages("in", type, stats -> stats.receivedCount(type));
        webSocketMessages("out", type, stats -> stats.sentCount(type));
      }
      for (int place = 0; place < WebSocketStats.CODE_PLACES; place++) {
        for (ClosedBy by : ClosedBy.values()) {
          int code = place;
          counter(
              KqueueMeters.WEBSOCKET_CLOSES,
              tags.and(
                  KqueueMeters.Key.CODE.asString(),
                  WebSocketStats.codeTag(place),
                  KqueueMeters.Key.BY.asString(),
                  Labels.of(by)),
              server,
              of -> sum(of, stats -> stats.closedCount(code, by)));
        }
      }
    }

    private void webSocketMessages(
        String direction, Message type, ToLongFunction<WebSocketStats> count) {
      counter(
          KqueueMeters.WEBSOCKET_MESSAGES,
          tags.and(
              KqueueMeters.Key.DIRECTION.asString(),
              direction,
              KqueueMeters.Key.TYPE.asString(),
              Labels.of(type)),
          server,
          of -> sum(of, count));
    }

    private static long sum(RunningServer of, ToLongFunction<WebSocketStats> count) {
      return of.loops().stream().mapToLong(l -> count.applyAsLong(l.stats().webSocket)).sum();
    }

    /**
     * Binds the meters that are sums over all loops. Their tags have many values, and a series per
     * loop and value would be too many.
     */
    private void bindServer() {
      counter(
          KqueueMeters.ACCESS_LOG_DROPPED, tags, server, of -> of.options().listener().dropped());
      gauge(KqueueMeters.REQUESTS_ACTIVE, tags, server, RunningServer::activeExchanges);
      bindAdmission();
      for (CloseReason reason : CloseReason.values()) {
        counter(
            KqueueMeters.CONNECTIONS_CLOSED,
            tags.and(KqueueMeters.Key.REASON.asString(), Labels.of(reason)),
            server,
            of -> of.loops().stream().mapToLong(l -> l.stats().closedCount(reason)).sum());
      }
      for (TlsFailure failure : TlsFailure.values()) {
        counter(
            KqueueMeters.TLS_HANDSHAKE_FAILURES,
            tags.and(KqueueMeters.Key.REASON.asString(), Labels.of(failure)),
            server,
            of -> of.loops().stream().mapToLong(l -> l.stats().tls.failures(failure)).sum());
      }
      if (server.options().http2() != null) {
        bindHttp2Frames();
      }
      bindWebSocketEvents();
      for (Limit limit : Limit.values()) {
        counter(
            KqueueMeters.LIMITS_HIT,
            tags.and(KqueueMeters.Key.LIMIT.asString(), limit.tag()),
            server,
            of -> of.loops().stream().mapToLong(l -> l.stats().limitHits(limit)).sum());
      }
    }

    /** Binds the meters of bounds on all clients, where these are set. */
    private void bindAdmission() {
      if (server.options().admission().maxConnectionsPerAddress() > 0) {
        gauge(KqueueMeters.CONNECTIONS_ADDRESSES, tags, server, RunningServer::addresses);
      }
      RequestGate.Places places = server.requestPlaces();
      if (places != null) {
        running("application", places, RequestGate.Places::running);
        running("management", places, RequestGate.Places::runningManagement);
        gauge(KqueueMeters.REQUESTS_WAITING, tags, places, RequestGate.Places::waiting);
      }
    }

    private void running(
        String kind, RequestGate.Places places, ToDoubleFunction<RequestGate.Places> count) {
      Tags ofKind = tags.and(KqueueMeters.Key.KIND.asString(), kind);
      gauge(KqueueMeters.REQUESTS_RUNNING, ofKind, places, count);
    }

    private Tags phi(Tags of, double share) {
      return of.and(KqueueMeters.Key.PHI.asString(), String.valueOf(share));
    }

    private void count(
        KqueueMeters meter, Tags of, LoopView loop, ToLongFunction<LoopStats> count) {
      counter(meter, of, loop, view -> count.applyAsLong(view.stats()));
    }

    private <T> void counter(KqueueMeters meter, Tags of, T source, ToDoubleFunction<T> count) {
      add(
          FunctionCounter.builder(meter.getName(), source, count)
              .tags(of)
              .baseUnit(meter.getBaseUnit())
              .description(meter.meaning())
              .register(registry));
    }

    private <T> void gauge(KqueueMeters meter, Tags of, T source, ToDoubleFunction<T> value) {
      add(
          Gauge.builder(meter.getName(), source, value)
              .tags(of)
              .baseUnit(meter.getBaseUnit())
              .description(meter.meaning())
              .register(registry));
    }

    private void time(KqueueMeters meter, Tags of, LoopView loop, ToLongFunction<LoopView> nanos) {
      add(
          TimeGauge.builder(
                  meter.getName(), loop, TimeUnit.NANOSECONDS, view -> nanos.applyAsLong(view))
              .tags(of)
              .description(meter.meaning())
              .register(registry));
    }

    private void timer(KqueueMeters meter, Tags of, Histogram histogram) {
      add(
          FunctionTimer.builder(
                  meter.getName(),
                  histogram,
                  Histogram::count,
                  Histogram::totalNanos,
                  TimeUnit.NANOSECONDS)
              .tags(of)
              .description(meter.meaning())
              .register(registry));
    }

    private void add(Meter meter) {
      bound.add(new Bound(registry, meter));
    }
  }
}
