package io.kqueueserver.server;

import io.kqueueserver.http.ws.Opcode;
import io.kqueueserver.server.ws.WebSocket;
import io.kqueueserver.server.ws.WebSocketListener;
import java.nio.ByteBuffer;

/** Sends each message back before it demands the next. */
class EchoListener implements WebSocketListener {
  final WebSocket socket;

  EchoListener(WebSocket socket) {
    this.socket = socket;
  }

  @Override
  public void onOpen() {
    socket.demand(1);
  }

  @Override
  public void onMessage(Opcode type, byte[] payload) {
    socket.send(type, ByteBuffer.wrap(payload), () -> {});
    socket.demand(1);
  }

  @Override
  public void onPong(byte[] payload) {
    socket.demand(1);
  }

  @Override
  public void onClose(int code, String reason) {}

  @Override
  public void onEnd() {}
}
