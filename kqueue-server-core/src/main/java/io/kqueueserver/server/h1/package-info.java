/** HTTP/1.x on a connection: requests one after the other, each an exchange. */
@NullMarked
package io.kqueueserver.server.h1;

import org.jspecify.annotations.NullMarked;
