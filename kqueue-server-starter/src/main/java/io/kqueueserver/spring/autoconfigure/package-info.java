/** Wiring only: auto-configurations, the properties of the user, and failure analyzers. */
@NullMarked
package io.kqueueserver.spring.autoconfigure;

import org.jspecify.annotations.NullMarked;
