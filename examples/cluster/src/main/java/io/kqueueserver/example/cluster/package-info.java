/** Several processes that share their sessions and a chat by Redis. */
@NullMarked
package io.kqueueserver.example.cluster;

import org.jspecify.annotations.NullMarked;
