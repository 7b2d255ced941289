/**
 * The parts that all protocols of a server share: the core of exchanges, the options, the listener,
 * and the choice of a protocol. Imports no codec.
 */
@NullMarked
package io.kqueueserver.server;

import org.jspecify.annotations.NullMarked;
