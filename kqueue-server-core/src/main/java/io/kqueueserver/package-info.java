/** The server as a user without Spring sees it. */
@NullMarked
package io.kqueueserver;

import org.jspecify.annotations.NullMarked;
