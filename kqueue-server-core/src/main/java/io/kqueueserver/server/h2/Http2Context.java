package io.kqueueserver.server.h2;

import io.kqueueserver.http.HttpDate;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.h2.FrameWriter;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.http.h2.hpack.HpackOutput;
import io.kqueueserver.http.h2.hpack.HpackWorkspace;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.net.FileOpener;
import io.kqueueserver.net.FileWorker;
import io.kqueueserver.net.LoopResources;
import io.kqueueserver.server.DateCache;
import io.kqueueserver.server.ExchangeContext;
import io.kqueueserver.server.ServerOptions;
import io.kqueueserver.server.WireListener;
import io.kqueueserver.server.WireLog;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The state that all HTTP/2 connections of one loop share. The loop's thread only. */
public final class Http2Context {
  final ExchangeContext exchanges;
  final EventLoop loop;
  final FileWorker fileWorker;
  final FileOpener fileOpener;
  final Limits limits;
  final Http2Options http2;

  final boolean strictTarget;
  final boolean allowHalfClose;
  final int bodyPieceBytes;
  final int highWatermark;
  final int lowWatermark;
  final long idleTimeoutNanos;
  final long headerTimeoutNanos;
  final long bodyTimeoutNanos;
  final long writeTimeoutNanos;
  final StallLimit stalls;
  final @Nullable String serverField;

  /** The listener of the wire log; null if the log is off. */
  final @Nullable WireListener wire;

  final FrameWriter frames = new FrameWriter();
  final HpackWorkspace workspace = new HpackWorkspace();
  final HpackOutput block = new HpackOutput();
  final ResponseBlock responses = new ResponseBlock(this);
  final DateCache<String> date =
      new DateCache<>(second -> new String(HttpDate.format(second), StandardCharsets.US_ASCII));

  /** Keeps the server's options that HTTP/2 connections use. */
  public Http2Context(
      ExchangeContext exchanges,
      ServerOptions options,
      Http2Options http2,
      LoopResources resources,
      FileOpener fileOpener) {
    this.exchanges = exchanges;
    this.loop = resources.loop();
    this.fileWorker = resources.fileWorker();
    this.fileOpener = fileOpener;
    this.limits = options.limits();
    this.http2 = http2;
    this.strictTarget = options.http1().strictTarget();
    this.allowHalfClose = options.connections().allowHalfClose();
    this.bodyPieceBytes = options.memory().bodyPieceBytes();
    this.highWatermark = options.buffers().writeHighWatermark();
    this.lowWatermark = options.buffers().writeLowWatermark();
    this.idleTimeoutNanos = options.timeouts().idleNanos();
    this.headerTimeoutNanos = options.timeouts().headerNanos();
    this.bodyTimeoutNanos = options.timeouts().bodyNanos();
    this.writeTimeoutNanos = options.timeouts().writeNanos();
    long stalledNanos = http2.stalledStreamNanos();
    this.stalls =
        new StallLimit(
            stalledNanos > 0 ? stalledNanos : writeTimeoutNanos, resources.memory()::isTight);
    this.serverField = options.serverHeader();
    this.wire = WireLog.of(options.wireLog());
  }
}
