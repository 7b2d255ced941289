/**
 * Grammar that every HTTP version shares: octet classes, field names and values, hosts (RFC 9110 5,
 * RFC 3986 3.2.2).
 */
@NullMarked
package io.kqueueserver.http.syntax;

import org.jspecify.annotations.NullMarked;
