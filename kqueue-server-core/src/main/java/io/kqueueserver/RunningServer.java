package io.kqueueserver;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.http.coding.EncoderPool;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.loop.LoopListener;
import io.kqueueserver.net.Acceptor;
import io.kqueueserver.net.Balancer;
import io.kqueueserver.net.ConnectionLimit;
import io.kqueueserver.net.FileOpener;
import io.kqueueserver.net.FileWorker;
import io.kqueueserver.net.LoopMemory;
import io.kqueueserver.net.LoopResources;
import io.kqueueserver.net.MemoryBound;
import io.kqueueserver.net.NetOptions;
import io.kqueueserver.net.ProxyPolicy;
import io.kqueueserver.net.Staging;
import io.kqueueserver.net.Worker;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.net.tls.TlsServer;
import io.kqueueserver.queue.Kqueue;
import io.kqueueserver.queue.Kqueues;
import io.kqueueserver.server.ActiveExchanges;
import io.kqueueserver.server.ExchangeContext;
import io.kqueueserver.server.Handshaking;
import io.kqueueserver.server.OptionBounds;
import io.kqueueserver.server.ProtocolSelector;
import io.kqueueserver.server.ProxyOptions;
import io.kqueueserver.server.ProxyProtocol;
import io.kqueueserver.server.ServerOptions;
import io.kqueueserver.server.coding.CodingContext;
import io.kqueueserver.server.coding.CompressingExchange;
import io.kqueueserver.server.observe.LoopView;
import io.kqueueserver.server.observe.RunningRequests;
import io.kqueueserver.server.observe.Stall;
import io.kqueueserver.server.observe.StallLog;
import io.kqueueserver.server.observe.StallWatchdog;
import io.kqueueserver.server.ws.WebSockets;
import io.kqueueserver.socket.ListenSocket;
import io.kqueueserver.socket.Peeker;
import io.kqueueserver.socket.Sockets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One run of a server, from bind to the last closed descriptor: its sockets, loops and threads.
 * Made running; {@link #stop} ends it for good. Any thread.
 */
public final class RunningServer {
  /**
   * What leaves a connection in one write(2) at most: two large TLS-free reads, small enough for
   * L2.
   */
  private static final int STAGING_BYTES = 128 * 1024;

  private final Native natives;
  private final ServerOptions options;
  private final ActiveExchanges active = new ActiveExchanges();
  private final ConnectionLimit limit;
  private final FileWorker fileWorker;
  private final MemoryBound memory;
  private final @Nullable TlsServer tls;
  private final List<ListenSocket> listeners;
  private final List<Worker> workers = new ArrayList<>();
  private final List<LoopView> views = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final LoopFailures failures;
  private final WebSockets webSockets;
  private final List<EncoderPool> encoders = new ArrayList<>();
  private final StallLog stalls = new StallLog();
  private final long startedNanos = System.nanoTime();
  private final @Nullable StallWatchdog watchdog;
  private final AtomicReference<@Nullable Runnable> whenIdle = new AtomicReference<>();

  private RunningServer(ServerOptions options, BiConsumer<RunningServer, Throwable> onGivenUp) {
    this.options = options;
    natives = Native.load(options.loops().natives());
    failures = new LoopFailures(natives, options.loops(), cause -> onGivenUp.accept(this, cause));
    limit = new ConnectionLimit(options.connections().max());
    fileWorker = new FileWorker(options.loops().name());
    memory = new MemoryBound(options.memory().maxHeldBytes(), options.loops().count());
    webSockets = new WebSockets(options.webSocket());
    tls = tls(options);
    listeners = Listeners.open(natives, options.listen());
    List<Kqueue> queues = new ArrayList<>();
    try {
      for (int i = 0; i < options.loops().count(); i++) {
        queues.add(Kqueues.open(natives));
      }
      for (int i = 0; i < options.loops().count(); i++) {
        Worker worker = worker(i, queues.get(i));
        workers.add(worker);
        views.add(new LoopView(i, worker));
      }
    } catch (RuntimeException | Error e) {
      queues.forEach(Kqueue::close);
      listeners.forEach(ListenSocket::close);
      throw e;
    }
    long threshold = options.loops().stallThresholdNanos();
    String name = options.loops().name();
    watchdog = threshold > 0 ? new StallWatchdog(name, views, stalls, threshold) : null;
  }

  /**
   * Binds, and serves from now on.
   *
   * @param onGivenUp called once with this run, on a thread of its own, if the loops fail for good;
   *     it must stop the run
   * @throws io.kqueueserver.ffi.NativeException naming call, address and errno; nothing is left
   *     behind
   */
  public static RunningServer start(
      ServerOptions options, BiConsumer<RunningServer, Throwable> onGivenUp) {
    RunningServer server = new RunningServer(options, onGivenUp);
    try {
      options.listener().onStart();
      server.accept();
      server.threads.forEach(Thread::start);
      if (server.watchdog != null) {
        server.watchdog.start();
      }
    } catch (RuntimeException | Error e) {
      server.abandonStart();
      throw e;
    }
    return server;
  }

  /** Ends what has begun. A loop whose thread could not be started comes to its end on this one. */
  private void abandonStart() {
    workers.forEach(worker -> worker.loop().shutdown());
    for (int i = 0; i < workers.size(); i++) {
      if (threads.get(i).getState() == Thread.State.NEW) {
        workers.get(i).loop().run();
      }
    }
    stop();
  }

  private static @Nullable TlsServer tls(ServerOptions options) {
    TlsOptions tls = options.tls();
    if (tls == null) {
      return null;
    }
    int threads = Math.min(options.loops().count(), Runtime.getRuntime().availableProcessors());
    return new TlsServer(tls, options.loops().name(), threads);
  }

  private Worker worker(int number, Kqueue queue) {
    String name = options.loops().name() + "-loop-" + number;
    EventLoop loop = new EventLoop(name, queue, System::nanoTime, LoopListener.NONE, failures);
    NetOptions net =
        new NetOptions(
            options.buffers().writeHighWatermark(),
            options.buffers().writeLowWatermark(),
            options.timeouts().writeNanos(),
            proxyPolicy(),
            options.discarding());
    int wanted = options.buffers().read();
    int readBufferBytes = tls == null ? wanted : Math.max(wanted, TlsServer.minReadBufferBytes());
    LoopResources resources =
        new LoopResources(
            loop,
            new Sockets(natives),
            NativeBuffer.allocate(readBufferBytes),
            new Staging(NativeBuffer.allocate(STAGING_BYTES)),
            fileWorker,
            new LoopMemory(memory, loop),
            net);
    loop.stats().pooledBytes = (long) readBufferBytes + resources.staging().capacity();
    ExchangeContext exchanges =
        new ExchangeContext(
            loop,
            handler(resources),
            options.limits(),
            options.streams(),
            options.listener(),
            active,
            listeners.get(0).localAddress());
    exchanges.offer(webSockets.on(loop, loop.stats()));
    threads.add(options.loops().threads().newThread(loop, name));
    ProtocolSelector selector =
        new ProtocolSelector(
            Protocols.of(exchanges, options, resources), options.timeouts().headerNanos());
    if (tls == null) {
      return new Worker(resources, selector::open);
    }
    loop.stats().pooledBytes += TlsServer.bufferBytes();
    long handshakeTimeout = OptionBounds.nanos(tls.options().handshakeTimeout());
    return new Worker(
        resources,
        connection -> new Handshaking(connection, selector, handshakeTimeout),
        tls.newLoop(selector.applicationProtocols()));
  }

  /** The application, behind compression if that is wanted: an exchange pays nothing if not. */
  private ExchangeHandler handler(LoopResources resources) {
    Compression compression = options.compression();
    if (compression == null || compression.codings().isEmpty()) {
      return options.handler();
    }
    int loops = options.loops().count();
    int share = (compression.maxEncoders() + loops - 1) / loops;
    EncoderPool pool = new EncoderPool(compression.level(), share);
    encoders.add(pool);
    CodingContext context =
        new CodingContext(
            compression,
            resources.loop(),
            resources.fileWorker(),
            new FileOpener(resources.sockets()),
            pool);
    return exchange -> {
      // What follows a 2xx to CONNECT is no content (RFC 9110 9.3.6).
      boolean tunnel = exchange.request().method().equals("CONNECT");
      options.handler().handle(tunnel ? exchange : new CompressingExchange(exchange, context));
    };
  }

  private @Nullable ProxyPolicy proxyPolicy() {
    ProxyOptions proxy = options.proxy();
    return proxy.protocol() == ProxyProtocol.OFF
        ? null
        : new ProxyPolicy(
            proxy.protocol() == ProxyProtocol.ON,
            proxy.trusted(),
            options.timeouts().headerNanos(),
            new Peeker(natives));
  }

  private void accept() {
    Balancer balancer = new Balancer(workers, limit);
    for (ListenSocket listener : listeners) {
      AtomicInteger holders = new AtomicInteger(workers.size());
      Runnable letGo =
          () -> {
            if (holders.decrementAndGet() == 0) {
              listener.close();
            }
          };
      for (Worker worker : workers) {
        Acceptor acceptor = new Acceptor(worker, listener, balancer, letGo);
        worker.loop().execute(acceptor::open);
      }
    }
  }

  /** The TCP port; -1 if it listens on none. */
  public int port() {
    return listeners.stream()
        .filter(ListenSocket::isTcp)
        .findFirst()
        .map(ListenSocket::localPort)
        .orElse(-1);
  }

  /** Exchanges between their head and the last byte of their response. */
  public int activeExchanges() {
    return active.count();
  }

  /** What is at work now, with the oldest few. Asks nothing of any loop. */
  public RunningRequests runningRequests(int oldest) {
    return RunningRequests.of(views, oldest);
  }

  /** Compressors that hold native memory, at work or kept for the next response. */
  public int encoders() {
    return encoders.stream().mapToInt(EncoderPool::live).sum();
  }

  /** WebSocket sessions open now, and what they were lent. */
  public WebSockets webSockets() {
    return webSockets;
  }

  /** Bytes held in memory for clients now, over all loops: read ahead, or waiting to be sent. */
  public long heldBytes() {
    return memory.heldBytes();
  }

  /** What carries the event queues: {@code epoll on linux-x86_64}. */
  public String backend() {
    return natives.describe();
  }

  /**
   * How many descriptors this process may open; {@link Long#MAX_VALUE} without a bound, -1 if
   * unknown.
   */
  public long descriptorLimit() {
    return natives.descriptorLimit();
  }

  /** Connections open now. */
  public int connections() {
    return limit.open();
  }

  public ServerOptions options() {
    return options;
  }

  /** The loops as observers see them: nothing of it asks a loop for anything. */
  public List<LoopView> loops() {
    return List.copyOf(views);
  }

  /** The last stalls of all loops, oldest first; a bounded number of them. */
  public List<Stall> stalls() {
    return stalls.all();
  }

  /** How long it has been running. */
  public long uptimeNanos() {
    return System.nanoTime() - startedNanos;
  }

  /** All it listens on: {@code [::]:8080}, {@code unix:/run/app.sock}. */
  public List<String> listenerNames() {
    return listeners.stream().map(ListenSocket::name).toList();
  }

  /** The system and processor whose layouts and constants are in use. */
  public String abi() {
    return natives.abi().toString();
  }

  /** One loop each; for observers. */
  public List<Worker> workers() {
    return List.copyOf(workers);
  }

  /**
   * Stops accepting and closes what is idle; runs the action once when nothing is active, or at
   * stop.
   */
  public void drain(Runnable action) {
    whenIdle.accumulateAndGet(
        action, (before, added) -> before == null ? added : both(before, added));
    // Connects are refused from here on, even while a blocked loop still holds the descriptor.
    listeners.forEach(ListenSocket::shutdown);
    AtomicInteger waiting = new AtomicInteger(workers.size());
    Runnable drained =
        () -> {
          if (waiting.decrementAndGet() == 0) {
            active.whenIdle(this::tellIdle);
          }
        };
    for (Worker worker : workers) {
      if (!worker.loop().execute(() -> drain(worker, drained))) {
        drained.run(); // its loop has ended, and all its exchanges
      }
    }
  }

  private static void drain(Worker worker, Runnable drained) {
    try {
      worker.drain();
    } finally {
      drained.run();
    }
  }

  private static Runnable both(Runnable first, Runnable second) {
    return () -> {
      first.run();
      second.run();
    };
  }

  private void tellIdle() {
    Runnable action = whenIdle.getAndSet(null);
    if (action != null) {
      action.run();
    }
  }

  /** Ends everything; all descriptors and threads are gone on return. */
  public void stop() {
    tellIdle();
    if (watchdog != null) {
      watchdog.stop();
    }
    workers.forEach(worker -> worker.loop().shutdown());
    boolean interrupted = LoopJoin.join(threads, workers.stream().map(Worker::loop).toList());
    listeners.forEach(ListenSocket::close);
    fileWorker.close();
    encoders.forEach(EncoderPool::close);
    webSockets.close();
    if (tls != null) {
      tls.close();
    }
    tellIdle(); // who asked while we were stopping
    options.listener().onStop();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
