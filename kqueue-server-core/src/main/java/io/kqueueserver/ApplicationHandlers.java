package io.kqueueserver;

import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.http.coding.EncoderPool;
import io.kqueueserver.net.FileOpener;
import io.kqueueserver.net.LoopResources;
import io.kqueueserver.server.RequestGate;
import io.kqueueserver.server.RunningLimits;
import io.kqueueserver.server.ServerOptions;
import io.kqueueserver.server.coding.CodingContext;
import io.kqueueserver.server.coding.CompressingExchange;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The application's handler on each loop of a server, behind the wrappers that are enabled. */
final class ApplicationHandlers {
  private final ServerOptions options;
  private final List<EncoderPool> encoders = new ArrayList<>();
  private final RequestGate.@Nullable Places places;

  ApplicationHandlers(ServerOptions options) {
    this.options = options;
    RunningLimits running = options.admission().running();
    this.places = running.max() == 0 ? null : new RequestGate.Places(running);
  }

  /** The handler of one loop. An exchange passes no wrapper that is not enabled. */
  ExchangeHandler on(LoopResources resources) {
    ExchangeHandler handler = behindCompression(resources);
    return places == null
        ? handler
        : new RequestGate(resources.loop(), places, options.admission().running(), handler);
  }

  private ExchangeHandler behindCompression(LoopResources resources) {
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
      // The bytes after a 2xx to CONNECT are no content (RFC 9110 9.3.6).
      boolean tunnel = exchange.request().method().equals("CONNECT");
      options.handler().handle(tunnel ? exchange : new CompressingExchange(exchange, context));
    };
  }

  /** Number of compressors that hold native memory. Any thread. */
  int encoders() {
    return encoders.stream().mapToInt(EncoderPool::live).sum();
  }

  /** The places of running requests; null if their number is not bounded. */
  RequestGate.@Nullable Places places() {
    return places;
  }

  void close() {
    encoders.forEach(EncoderPool::close);
  }
}
