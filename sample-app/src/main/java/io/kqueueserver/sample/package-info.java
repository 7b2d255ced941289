/** A small application that shows each feature of the server, and its smoke test. */
@NullMarked
package io.kqueueserver.sample;

import org.jspecify.annotations.NullMarked;
