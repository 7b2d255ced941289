/**
 * Meters, an endpoint and a health contributor of a running server, for Actuator and Micrometer.
 * This package reads from outside and sends no task to a loop. It imports the core but not the
 * starter, and finds servers by the web server's initialized event. Its classes are not loaded
 * without Actuator.
 */
@NullMarked
package io.kqueueserver.actuate;

import org.jspecify.annotations.NullMarked;
