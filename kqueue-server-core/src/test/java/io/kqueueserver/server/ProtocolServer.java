package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.loop.LoopListener;
import io.kqueueserver.net.Acceptor;
import io.kqueueserver.net.Balancer;
import io.kqueueserver.net.CloseListener;
import io.kqueueserver.net.ConnectionLimit;
import io.kqueueserver.net.Discarding;
import io.kqueueserver.net.FileOpener;
import io.kqueueserver.net.FileWorker;
import io.kqueueserver.net.LoopMemory;
import io.kqueueserver.net.LoopResources;
import io.kqueueserver.net.MemoryBound;
import io.kqueueserver.net.NetOptions;
import io.kqueueserver.net.ReadMemory;
import io.kqueueserver.net.Staging;
import io.kqueueserver.net.Worker;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.net.tls.TlsProfile;
import io.kqueueserver.net.tls.TlsServer;
import io.kqueueserver.queue.Kqueues;
import io.kqueueserver.server.h1.Http1Context;
import io.kqueueserver.server.h1.Http1Protocol;
import io.kqueueserver.server.h2.Http2Context;
import io.kqueueserver.server.h2.Http2Protocol;
import io.kqueueserver.socket.ListenSocket;
import io.kqueueserver.socket.Sockets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;

/** One loop on a real socket that speaks HTTP/1.1 and other protocols before it. */
final class ProtocolServer implements AutoCloseable {
  private static final int BUFFER = 64 * 1024;

  private final EventLoop loop;
  private final ListenSocket socket;
  private final FileWorker files = new FileWorker("protocols");
  private final Thread thread;
  private final TlsServer tls;
  private final Worker worker;

  /**
   * Begins to serve.
   *
   * @param first protocols before HTTP/1.1, which takes what they do not recognise
   * @param timeoutMillis for the first bytes
   */
  ProtocolServer(
      boolean secure,
      List<Protocol> first,
      List<Upgrade> upgrades,
      ExchangeHandler handler,
      long timeoutMillis) {
    this(
        secure,
        (exchanges, resources) -> first,
        upgrades,
        handler,
        timeoutMillis,
        System::nanoTime);
  }

  /** HTTP/2 with the defaults, to be served before HTTP/1.1. */
  static List<Protocol> http2(ExchangeContext exchanges, LoopResources resources) {
    return List.of(
        new Http2Protocol(
            new Http2Context(
                exchanges,
                ServerOptions.DEFAULTS,
                Http2Options.DEFAULTS,
                resources,
                new FileOpener(resources.sockets()))));
  }

  /** As the other, with protocols that share what the loop has, and a clock of the test's. */
  ProtocolServer(
      boolean secure,
      BiFunction<ExchangeContext, LoopResources, List<Protocol>> first,
      List<Upgrade> upgrades,
      ExchangeHandler handler,
      long timeoutMillis,
      LongSupplier clock) {
    this(secure, first, upgrades, handler, timeoutMillis, clock, Pace.DEFAULTS);
  }

  /** As the other, with bounds on slow clients. */
  ProtocolServer(
      boolean secure,
      BiFunction<ExchangeContext, LoopResources, List<Protocol>> first,
      List<Upgrade> upgrades,
      ExchangeHandler handler,
      long timeoutMillis,
      LongSupplier clock,
      Pace pace) {
    Native natives = Native.load(NativeOptions.DEFAULTS);
    Sockets sockets = new Sockets(natives);
    loop = new EventLoop("protocols-loop-0", Kqueues.open(natives), clock, LoopListener.NONE);
    socket = ListenSocket.open(sockets, null, 0, 16, false);
    LoopResources resources =
        new LoopResources(
            loop,
            sockets,
            new ReadMemory(BUFFER, loop.stats()),
            new Staging(NativeBuffer.allocate(BUFFER)),
            files,
            new LoopMemory(new MemoryBound(1 << 24, 1), loop),
            new NetOptions(
                BUFFER,
                BUFFER / 2,
                TimeUnit.MINUTES.toNanos(1),
                pace.responses(),
                null,
                Discarding.DEFAULTS,
                0,
                null,
                CloseListener.NONE));
    ExchangeContext exchanges =
        new ExchangeContext(
            loop,
            resources.reads(),
            handler,
            Limits.DEFAULTS,
            StreamOptions.DEFAULTS,
            pace,
            ServerListener.NONE,
            new ActiveExchanges(),
            socket.localAddress());
    List<Protocol> protocols = new ArrayList<>(first.apply(exchanges, resources));
    protocols.add(new Http1Protocol(new Http1Context(exchanges, ServerOptions.DEFAULTS, upgrades)));
    ProtocolSelector selector =
        new ProtocolSelector(protocols, TimeUnit.MILLISECONDS.toNanos(timeoutMillis));
    tls = new TlsServer(TlsOptions.of(TlsProfile.of(TlsFixture.server())), "protocols", 1);
    worker =
        secure
            ? new Worker(
                resources,
                connection -> new Handshaking(connection, selector, TimeUnit.SECONDS.toNanos(10)),
                tls.newLoop(selector.applicationProtocols()))
            : new Worker(resources, selector::open);
    Balancer balancer = new Balancer(List.of(worker), new ConnectionLimit(100));
    Acceptor acceptor = new Acceptor(worker, socket, balancer, () -> {});
    loop.execute(acceptor::open);
    thread = new Thread(loop, loop.name());
    thread.start();
  }

  /** Begins to drain the loop. */
  void drain() {
    loop.execute(
        () -> {
          worker.stopAccepting();
          worker.drain(() -> {});
        });
  }

  int port() {
    return socket.localPort();
  }

  EventLoop loop() {
    return loop;
  }

  @Override
  public void close() {
    loop.shutdown();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(10));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    assertThat(thread.isAlive()).isFalse();
    socket.close();
    files.close();
    tls.close();
  }
}
