package io.kqueueserver.server.observe;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** The JFR event of a closed descriptor of a client. */
@Name("io.kqueueserver.Close")
@Label("Connection Closed")
@Category("kqueue-server")
@StackTrace(false)
final class CloseEvent extends Event {
  @Label("Connection")
  @Description("Loop, slot and generation; absent if the descriptor was no connection yet")
  @Nullable String connection;

  @Label("Peer")
  @Nullable String peer;

  @Label("Reason")
  @Nullable String reason;

  @Label("Protocol")
  @Nullable String protocol;

  @Label("Requests")
  int requests;

  @Label("Bytes Read")
  @DataAmount
  long bytesRead;

  @Label("Bytes Written")
  @DataAmount
  long bytesWritten;

  @Label("Age")
  @Timespan(Timespan.NANOSECONDS)
  long age;
}
