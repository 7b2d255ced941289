/** The server as Spring Boot sees it: web server, factory, and what they report. */
@NullMarked
package io.kqueueserver.spring;

import org.jspecify.annotations.NullMarked;
