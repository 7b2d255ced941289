package io.kqueueserver.stats;

import org.jspecify.annotations.Nullable;

/**
 * The progress of one stream of a connection, for observers. Windows are bytes that may still go.
 *
 * @param state name of the state of RFC 9113 5.1, such as {@code half-closed-remote}
 * @param bytesReceived of the request's body, without framing and padding
 * @param bytesSent of the response's body, framed by now
 * @param bytesQueued of the response's body, not framed yet
 * @param sendWindow credit that the client has given; negative after the client has taken some back
 * @param receiveWindow credit that the client has; null once the request is complete
 */
public record StreamFlow(
    String state,
    long bytesReceived,
    long bytesSent,
    long bytesQueued,
    int sendWindow,
    @Nullable Integer receiveWindow) {}
