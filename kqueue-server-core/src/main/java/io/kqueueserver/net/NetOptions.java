package io.kqueueserver.net;

import org.jspecify.annotations.Nullable;

/**
 * What connections need to know of the server's options.
 *
 * @param writeTimeoutNanos without progress while bytes wait to be sent
 * @param proxy what is expected of the PROXY protocol; null if it is not spoken
 * @param discarding bounds on input that is thrown away
 */
public record NetOptions(
    int writeHighWatermark,
    int writeLowWatermark,
    long writeTimeoutNanos,
    @Nullable ProxyPolicy proxy,
    Discarding discarding) {}
