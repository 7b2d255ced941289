package io.kqueueserver.spring.accesslog;

import io.kqueueserver.http.forwarded.ForwardedHeaders;
import io.kqueueserver.server.EndedExchange;
import io.kqueueserver.server.ServerListener;
import org.jspecify.annotations.Nullable;

/**
 * Writes a line for every exchange that ends and every request that is refused. A loop makes a
 * record and puts it in a bounded queue; {@link AccessWriter} formats and writes it. If the writer
 * cannot keep up, or cannot write, records are dropped and counted, and requests go on.
 */
public final class AccessLog implements ServerListener {
  private final AccessPattern pattern;
  private final AccessQueue queue;
  private final AccessSink sink;
  private final String threadName;
  private @Nullable AccessWriter writer;

  /**
   * Makes a log that does nothing until its server starts.
   *
   * @param serverName the prefix of the name of the log's thread
   * @throws IllegalArgumentException if the pattern is malformed
   */
  public AccessLog(AccessLogOptions options, String serverName) {
    this(options, serverName, (ForwardedHeaders) null);
  }

  /**
   * As {@link #AccessLog(AccessLogOptions, String)}, with the client that trusted proxies report.
   *
   * @param forwarded the reader of forwarded headers that the server uses; null if it uses none
   */
  public AccessLog(
      AccessLogOptions options, String serverName, @Nullable ForwardedHeaders forwarded) {
    this(
        options,
        serverName,
        forwarded,
        options.file() == null
            ? new LoggerSink(options.logger())
            : new FileSink(
                options.file(),
                options.maxFileBytes(),
                options.rotateDaily(),
                options.maxHistory()));
  }

  AccessLog(
      AccessLogOptions options,
      String serverName,
      @Nullable ForwardedHeaders forwarded,
      AccessSink sink) {
    pattern = AccessPattern.of(options.pattern(), new ClientAddress(forwarded));
    queue = new AccessQueue(options.queueCapacity());
    this.sink = sink;
    threadName = serverName + "-access-log";
  }

  @Override
  public synchronized void onStart() {
    if (writer == null) {
      queue.open();
      writer = new AccessWriter(pattern, queue, sink, threadName);
      writer.start();
    }
  }

  @Override
  public synchronized void onStop() {
    AccessWriter ending = writer;
    writer = null;
    if (ending != null) {
      ending.stop();
    }
  }

  @Override
  public boolean wantsExchangeEnds() {
    return true;
  }

  @Override
  public void onExchangeEnd(EndedExchange exchange) {
    queue.offer(AccessRecord.of(exchange, pattern));
  }

  @Override
  public long dropped() {
    return queue.dropped();
  }
}
