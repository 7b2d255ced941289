/** HTTP/2 on a connection: concurrent streams, each an exchange. */
@NullMarked
package io.kqueueserver.server.h2;

import org.jspecify.annotations.NullMarked;
