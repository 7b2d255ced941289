package io.kqueueserver.http.forwarded;

import java.net.InetSocketAddress;

/**
 * The origin of a request before the trusted proxies, read from their fields.
 *
 * @param scheme {@code http} or {@code https}
 * @param authority host and optional port as {@code Host} has them, perhaps empty
 * @param client the last address that is no trusted proxy's; port 0 if it is not known
 * @param prefix path the proxy cut off, beginning with a slash and not ending in one; or empty
 */
public record Origin(String scheme, String authority, InetSocketAddress client, String prefix) {}
