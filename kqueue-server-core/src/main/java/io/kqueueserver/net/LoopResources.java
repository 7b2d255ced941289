package io.kqueueserver.net;

import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.socket.Sockets;

/**
 * The buffers and options that all connections of one loop share.
 *
 * @param reads the memory of every read of this loop
 * @param fileWorker the file worker that all loops share
 * @param memory this loop's part in the bound on bytes held for clients
 */
public record LoopResources(
    EventLoop loop,
    Sockets sockets,
    ReadMemory reads,
    Staging staging,
    FileWorker fileWorker,
    LoopMemory memory,
    NetOptions options) {}
