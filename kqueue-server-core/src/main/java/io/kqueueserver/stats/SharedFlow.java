package io.kqueueserver.stats;

/**
 * State that the streams of one connection share, for observers. Windows are bytes that may still
 * go.
 *
 * @param streams those that are open, or whose handler runs
 * @param sendWindow credit that the client has given
 * @param receiveWindow credit that the client has
 */
public record SharedFlow(int streams, int sendWindow, int receiveWindow) {}
