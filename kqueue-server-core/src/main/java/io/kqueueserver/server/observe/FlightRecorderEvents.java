package io.kqueueserver.server.observe;

import io.kqueueserver.ip.IpText;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.stats.Limit;
import java.util.List;
import java.util.stream.Collectors;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import org.jspecify.annotations.Nullable;

/**
 * Makes JFR events of stalls, closes and limits. Unless a recording runs, a call reads two fields
 * and makes no object. The classes of the events are loaded only after the JVM's first recording:
 * before it, to register one has JFR read all its metadata, and a loop would stall for that.
 */
final class FlightRecorderEvents implements EventRecorder {
  /** 64: most frames of a stack in an event. The outermost frames of a deeper one are left out. */
  private static final int MAX_FRAMES = 64;

  /** The registered types. Loaded only where JFR is in use. */
  private static final class Types {
    static final EventType STALL = EventType.getEventType(StallEvent.class);
    static final EventType CLOSE = EventType.getEventType(CloseEvent.class);
    static final EventType LIMIT = EventType.getEventType(LimitEvent.class);
  }

  @Override
  public OfLoop of(int loop) {
    return new LoopEvents(loop);
  }

  @Override
  public void onStall(Stall stall) {
    if (!FlightRecorder.isInitialized() || !Types.STALL.isEnabled()) {
      return;
    }
    StallEvent event = new StallEvent();
    if (!event.shouldCommit()) {
      return;
    }
    Stall.Culprit culprit = stall.culprit();
    Stall.Request request = culprit.request();
    event.stall = stall.id();
    event.loop = stall.where().thread();
    event.blocked = stall.span().durationNanos();
    event.ongoing = stall.span().ongoing();
    event.cause = stall.cause().name();
    event.peer = culprit.peer();
    event.request = request == null ? null : request.method() + " " + request.path();
    event.handler = request == null ? null : request.handler();
    event.stack = text(stall.stacks().last());
    event.commit();
  }

  private static String text(List<StackTraceElement> stack) {
    return stack.stream()
        .limit(MAX_FRAMES)
        .map(StackTraceElement::toString)
        .collect(Collectors.joining(System.lineSeparator()));
  }

  /** The events of one loop. */
  private static final class LoopEvents implements OfLoop {
    private final int loop;

    LoopEvents(int loop) {
      this.loop = loop;
    }

    @Override
    public boolean wantsCloses() {
      return FlightRecorder.isInitialized() && (Types.CLOSE.isEnabled() || Types.LIMIT.isEnabled());
    }

    @Override
    public void onClosed(Closed closed) {
      CloseEvent event = new CloseEvent();
      if (event.shouldCommit()) {
        event.connection = id(closed.udata());
        event.peer = IpText.of(closed.peer());
        event.reason = closed.reason().name();
        event.protocol = closed.protocol().label();
        event.requests = closed.requests();
        event.bytesRead = closed.bytesRead();
        event.bytesWritten = closed.bytesWritten();
        event.age = closed.ageNanos();
        event.commit();
      }
      Limit limit = closed.reason().limit();
      if (limit != null) {
        record(limit, closed.udata());
      }
    }

    @Override
    public void onLimitHit(EventLoop source, Limit limit) {
      if (FlightRecorder.isInitialized() && Types.LIMIT.isEnabled()) {
        record(limit, source.turn().runningUdata());
      }
    }

    private void record(Limit limit, long udata) {
      LimitEvent event = new LimitEvent();
      if (event.shouldCommit()) {
        event.limit = limit.tag();
        event.property = limit.property();
        event.connection = id(udata);
        event.commit();
      }
    }

    /** Loop, slot and generation, which end the id of the connection in the endpoint. */
    private @Nullable String id(long udata) {
      return udata == 0
          ? null
          : loop + "-" + (int) udata + "-" + Integer.toUnsignedString((int) (udata >>> 32));
    }
  }
}
