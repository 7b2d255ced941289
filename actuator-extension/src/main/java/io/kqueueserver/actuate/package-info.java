/**
 * What Actuator and Micrometer show of a running server: meters, an endpoint, a health contributor.
 * Reads from outside and asks no loop for anything. Knows the core but not the starter; finds
 * servers by the web server's initialized event. Nothing here loads without Actuator.
 */
@NullMarked
package io.kqueueserver.actuate;

import org.jspecify.annotations.NullMarked;
