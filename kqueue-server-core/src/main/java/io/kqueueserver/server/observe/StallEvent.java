package io.kqueueserver.server.observe;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** The JFR event of a loop that is blocked, and again of the end of that. */
@Name("io.kqueueserver.Stall")
@Label("Stall")
@Category("kqueue-server")
@Description("An event loop was in one turn for longer than kqueue.server.stall-threshold")
@StackTrace(false) // it would be the watchdog's
final class StallEvent extends Event {
  @Label("Stall Id")
  long stall;

  @Label("Loop")
  @Nullable String loop;

  @Label("Blocked For")
  @Timespan(Timespan.NANOSECONDS)
  long blocked;

  @Label("Ongoing")
  @Description("Whether the loop was still blocked")
  boolean ongoing;

  @Label("Cause")
  @Nullable String cause;

  @Label("Peer")
  @Nullable String peer;

  @Label("Request")
  @Description("Method and path without query")
  @Nullable String request;

  @Label("Handler")
  @Nullable String handler;

  @Label("Stack of the Loop")
  @Nullable String stack;
}
