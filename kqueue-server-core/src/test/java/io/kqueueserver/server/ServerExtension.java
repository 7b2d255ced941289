package io.kqueueserver.server;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.KqueueServerBuilder;
import io.kqueueserver.RunningServer;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.contract.Loans;
import io.kqueueserver.net.Worker;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import io.kqueueserver.stats.LoopStats;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.ToLongFunction;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A real server on a port the system picks, with a handler per path; after each test everything
 * must have been given back: the {@link Ledger} names what was not.
 */
final class ServerExtension implements BeforeEachCallback, AfterEachCallback {
  static final HeaderSource TEXT = sink -> sink.field("Content-Type", "text/plain");

  private final Map<String, ExchangeHandler> handlers = new ConcurrentHashMap<>();
  private final List<WirePeer> peers = new ArrayList<>();
  private Consumer<KqueueServerBuilder> customizer = builder -> {};
  private KqueueServer server;
  private final Loans loans = new Loans();
  private Ledger ledger;

  /** Every onError of an exchange that a {@link #listening} handler served. */
  final BlockingQueue<ExchangeException> errors = new LinkedBlockingQueue<>();

  static ServerExtension with(Consumer<KqueueServerBuilder> customizer) {
    ServerExtension extension = new ServerExtension();
    extension.customizer = customizer;
    return extension;
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    warmUp(port -> WirePeer.connect(port).close());
    ledger = new Ledger();
    restart(builder -> {});
  }

  /**
   * Loads classes and libraries, and lets the JDK open what it keeps for closing sockets (a marker
   * descriptor, at the first close), before the first count. Leaves no server behind whatever
   * happens: its threads would fail every later test.
   */
  static void warmUp(IntConsumer client) {
    KqueueServer first = KqueueServer.builder().port(0).loops(1).build();
    first.start();
    try {
      client.accept(first.port());
    } finally {
      first.stop();
    }
  }

  /** Starts the server anew with other options for this test. */
  void restart(Consumer<KqueueServerBuilder> options) {
    if (server != null) {
      server.stop();
    }
    KqueueServerBuilder builder = KqueueServer.builder().port(0).loops(2).handler(this::dispatch);
    customizer.accept(builder);
    options.accept(builder);
    server = builder.build();
    server.start();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    if (server == null) {
      return; // beforeEach has failed, and says why
    }
    peers.forEach(WirePeer::close);
    boolean passed = context.getExecutionException().isEmpty();
    RunningServer running = server.running();
    if (passed && running != null) {
      ledger.awaitIdle(running, loans);
    }
    server.stop();
    server.stop();
    if (passed) {
      ledger.awaitGone(running, loans);
    }
  }

  /** Awaits that the server has nothing left of its connections. */
  void awaitIdle() {
    ledger.awaitIdle(server.running(), loans);
  }

  private void dispatch(Exchange exchange) {
    String path = exchange.request().path();
    ExchangeHandler handler = handlers.get(path.replaceAll("\\?.*", ""));
    if (handler == null) {
      answer(exchange, 404, "no " + path);
    } else {
      handler.handle(loans.counted(exchange));
    }
  }

  ServerExtension on(String path, ExchangeHandler handler) {
    handlers.put(path, handler);
    return this;
  }

  WirePeer connect() {
    WirePeer peer = WirePeer.connect(server.port());
    peers.add(peer);
    return peer;
  }

  /** A client over TLS, whose handshake comes with its first bytes. */
  WirePeer connect(SSLContext client) {
    return add(WirePeer.on(TlsFixture.connect(client, server.port())));
  }

  /** Sees to it that the peer is closed after the test. */
  WirePeer add(WirePeer peer) {
    peers.add(peer);
    return peer;
  }

  /** The sum of one of the loops' counters. */
  long sum(ToLongFunction<LoopStats> counter) {
    return workers().stream().mapToLong(w -> counter.applyAsLong(w.loop().stats())).sum();
  }

  KqueueServer server() {
    return server;
  }

  int port() {
    return server.port();
  }

  /** How often the limit was met, over all loops. */
  long limitHits(Limit limit) {
    return workers().stream().mapToLong(w -> w.loop().stats().limitHits(limit)).sum();
  }

  /** The loops of the running server; none while it is stopped. */
  List<Worker> workers() {
    RunningServer running = server.running();
    return running == null ? List.of() : running.workers();
  }

  /** Connections closed for that reason, over all loops. */
  long closed(CloseReason reason) {
    return workers().stream().mapToLong(w -> w.loop().stats().closedCount(reason)).sum();
  }

  static void answer(Exchange exchange, int status, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.respond(status, TEXT, bytes.length);
    exchange.write(ByteBuffer.wrap(bytes), null);
    exchange.finish();
  }

  /** Listens for the end only, and never answers by itself. */
  ExchangeHandler listening(Consumer<Exchange> then) {
    return exchange -> {
      exchange.listener(new ErrorRecorder());
      then.accept(exchange);
    };
  }

  private class ErrorRecorder implements ExchangeListener {
    @Override
    public void onError(ExchangeException cause) {
      errors.add(cause);
    }
  }

  /** Collects the body with demand one by one, then calls back with it. */
  ExchangeHandler collecting(BodyHandler then) {
    return exchange -> {
      StringBuilder body = new StringBuilder();
      exchange.listener(
          new ErrorRecorder() {
            @Override
            public void onBody(ByteBuffer data) {
              body.append(StandardCharsets.ISO_8859_1.decode(data));
              exchange.demand(1);
            }

            @Override
            public void onBodyComplete(Headers trailers) {
              then.handle(exchange, body.toString(), trailers);
            }
          });
      exchange.demand(1);
    };
  }

  @FunctionalInterface
  interface BodyHandler {
    void handle(Exchange exchange, String body, Headers trailers);
  }
}
