/** Where codecs meet transports: protocol choice and one connection class per protocol. */
@NullMarked
package io.kqueueserver.server;

import org.jspecify.annotations.NullMarked;
