package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.http.ws.MessageLimits;
import io.kqueueserver.http.ws.WebSocketOptions;
import io.kqueueserver.http.ws.WebSocketTimeouts;
import io.kqueueserver.server.OptionBounds;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings of WebSocket sessions.
 *
 * @param compression Whether messages are compressed if a client offers it (permessage-deflate).
 * @param contextTakeover Whether compression may refer to earlier messages of a session. Each
 *     session keeps about 300 KiB of native memory then.
 * @param maxFrameSize Maximum size of the payload of one frame of a client, as it is sent.
 * @param maxMessageSize Maximum size of one message of a client, after it was inflated.
 * @param maxFragments Maximum number of frames of one message of a client.
 * @param maxEmptyFragments Maximum number of frames without payload in one message of a client.
 * @param maxInflateRatio How many bytes one byte of a compressed message may inflate to, beyond the
 *     first 64 KiB of the message.
 * @param maxControlFrames Maximum number of pings and pongs of a client in one second.
 * @param maxQueuedBytes Maximum size of the messages that wait to be sent to one client.
 * @param maxSessions Maximum number of sessions at a time. Zero means no limit.
 * @param pingInterval Silence of a client after which the server sends a ping. Zero means never.
 * @param idleTimeout How long a client may send nothing, not even an answer to a ping. Zero means
 *     no limit.
 * @param messageTimeout How long a client may take from the first to the last frame of a message.
 *     Zero means no limit.
 * @param closeTimeout How long a client may take to answer a close, and then to end its connection.
 */
@ConfigurationProperties("kqueue.server.websocket")
public record KqueueWebSocketProperties(
    @DefaultValue("true") boolean compression,
    @DefaultValue("false") boolean contextTakeover,
    @DefaultValue("64KB") DataSize maxFrameSize,
    @DefaultValue("64KB") DataSize maxMessageSize,
    @DefaultValue("1024") int maxFragments,
    @DefaultValue("16") int maxEmptyFragments,
    @DefaultValue("200") int maxInflateRatio,
    @DefaultValue("64") int maxControlFrames,
    @DefaultValue("1MB") DataSize maxQueuedBytes,
    @DefaultValue("0") int maxSessions,
    @DefaultValue("30s") Duration pingInterval,
    @DefaultValue("60s") Duration idleTimeout,
    @DefaultValue("60s") Duration messageTimeout,
    @DefaultValue("5s") Duration closeTimeout) {

  WebSocketOptions toOptions() {
    return new WebSocketOptions(
        new MessageLimits(
            maxFrameSize.toBytes(),
            maxMessageSize.toBytes(),
            maxFragments,
            maxEmptyFragments,
            maxInflateRatio),
        compression,
        contextTakeover,
        maxControlFrames,
        maxQueuedBytes.toBytes(),
        new WebSocketTimeouts(
            OptionBounds.nanos(pingInterval),
            OptionBounds.nanos(idleTimeout),
            OptionBounds.nanos(messageTimeout),
            OptionBounds.nanos(closeTimeout)),
        maxSessions);
  }
}
