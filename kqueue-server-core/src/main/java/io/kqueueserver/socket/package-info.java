/**
 * Non-blocking TCP sockets by descriptor number: open, accept, read, write, sendfile, shutdown,
 * close. Imports ffi only.
 */
@NullMarked
package io.kqueueserver.socket;

import org.jspecify.annotations.NullMarked;
