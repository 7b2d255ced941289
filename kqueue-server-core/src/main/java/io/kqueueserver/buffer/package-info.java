/** Byte queues and pools; a leaf. */
@NullMarked
package io.kqueueserver.buffer;

import org.jspecify.annotations.NullMarked;
