/** Coded responses: the layer between an exchange and its application if compression is on. */
@NullMarked
package io.kqueueserver.server.coding;

import org.jspecify.annotations.NullMarked;
