/**
 * TLS by the JDK's {@code SSLEngine}, as a {@link io.kqueueserver.net.Transport} on top of another.
 * The loop's thread drives the engine; only its delegated tasks run elsewhere. Imports net, and the
 * layers below net.
 */
@NullMarked
package io.kqueueserver.net.tls;

import org.jspecify.annotations.NullMarked;
