package io.kqueueserver.loop;

import io.kqueueserver.stats.DescriptorKind;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * What a loop has that only itself knows of: slots and deadlines. Read by reflection, since nothing
 * but a test asks.
 */
public final class LoopAccounts {
  private static final Field DEADLINES = field(EventLoop.class, "deadlines");
  private static final Field HEAP = field(Deadlines.class, "heap");

  private LoopAccounts() {}

  /** What a loop without connections still has and should not; empty if it has ended. */
  public static List<String> open(EventLoop loop) {
    CompletableFuture<List<String>> answer = new CompletableFuture<>();
    boolean taken = loop.execute(() -> answer.complete(ofThisThread(loop)));
    return taken ? answer.orTimeout(5, TimeUnit.SECONDS).join() : List.of();
  }

  private static List<String> ofThisThread(EventLoop loop) {
    List<String> open = new ArrayList<>();
    for (EventHandler handler : loop.handlers()) {
      if (handler.kind() != DescriptorKind.LISTENER) {
        open.add("a slot of " + loop.name() + " for " + handler.kind() + " fd " + handler.fd());
      }
    }
    Arrays.stream((Deadline[]) get(HEAP, get(DEADLINES, loop)))
        .filter(Objects::nonNull)
        .filter(deadline -> deadline.due != Deadline.NEVER)
        .forEach(d -> open.add("a deadline of " + loop.name() + ": " + d.getClass().getName()));
    return open;
  }

  private static Field field(Class<?> owner, String name) {
    try {
      Field field = owner.getDeclaredField(name);
      field.setAccessible(true);
      return field;
    } catch (NoSuchFieldException e) {
      throw new AssertionError(e);
    }
  }

  private static Object get(Field field, Object of) {
    try {
      return field.get(of);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }
}
