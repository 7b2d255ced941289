/**
 * Watches files and directories by EVFILT_VNODE. The watcher has an event loop of its own, so that
 * the server's loops never touch the disk. Imports loop, queue, ffi and stats.
 */
@NullMarked
package io.kqueueserver.watch;

import org.jspecify.annotations.NullMarked;
