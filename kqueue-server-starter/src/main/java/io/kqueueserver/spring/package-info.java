/** Spring Boot's web server and web server factory, and their log lines. */
@NullMarked
package io.kqueueserver.spring;

import org.jspecify.annotations.NullMarked;
