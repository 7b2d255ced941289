@NullMarked
package io.kqueueserver.spring;

import org.jspecify.annotations.NullMarked;
