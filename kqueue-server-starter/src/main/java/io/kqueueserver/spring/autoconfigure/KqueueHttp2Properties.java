package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.http.h2.Http2Defences;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.server.OptionBounds;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings of HTTP/2, which {@code server.http2.enabled} turns on.
 *
 * @param upgrade Whether an HTTP/1.1 request in the clear may switch to HTTP/2 by "Upgrade: h2c". A
 *     proxy that passes this field on lets a client tunnel past the proxy's access rules.
 * @param maxConcurrentStreams Maximum number of streams of one connection whose handler or response
 *     is under way.
 * @param headerTableSize Maximum size of the table of header fields that a connection keeps in each
 *     direction.
 * @param streamWindow How much of a request body a client may send before the application has read
 *     it.
 * @param connectionWindow How much a client may send on all streams of a connection before the
 *     application has read it.
 * @param stalledStreamTimeout How long a response may wait for a client's flow control without
 *     progress, and at most 20 seconds while memory is tight. Zero means as long as the write
 *     timeout.
 * @param maxResets Maximum number of streams of one connection that the client ends early in 30
 *     seconds.
 * @param maxContinuations Maximum number of CONTINUATION frames of one field block.
 * @param maxEmptyData Maximum number of empty DATA frames in a row.
 * @param maxControlFrames Maximum number of control frames of one connection in one second, beyond
 *     the frames that data makes necessary.
 * @param maxQueuedControlFrames Maximum number of answers to control frames that wait to be sent to
 *     one client.
 */
@ConfigurationProperties("kqueue.server.http2")
public record KqueueHttp2Properties(
    @DefaultValue("false") boolean upgrade,
    @DefaultValue("100") int maxConcurrentStreams,
    @DefaultValue("4KB") DataSize headerTableSize,
    @DefaultValue("64KB") DataSize streamWindow,
    @DefaultValue("1MB") DataSize connectionWindow,
    @DefaultValue("0") Duration stalledStreamTimeout,
    @DefaultValue("200") int maxResets,
    @DefaultValue("16") int maxContinuations,
    @DefaultValue("10") int maxEmptyData,
    @DefaultValue("128") int maxControlFrames,
    @DefaultValue("256") int maxQueuedControlFrames) {

  Http2Options toOptions() {
    return new Http2Options(
        upgrade,
        false,
        maxConcurrentStreams,
        Math.toIntExact(headerTableSize.toBytes()),
        Math.toIntExact(streamWindow.toBytes()),
        Math.toIntExact(connectionWindow.toBytes()),
        OptionBounds.nanos(stalledStreamTimeout),
        new Http2Defences(
            maxResets, maxContinuations, maxEmptyData, maxControlFrames, maxQueuedControlFrames));
  }
}
