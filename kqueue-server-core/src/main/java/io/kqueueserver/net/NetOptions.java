package io.kqueueserver.net;

/**
 * What connections need to know of the server's options.
 *
 * @param writeTimeoutNanos without progress while bytes wait to be sent
 */
public record NetOptions(int writeHighWatermark, int writeLowWatermark, long writeTimeoutNanos) {}
