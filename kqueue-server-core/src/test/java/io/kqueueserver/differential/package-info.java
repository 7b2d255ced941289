/**
 * Odd requests as data, and what a server makes of the stream they are part of. {@code
 * benchmarks/differential} reads the same table with other servers and through proxies.
 */
package io.kqueueserver.differential;
