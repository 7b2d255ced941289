package io.kqueueserver.server.ws;

import io.kqueueserver.http.ws.MessageAssembler;
import io.kqueueserver.http.ws.Opcode;
import io.kqueueserver.http.ws.WebSocketSink;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Makes messages of what the decoder finds and keeps them until they are demanded, which is one
 * message at most: with that one in hand nothing more is decoded. Ping, pong and Close are passed
 * on at once, so they are seen without demand, but not behind a message that waits.
 */
final class MessageReceiver implements WebSocketSink {
  /** Receives what was found. */
  interface Target {
    void messageBegan();

    void messageEnded();

    void message(Opcode type, byte[] payload);

    void ping(byte[] payload);

    /** A Pong; returns whether it was passed to the application, which takes one of the demand. */
    boolean pong(byte[] payload, boolean demanded);

    void closed(int code, String reason);
  }

  private static final byte[] NOTHING = {};

  private final Target target;
  private final MessageAssembler assembler = new MessageAssembler();
  private Opcode type = Opcode.TEXT;
  private boolean insideMessage;
  private long demand;
  private boolean discarding;
  private boolean waits;
  private byte[] waiting = NOTHING;

  MessageReceiver(Target target) {
    this.target = target;
  }

  void demand(long messages) {
    if (messages > 0) {
      long sum = demand + messages;
      demand = sum < 0 ? Long.MAX_VALUE : sum;
    }
  }

  /** Everything that is found from here on is thrown away. */
  void discard() {
    discarding = true;
    waits = false;
    waiting = NOTHING;
    assembler.start(0);
  }

  /** Whether another event may be decoded. */
  boolean wantsMore() {
    return discarding || (!waits && (demand > 0 || !insideMessage));
  }

  /** Hands the message that waits on, if it is demanded now. */
  void deliver() {
    if (waits && demand > 0) {
      byte[] payload = waiting;
      waits = false;
      waiting = NOTHING;
      take();
      target.message(type, payload);
    }
  }

  private void take() {
    if (demand != Long.MAX_VALUE) {
      demand--;
    }
  }

  long heldBytes() {
    return (long) assembler.heldBytes() + waiting.length;
  }

  @Override
  public void onMessageStart(Opcode opcode, long length) {
    type = opcode;
    insideMessage = true;
    assembler.start(length);
    target.messageBegan();
  }

  @Override
  public void onMessageData(ByteBuffer piece) {
    if (!discarding) {
      assembler.add(piece);
    }
  }

  @Override
  public void onMessageEnd() {
    insideMessage = false;
    target.messageEnded();
    if (!discarding) {
      waiting = assembler.take();
      waits = true;
      deliver();
    }
  }

  @Override
  public void onPing(byte[] payload) {
    target.ping(payload);
  }

  @Override
  public void onPong(byte[] payload) {
    if (target.pong(payload, demand > 0 && !discarding)) {
      take();
    }
  }

  @Override
  public void onClose(int code, String reason) {
    target.closed(code, reason);
  }

  /** Whether these are the same bytes; a Ping of ours comes back as it was. */
  static boolean same(byte @Nullable [] sent, byte[] received) {
    return sent != null && Arrays.equals(sent, received);
  }
}
