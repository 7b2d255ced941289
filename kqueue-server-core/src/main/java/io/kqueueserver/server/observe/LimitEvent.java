package io.kqueueserver.server.observe;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** The JFR event of a limit that a client has met. */
@Name("io.kqueueserver.LimitHit")
@Label("Limit Hit")
@Category("kqueue-server")
@StackTrace(false)
final class LimitEvent extends Event {
  @Label("Limit")
  @Nullable String limit;

  @Label("Property")
  @Description("The property that sets the limit; absent if none does")
  @Nullable String property;

  @Label("Connection")
  @Description("Loop, slot and generation; absent if a deadline or a task met the limit")
  @Nullable String connection;
}
