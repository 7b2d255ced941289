/**
 * What the protocols of a server share: the exchange's core, its options, its listener, and the
 * choice of a protocol. It knows no codec.
 */
@NullMarked
package io.kqueueserver.server;

import org.jspecify.annotations.NullMarked;
