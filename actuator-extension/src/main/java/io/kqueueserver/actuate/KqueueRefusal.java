package io.kqueueserver.actuate;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * The response to a delete that is not allowed.
 *
 * @param reason what forbids it, and what to do
 */
public record KqueueRefusal(String reason) implements OperationResponseBody {}
