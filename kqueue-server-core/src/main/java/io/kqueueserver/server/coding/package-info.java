/** Coded responses: what stands between an exchange and its application where compression is on. */
@NullMarked
package io.kqueueserver.server.coding;

import org.jspecify.annotations.NullMarked;
