package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.server.Buffers;
import io.kqueueserver.server.MemoryLimits;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings of the memory between sockets and the application.
 *
 * @param readBufferSize Size of the read buffer of each event loop, which is the most that one read
 *     takes.
 * @param writeHighWatermark Unsent bytes per connection above which the server requests no more of
 *     a response.
 * @param writeLowWatermark Unsent bytes per connection below which the server requests more of a
 *     response again.
 * @param bodyPieceSize Longest piece of a request body that is passed to the application at once.
 *     Parsers that recurse once per record in a buffer need small pieces.
 * @param maxHeldBytes Maximum number of bytes held in memory for all clients, read ahead or waiting
 *     to be sent. Above three quarters of it, reading pauses on the connections that hold most. At
 *     the maximum, the connection that holds most and makes no progress is cut off. Default is a
 *     quarter of the maximum heap.
 */
@ConfigurationProperties("kqueue.server")
public record KqueueBufferProperties(
    @DefaultValue("64KB") DataSize readBufferSize,
    @DefaultValue("64KB") DataSize writeHighWatermark,
    @DefaultValue("32KB") DataSize writeLowWatermark,
    @DefaultValue("8KB") DataSize bodyPieceSize,
    @Nullable DataSize maxHeldBytes) {

  Buffers toBuffers() {
    return new Buffers(toInt(readBufferSize), toInt(writeHighWatermark), toInt(writeLowWatermark));
  }

  MemoryLimits toMemoryLimits() {
    DataSize held = maxHeldBytes;
    return new MemoryLimits(
        toInt(bodyPieceSize), held == null ? MemoryLimits.DEFAULTS.maxHeldBytes() : held.toBytes());
  }

  private static int toInt(DataSize size) {
    return Math.toIntExact(size.toBytes());
  }
}
