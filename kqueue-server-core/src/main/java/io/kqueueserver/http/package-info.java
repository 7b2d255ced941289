/**
 * The types that every HTTP version shares: the exchange, heads, headers, limits, errors. Pure: no
 * I/O, no threads.
 */
@NullMarked
package io.kqueueserver.http;

import org.jspecify.annotations.NullMarked;
