/** Wiring only: what Spring Boot finds on the class path and what the user may set. */
@NullMarked
package io.kqueueserver.spring.autoconfigure;

import org.jspecify.annotations.NullMarked;
