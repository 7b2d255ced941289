/**
 * The header of the PROXY protocol, versions 1 and 2, which a proxy sends before the client's first
 * byte (haproxy.org, proxy-protocol.txt). Pure: bytes in, addresses out. Imports ip only.
 */
@NullMarked
package io.kqueueserver.net.proxy;

import org.jspecify.annotations.NullMarked;
