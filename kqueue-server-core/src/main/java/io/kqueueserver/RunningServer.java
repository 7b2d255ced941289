package io.kqueueserver;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.net.AddressLimit;
import io.kqueueserver.net.Balancer;
import io.kqueueserver.net.ConnectionLimit;
import io.kqueueserver.net.FileWorker;
import io.kqueueserver.net.LoopMemory;
import io.kqueueserver.net.LoopResources;
import io.kqueueserver.net.MemoryBound;
import io.kqueueserver.net.NetOptions;
import io.kqueueserver.net.ProxyPolicy;
import io.kqueueserver.net.ReadMemory;
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
import io.kqueueserver.server.RequestGate;
import io.kqueueserver.server.ServerOptions;
import io.kqueueserver.server.observe.EventRecorder;
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
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One run of a server, from bind to the last closed descriptor: its sockets, loops and threads. A
 * run begins in {@link #start} and ends for good with {@link #stop}. Any thread.
 */
public final class RunningServer {
  /**
   * 512 KiB: most bytes of one write(2). A download of 1 MiB from the heap costs half as much as in
   * writes of 128 KiB, and with 1 MiB, which leaves the L2 cache, more again (docs/performance.md).
   */
  private static final int STAGING_BYTES = 512 * 1024;

  private final Native natives;
  private final ServerOptions options;
  private final ActiveExchanges active = new ActiveExchanges();
  private final ConnectionLimit limit;
  private final @Nullable AddressLimit perAddress;
  private final FileWorker fileWorker;
  private final MemoryBound memory;
  private final @Nullable TlsServer tls;
  private final Handover handover;
  private final List<ListenSocket> listeners;
  private final List<Worker> workers = new ArrayList<>();
  private final List<LoopView> views = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final LoopFailures failures;
  private final WebSockets webSockets;
  private final ApplicationHandlers handlers;
  private final StallLog stalls = new StallLog();
  private final EventRecorder recorder;
  private final long startedNanos = System.nanoTime();
  private final @Nullable StallWatchdog watchdog;
  private final Balancer balancer;
  private final Draining draining;

  private RunningServer(ServerOptions options, BiConsumer<RunningServer, Throwable> onGivenUp) {
    this.options = options;
    natives = Native.load(options.loops().natives());
    failures = new LoopFailures(natives, options.loops(), cause -> onGivenUp.accept(this, cause));
    recorder = EventRecorder.ofThisJvm();
    limit = new ConnectionLimit(options.connections().max());
    perAddress = perAddress(options);
    handlers = new ApplicationHandlers(options);
    fileWorker = new FileWorker(options.loops().name());
    memory = new MemoryBound(options.memory().maxHeldBytes(), options.loops().count());
    webSockets = new WebSockets(options.webSocket());
    tls = tls(options);
    handover = Handover.open(natives, options);
    listeners = handover.listeners();
    balancer = new Balancer(workers, limit);
    draining = new Draining(options.loops().name(), workers, handover, balancer, active);
    List<Kqueue> queues = new ArrayList<>();
    try {
      for (int i = 0; i < options.loops().count(); i++) {
        queues.add(Kqueues.open(natives, options.loops().isCrowded()));
      }
      for (int i = 0; i < options.loops().count(); i++) {
        Worker worker = worker(i, queues.get(i));
        workers.add(worker);
        views.add(new LoopView(i, worker));
      }
    } catch (RuntimeException | Error e) {
      queues.forEach(Kqueue::close);
      handover.close();
      throw e;
    }
    long threshold = options.loops().stallThresholdNanos();
    String name = options.loops().name();
    watchdog = threshold > 0 ? new StallWatchdog(name, views, stalls, recorder, threshold) : null;
  }

  /**
   * Binds and begins to serve.
   *
   * @param onGivenUp called once with this run, on a thread of its own, if the loops fail for good;
   *     must stop the run
   * @throws io.kqueueserver.ffi.NativeException if a call fails; the message names call, address
   *     and errno, and no descriptor stays open
   */
  public static RunningServer start(
      ServerOptions options, BiConsumer<RunningServer, Throwable> onGivenUp) {
    RunningServer server = new RunningServer(options, onGivenUp);
    try {
      options.listener().onStart();
      Accepting.begin(server.listeners, server.workers, server.balancer, server.draining);
      server.threads.forEach(Thread::start);
      if (server.watchdog != null) {
        server.watchdog.start();
      }
      server.handover.begin(server::handedOver);
    } catch (RuntimeException | Error e) {
      server.abandonStart();
      throw e;
    }
    return server;
  }

  private void handedOver() {
    draining.begin(OptionBounds.nanos(options.listen().handover().acceptPeriod()), () -> {});
    options.listener().onHandedOver();
  }

  /** Ends a start that has failed. A loop whose thread could not be started ends on this thread. */
  private void abandonStart() {
    workers.forEach(worker -> worker.loop().shutdown());
    for (int i = 0; i < workers.size(); i++) {
      if (threads.get(i).getState() == Thread.State.NEW) {
        workers.get(i).loop().run();
      }
    }
    stop();
  }

  private static @Nullable AddressLimit perAddress(ServerOptions options) {
    int max = options.admission().maxConnectionsPerAddress();
    return max == 0
        ? null
        : new AddressLimit(max, options.proxy().greeters(), options.admission().forwarders());
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
    EventRecorder.OfLoop events = recorder.of(number);
    EventLoop loop = new EventLoop(name, queue, System::nanoTime, events, failures);
    NetOptions net =
        new NetOptions(
            options.buffers().writeHighWatermark(),
            options.buffers().writeLowWatermark(),
            options.timeouts().writeNanos(),
            options.pace().responses(),
            proxyPolicy(),
            options.discarding(),
            options.connections().maxAgeNanos(),
            perAddress,
            events);
    int wanted = options.buffers().read();
    int readBufferBytes = tls == null ? wanted : Math.max(wanted, TlsServer.minReadBufferBytes());
    LoopResources resources =
        new LoopResources(
            loop,
            new Sockets(natives),
            new ReadMemory(readBufferBytes, loop.stats()),
            new Staging(NativeBuffer.allocate(STAGING_BYTES)),
            fileWorker,
            new LoopMemory(memory, loop),
            net);
    loop.stats().pooledBytes += resources.staging().capacity();
    ExchangeContext exchanges =
        new ExchangeContext(
            loop,
            resources.reads(),
            handlers.on(resources),
            options.limits(),
            options.streams(),
            options.pace(),
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

  /** The TCP port; {@link ListenSocket#NO_PORT} if the server listens on none. */
  public int port() {
    return listeners.stream()
        .filter(ListenSocket::isTcp)
        .findFirst()
        .map(ListenSocket::localPort)
        .orElse(ListenSocket.NO_PORT);
  }

  /** Number of exchanges between their head and the last byte of their response. */
  public int activeExchanges() {
    return active.count();
  }

  /** The number of running requests and the oldest of them. Sends no task to a loop. */
  public RunningRequests runningRequests(int oldest) {
    return RunningRequests.of(views, oldest);
  }

  /** Places of running requests; null if the number of running requests is not bounded. */
  public RequestGate.@Nullable Places requestPlaces() {
    return handlers.places();
  }

  /** Number of compressors that hold native memory, in use or kept for the next response. */
  public int encoders() {
    return handlers.encoders();
  }

  /** The open WebSocket sessions, and the memory lent to them. */
  public WebSockets webSockets() {
    return webSockets;
  }

  /** Number of bytes held in memory for clients on all loops, read ahead or waiting to be sent. */
  public long heldBytes() {
    return memory.heldBytes();
  }

  /** The mechanism of the event queues and the platform, as in {@code epoll on linux-x86_64}. */
  public String backend() {
    return natives.describe();
  }

  /**
   * How many descriptors this process may open. {@link Long#MAX_VALUE} means no limit, {@link
   * Native#UNKNOWN_LIMIT} that the limit is not known.
   */
  public long descriptorLimit() {
    return natives.descriptorLimit();
  }

  /** Number of open connections. */
  public int connections() {
    return limit.open();
  }

  /** Number of addresses with a connection that counts against the maximum per address. */
  public int addresses() {
    return perAddress == null ? 0 : perAddress.addresses();
  }

  public ServerOptions options() {
    return options;
  }

  /** The observers' views of the loops. A view sends no task to its loop. */
  public List<LoopView> loops() {
    return List.copyOf(views);
  }

  /** The last stalls of all loops, oldest first. Their number is bounded. */
  public List<Stall> stalls() {
    return stalls.all();
  }

  /** Time since the start of this run. */
  public long uptimeNanos() {
    return System.nanoTime() - startedNanos;
  }

  /** The names of the listening sockets, as in {@code [::]:8080}, {@code unix:/run/app.sock}. */
  public List<String> listenerNames() {
    return listeners.stream().map(ListenSocket::name).toList();
  }

  /** The system and processor whose layouts and constants are in use. */
  public String abi() {
    return natives.abi().toString();
  }

  /** The workers, one per loop, for observers. */
  public List<Worker> workers() {
    return List.copyOf(workers);
  }

  /**
   * Stops accepting and closes idle connections. Runs the action once, when no exchange is active
   * or at {@link #stop}.
   */
  public void drain(Runnable action) {
    drain(0, action);
  }

  /** As {@link #drain(Runnable)}, but accepts for that time before. */
  public void drain(long acceptNanos, Runnable action) {
    draining.begin(acceptNanos, action);
  }

  /** The time since the drain began; 0 if it has not begun. */
  public long drainingNanos() {
    return draining.nanos();
  }

  /** Ends the run. On return all descriptors are closed and all threads have ended. */
  public void stop() {
    draining.end();
    if (watchdog != null) {
      watchdog.stop();
    }
    workers.forEach(worker -> worker.loop().shutdown());
    boolean interrupted = LoopJoin.join(threads, workers.stream().map(Worker::loop).toList());
    handover.close();
    fileWorker.close();
    handlers.close();
    webSockets.close();
    if (tls != null) {
      tls.close();
    }
    draining.end(); // a drain that began during the stop
    draining.join();
    options.listener().onStop();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
