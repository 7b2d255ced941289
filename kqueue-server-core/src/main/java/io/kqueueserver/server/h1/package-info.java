/** HTTP/1.x on a connection: requests are served one after the other, each as an exchange. */
@NullMarked
package io.kqueueserver.server.h1;

import org.jspecify.annotations.NullMarked;
