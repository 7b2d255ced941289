package io.kqueueserver.net;

import org.jspecify.annotations.Nullable;

/**
 * The options of the server that connections use.
 *
 * @param writeTimeoutNanos without progress while bytes wait to be sent
 * @param minSendRate minimum rate at which bytes that wait must be taken
 * @param proxy what is expected of the PROXY protocol; null if it is not spoken
 * @param discarding bounds on input that is read and dropped
 * @param maxAgeNanos age at which a connection ends in good order, give or take a tenth; 0 for none
 * @param perAddress bound on the connections of one address; null for none
 * @param closes notified of closed descriptors
 */
public record NetOptions(
    int writeHighWatermark,
    int writeLowWatermark,
    long writeTimeoutNanos,
    MinRate minSendRate,
    @Nullable ProxyPolicy proxy,
    Discarding discarding,
    long maxAgeNanos,
    @Nullable AddressLimit perAddress,
    CloseListener closes) {}
