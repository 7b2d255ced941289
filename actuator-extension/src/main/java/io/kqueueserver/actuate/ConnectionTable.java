package io.kqueueserver.actuate;

import io.kqueueserver.RunningServer;
import io.kqueueserver.actuate.KqueueConnections.Request;
import io.kqueueserver.actuate.KqueueConnections.Row;
import io.kqueueserver.net.ConnectionView;
import io.kqueueserver.server.observe.LoopView;
import io.kqueueserver.stats.CurrentRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The open connections of one server. Walks the loops' slabs on the caller's thread: loops are not
 * asked and not held up, and rows are made for the page only. Ordered by loop and slot, so a
 * connection keeps its place while others come and go.
 */
final class ConnectionTable {
  /** Requests of one connection that a page lists; the connection's own row lists all it knows. */
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
        if (query.asksFor(loop) && query.matches(view, now)) {
          if (matched >= query.offset() && rows.size() < query.limit()) {
            rows.add(row(loop, view, now, LISTED_IN_PAGE));
          }
          matched++;
        }
      }
    }
    return new KqueueConnections(name, open, matched, query.offset(), query.limit(), rows);
  }

  /** The one connection; null if it is not open any more. */
  @Nullable Row row(ConnectionId id) {
    LoopView loop = loop(id);
    ConnectionView view = loop == null ? null : loop.connection(id.slot());
    return loop == null || view == null || view.udata() != id.udata()
        ? null
        : row(loop, view, System.nanoTime(), ConnectionView.Requests.MAX_LISTED);
  }

  @Nullable LoopView loop(ConnectionId id) {
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
        requests);
  }

  /** The name of what a connection was switched to, which no enum can know. */
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
        Reporter.streamId(request.streamId()));
  }
}
