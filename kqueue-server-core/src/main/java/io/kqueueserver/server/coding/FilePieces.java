package io.kqueueserver.server.coding;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.net.FileInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** The step that codes part of a file, a piece a turn. The loop's thread only. */
final class FilePieces implements BodySteps.Step {
  private final Exchange exchange;
  private final BodySteps steps;
  private final FileInput input;
  private final Consumer<ByteBuffer> encode;
  private long held;

  FilePieces(Exchange exchange, BodySteps steps, FileInput input, Consumer<ByteBuffer> encode) {
    this.exchange = exchange;
    this.steps = steps;
    this.input = input;
    this.encode = encode;
  }

  @Override
  public boolean run() throws IOException {
    if (held == 0) {
      held = input.pieceBytes();
      exchange.holds(held);
    }
    ByteBuffer piece = input.next();
    if (piece != null) {
      encode.accept(piece);
    }
    if (input.isAtEnd()) {
      drop();
      return true;
    }
    if (piece != null) {
      steps.goOnNextTurn();
    }
    return false;
  }

  @Override
  public void drop() {
    exchange.holds(-held);
    held = 0;
    input.close();
  }
}
