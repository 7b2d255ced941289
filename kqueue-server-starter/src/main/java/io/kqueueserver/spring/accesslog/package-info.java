/** One line per exchange, captured on the loop, formatted and written on a thread of its own. */
@NullMarked
package io.kqueueserver.spring.accesslog;

import org.jspecify.annotations.NullMarked;
