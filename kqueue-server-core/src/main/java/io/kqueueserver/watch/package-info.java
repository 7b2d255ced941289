/**
 * Tells when files and directories change, by EVFILT_VNODE on an event loop of its own: the
 * server's loops never touch the disk. Imports loop, queue, ffi and stats.
 */
@NullMarked
package io.kqueueserver.watch;

import org.jspecify.annotations.NullMarked;
