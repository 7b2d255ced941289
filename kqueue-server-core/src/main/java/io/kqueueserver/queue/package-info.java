/**
 * One kqueue contract: kevent(2) on macOS and the BSDs, the same behaviour over epoll and eventfd
 * on Linux. Imports ffi only.
 */
@NullMarked
package io.kqueueserver.queue;

import org.jspecify.annotations.NullMarked;
