package io.kqueueserver.actuate;

import io.kqueueserver.RunningServer;
import io.kqueueserver.actuate.KqueueConnections.Request;
import io.kqueueserver.actuate.KqueueConnections.Row;
import io.kqueueserver.actuate.KqueueConnections.Stream;
import io.kqueueserver.actuate.KqueueConnections.Streams;
import io.kqueueserver.actuate.KqueueConnections.Switched;
import io.kqueueserver.net.ConnectionView;
import io.kqueueserver.server.observe.LoopView;
import io.kqueueserver.stats.CurrentRequest;
import io.kqueueserver.stats.SharedFlow;
import io.kqueueserver.stats.StreamFlow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The open connections of one server. The table reads the loops' slabs on the caller's thread,
 * without holding up a loop, and makes rows for the page only. Rows are ordered by loop and slot,
 * so that a connection keeps its place while others come and go.
 */
final class ConnectionTable {
  /** 10: most requests of one connection in a page. The row of one connection may list more. */
  static final int LISTED_IN_PAGE = 10;

  private final String name;
  private final RunningServer server;
  private final Mask mask;

  ConnectionTable(String name, RunningServer server, Mask mask) {
    this.name = name;
    this.server = server;
    this.mask = mask;
  }

  KqueueConnections page(ConnectionQuery query) {
    long now = System.nanoTime();
    int open = 0;
    int matched = 0;
    List<Row> rows = new ArrayList<>();
    for (LoopView loop : server.loops()) {
      int slots = loop.slots();
      for (int slot = 0; slot < slots; slot++) {
        ConnectionView view = loop.connection(slot);
        if (view == null) {
          continue;
        }
        open++;
        if (query.includes(loop) && query.matches(view, now)) {
          if (matched >= query.offset() && rows.size() < query.limit()) {
            rows.add(row(loop, view, now, LISTED_IN_PAGE));
          }
          matched++;
        }
      }
    }
    return new KqueueConnections(name, open, matched, query.offset(), query.limit(), rows);
  }

  /** The rows of connections that are not idle, that with the oldest request first. */
  List<Row> busy(int most) {
    long now = System.nanoTime();
    List<Row> rows = new ArrayList<>();
    for (LoopView loop : server.loops()) {
      int slots = loop.slots();
      for (int slot = 0; slot < slots; slot++) {
        ConnectionView view = loop.connection(slot);
        if (view != null && view.state() != ConnectionView.State.IDLE) {
          rows.add(row(loop, view, now, LISTED_IN_PAGE));
        }
      }
    }
    rows.sort(Comparator.comparingLong(ConnectionTable::requestAge).reversed());
    return rows.subList(0, Math.min(most, rows.size()));
  }

  private static long requestAge(Row row) {
    Request oldest = row.request();
    return oldest == null ? -1 : oldest.ageNanos();
  }

  /** The row of one connection; null if the connection is no longer open. */
  @Nullable Row row(ConnectionId id) {
    LoopView loop = loop(id);
    ConnectionView view = loop == null ? null : loop.connection(id.slot());
    return loop == null || view == null || view.udata() != id.udata()
        ? null
        : row(loop, view, System.nanoTime(), ConnectionView.Requests.MAX_LISTED);
  }

  private @Nullable LoopView loop(ConnectionId id) {
    List<LoopView> loops = server.loops();
    return id.loop() < loops.size() ? loops.get(id.loop()) : null;
  }

  private Row row(LoopView loop, ConnectionView view, long now, int most) {
    List<Request> requests =
        view.requests().listed().stream().limit(most).map(found -> request(found, now)).toList();
    return new Row(
        ConnectionId.of(name, loop.number(), view.udata()).toString(),
        loop.number(),
        view.socket().fd(),
        mask.of(Reporter.text(view.socket().peer())),
        protocol(view),
        view.socket().tls(),
        view.state().label(),
        Math.max(0, now - view.times().openedNanos()),
        Math.max(0, now - view.times().lastActiveNanos()),
        view.requests().total(),
        view.traffic().read(),
        view.traffic().written(),
        view.traffic().queued(),
        requests.isEmpty() ? null : requests.get(0),
        view.requests().active(),
        requests,
        streams(view.sharedFlow()));
  }

  private static @Nullable Streams streams(@Nullable SharedFlow flow) {
    return flow == null
        ? null
        : new Streams(flow.streams(), flow.sendWindow(), flow.receiveWindow());
  }

  /** The name of a connection's protocol. The protocol of a switched stream is not in the enum. */
  static String protocol(ConnectionView view) {
    CurrentRequest only = view.requests().only();
    String switched = only == null ? null : only.protocol();
    return switched == null ? view.socket().protocol().label() : switched;
  }

  private Request request(CurrentRequest request, long now) {
    return new Request(
        request.method(),
        mask.of(request.path()),
        request.handler(),
        Math.max(0, now - request.startedNanos()),
        Reporter.streamId(request.streamId()),
        stream(request.flow()),
        switched(request, now));
  }

  private static @Nullable Switched switched(CurrentRequest request, long now) {
    String protocol = request.protocol();
    long pong = request.lastPongNanos();
    Long sincePong = pong == CurrentRequest.NO_PONG ? null : Math.max(0, now - pong);
    return protocol == null ? null : new Switched(protocol, sincePong);
  }

  private static @Nullable Stream stream(@Nullable StreamFlow flow) {
    return flow == null
        ? null
        : new Stream(
            flow.state(),
            flow.bytesReceived(),
            flow.bytesSent(),
            flow.bytesQueued(),
            flow.sendWindow(),
            flow.receiveWindow());
  }
}
