/**
 * The native world: libc by its man-page names, struct layouts and constants as data, errno, and
 * native memory. Everything above sees ints, longs and direct buffers.
 */
@NullMarked
package io.kqueueserver.ffi;

import org.jspecify.annotations.NullMarked;
