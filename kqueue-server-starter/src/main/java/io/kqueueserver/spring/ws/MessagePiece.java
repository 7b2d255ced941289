package io.kqueueserver.spring.ws;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.web.reactive.socket.WebSocketMessage;

/**
 * The next bytes of a message that is received as it arrives.
 *
 * @param type {@code TEXT} or {@code BINARY}, the same for all pieces of a message
 * @param payload unpooled, so it needs no release; of text it may end inside a character
 * @param last whether the piece, which may be empty then, ends its message
 */
public record MessagePiece(WebSocketMessage.Type type, DataBuffer payload, boolean last) {}
