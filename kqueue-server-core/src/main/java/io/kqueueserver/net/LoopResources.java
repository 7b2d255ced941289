package io.kqueueserver.net;

import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.socket.Sockets;

/**
 * What all connections of one loop share: its thread's buffers and the options of its server.
 *
 * @param readBuffer where every read of this loop goes first
 * @param fileWorker shared by all loops
 * @param memory this loop's part in the bound on what is held for clients
 */
public record LoopResources(
    EventLoop loop,
    Sockets sockets,
    NativeBuffer readBuffer,
    Staging staging,
    FileWorker fileWorker,
    LoopMemory memory,
    NetOptions options) {}
