@NullMarked
package io.kqueueserver.spring.autoconfigure;

import org.jspecify.annotations.NullMarked;
