package io.kqueueserver.server.ws;

import io.kqueueserver.http.ws.MessageAssembler;
import io.kqueueserver.http.ws.Opcode;
import io.kqueueserver.http.ws.WebSocketSink;
import java.nio.ByteBuffer;

/**
 * Makes messages, or pieces of messages, from the decoder's events and keeps one until it is
 * demanded. At most one is kept, because decoding pauses while one waits. Ping, Pong and Close are
 * passed on at once, so they are seen without demand, but not behind a waiting message.
 */
final class MessageReceiver implements WebSocketSink {
  /** Receives messages and control frames. */
  interface Target {
    void messageBegan();

    void messageEnded();

    void message(Opcode type, byte[] payload);

    void piece(Opcode type, byte[] payload, boolean last);

    void ping(byte[] payload);

    /** Receives a Pong. Returns whether the application got it, which takes one of the demand. */
    boolean pong(byte[] payload, boolean demanded);

    void closed(int code, String reason);
  }

  private static final byte[] NOTHING = {};

  private final Target target;
  private final Delivery delivery;
  private final MessageAssembler assembler = new MessageAssembler();
  private Opcode type = Opcode.TEXT;
  private boolean insideMessage;

  /** Length of the message, if that is known. */
  private long expected;

  /** Whether the assembler has the message; a message of one piece needs none. */
  private boolean gathering;

  private long demand;
  private boolean discarding;
  private boolean waits;
  private byte[] waiting = NOTHING;

  /** Whether {@link #waiting} ends its message. */
  private boolean last;

  MessageReceiver(Target target, Delivery delivery) {
    this.target = target;
    this.delivery = delivery;
  }

  void demand(long messages) {
    if (messages > 0) {
      long sum = demand + messages;
      demand = sum < 0 ? Long.MAX_VALUE : sum;
    }
  }

  /** Drops all further messages. */
  void discard() {
    discarding = true;
    waits = false;
    waiting = NOTHING;
    gathering = false;
    assembler.start(0);
  }

  /** Whether another event may be decoded. */
  boolean wantsMore() {
    return discarding || (!waits && (demand > 0 || !insideMessage));
  }

  /** Passes the waiting message or piece on, if it is demanded now. */
  void deliver() {
    if (waits && demand > 0) {
      byte[] payload = waiting;
      waits = false;
      waiting = NOTHING;
      take();
      if (delivery == Delivery.WHOLE) {
        target.message(type, payload);
      } else {
        target.piece(type, payload, last);
      }
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
    expected = length;
    target.messageBegan();
  }

  @Override
  public void onMessageData(ByteBuffer piece) {
    if (discarding) {
      return;
    }
    if (delivery == Delivery.PIECES) {
      waiting = copyOf(piece);
      waits = true;
      last = false;
    } else if (!gathering && piece.remaining() == expected) {
      waiting = copyOf(piece);
    } else {
      if (!gathering) {
        gathering = true;
        assembler.start(expected);
      }
      assembler.add(piece);
    }
  }

  private static byte[] copyOf(ByteBuffer piece) {
    byte[] copy = new byte[piece.remaining()];
    piece.get(copy);
    return copy;
  }

  @Override
  public void onMessageEnd() {
    insideMessage = false;
    target.messageEnded();
    if (discarding) {
      return;
    }
    if (gathering) {
      gathering = false;
      waiting = assembler.take();
    }
    waits = true;
    last = true;
  }

  @Override
  public void onPing(byte[] payload) {
    target.ping(payload);
  }

  @Override
  public void onPong(byte[] payload) {
    if (target.pong(payload, delivery == Delivery.WHOLE && demand > 0 && !discarding)) {
      take();
    }
  }

  @Override
  public void onClose(int code, String reason) {
    target.closed(code, reason);
  }
}
