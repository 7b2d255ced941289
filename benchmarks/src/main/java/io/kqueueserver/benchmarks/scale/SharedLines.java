package io.kqueueserver.benchmarks.scale;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.net.Worker;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import sun.misc.Unsafe;

/**
 * Objects of different loops that lie on one cache line, where a store by one loop takes the line
 * from another. The objects of a loop are those that its worker reaches; the addresses are read
 * after collections, which move objects. Started by {@code benchmarks/shared-lines}.
 */
public final class SharedLines {
  private static final int LOOPS = 16;
  private static final int CONNECTIONS = 64;
  private static final int REQUESTS = 50;
  private static final int COLLECTIONS = 3;
  private static final int LINE_BYTES = 64;
  private static final int SEVERAL = -1;

  /** The ways from one loop to another. */
  private static final Set<String> BETWEEN_LOOPS =
      Set.of(
          "ActiveExchanges",
          "Balancer",
          "Draining",
          "Handover",
          "ListenSocket",
          "LoopFailures",
          "MemoryBound",
          "RunningServer");

  private static final Unsafe UNSAFE = unsafe();

  /** The loop of each object; {@link #SEVERAL} of those that several reach, which none writes. */
  private final Map<Object, Integer> owners = new IdentityHashMap<>();

  /** The loops and the classes of each line. */
  private final Map<Long, Set<Integer>> loops = new TreeMap<>();

  private final Map<Long, Set<String>> classes = new TreeMap<>();

  private SharedLines() {}

  /** Prints the shared lines after each collection. */
  public static void main(String[] args) throws IOException, ReflectiveOperationException {
    KqueueServer server =
        KqueueServer.builder()
            .port(0)
            .loops(LOOPS)
            .handler(
                exchange -> {
                  exchange.respond(204, sink -> {}, 0);
                  exchange.finish();
                })
            .build();
    server.start();
    List<Socket> clients = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      clients.add(ask(server.port()));
    }
    for (int i = 1; i <= COLLECTIONS; i++) {
      System.gc();
      SharedLines lines = new SharedLines();
      List<Worker> workers = Objects.requireNonNull(server.running()).workers();
      for (int loop = 0; loop < workers.size(); loop++) {
        lines.walk(workers.get(loop), loop);
      }
      for (Map.Entry<Object, Integer> owned : lines.owners.entrySet()) {
        if (owned.getValue() != SEVERAL) {
          lines.note(owned.getKey(), owned.getValue());
        }
      }
      lines.print("collection " + i);
    }
    for (Socket client : clients) {
      client.close();
    }
    server.stop();
  }

  private static Socket ask(int port) throws IOException {
    Socket client = new Socket(InetAddress.getLoopbackAddress(), port);
    byte[] request = "GET / HTTP/1.1\r\nHost: t\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < REQUESTS; i++) {
      client.getOutputStream().write(request);
      if (client.getInputStream().read(new byte[1024]) < 0) {
        throw new IOException("the server has closed");
      }
    }
    return client;
  }

  private void print(String when) {
    Map<String, Integer> found = new TreeMap<>();
    loops.forEach(
        (line, all) -> {
          if (all.size() > 1) {
            found.merge(String.valueOf(classes.get(line)), 1, Integer::sum);
          }
        });
    int shared = found.values().stream().mapToInt(Integer::intValue).sum();
    System.out.printf("%s: %d of %d lines are of several loops%n", when, shared, loops.size());
    found.forEach((pair, count) -> System.out.println("  " + count + " " + pair));
  }

  private void walk(Object worker, int loop) throws IllegalAccessException {
    Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Object> rest = new ArrayDeque<>(List.of(worker));
    while (!rest.isEmpty()) {
      Object object = rest.remove();
      if (!seen.add(object)) {
        continue;
      }
      owners.merge(object, loop, (first, second) -> SEVERAL);
      if (object instanceof Object[] elements) {
        for (Object element : elements) {
          follow(element, rest);
        }
      }
      for (Field field : fields(object.getClass())) {
        if (!field.getType().isPrimitive() && field.trySetAccessible()) {
          follow(field.get(object), rest);
        }
      }
    }
  }

  private static void follow(Object value, Deque<Object> rest) {
    if (value == null || BETWEEN_LOOPS.contains(value.getClass().getSimpleName())) {
      return;
    }
    String name = value.getClass().getName();
    if (value.getClass().isArray()
        || name.startsWith("io.kqueueserver.")
        || name.startsWith("java.util.Array")
        || name.startsWith("java.util.concurrent.atomic.")) {
      rest.add(value);
    }
  }

  /** Notes the lines of an object that is written. */
  private void note(Object object, int loop) {
    Class<?> type = object.getClass();
    List<Field> fields = fields(type);
    long size;
    if (type.isArray()) {
      int length = java.lang.reflect.Array.getLength(object);
      size = UNSAFE.arrayBaseOffset(type) + (long) length * UNSAFE.arrayIndexScale(type);
    } else {
      if (fields.stream().allMatch(field -> Modifier.isFinal(field.getModifiers()))) {
        return;
      }
      size = fields.stream().mapToLong(SharedLines::end).max().orElse(0);
    }
    long address = address(object);
    for (long line = address / LINE_BYTES; line <= (address + size - 1) / LINE_BYTES; line++) {
      loops.computeIfAbsent(line, any -> new TreeSet<>()).add(loop);
      classes.computeIfAbsent(line, any -> new TreeSet<>()).add(type.getSimpleName());
    }
  }

  private static long end(Field field) {
    Class<?> type = field.getType();
    boolean wide = type == long.class || type == double.class;
    return UNSAFE.objectFieldOffset(field) + (wide ? Long.BYTES : Integer.BYTES);
  }

  private static List<Field> fields(Class<?> type) {
    List<Field> all = new ArrayList<>();
    for (Class<?> each = type; each != null; each = each.getSuperclass()) {
      for (Field field : each.getDeclaredFields()) {
        if (!Modifier.isStatic(field.getModifiers())) {
          all.add(field);
        }
      }
    }
    return all;
  }

  /** In a heap below 4 GiB a compressed reference is the address. */
  private static long address(Object object) {
    Object[] holder = {object};
    return Integer.toUnsignedLong(
        UNSAFE.getInt(holder, (long) UNSAFE.arrayBaseOffset(Object[].class)));
  }

  private static Unsafe unsafe() {
    try {
      Field field = Unsafe.class.getDeclaredField("theUnsafe");
      field.setAccessible(true);
      return (Unsafe) field.get(null);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }
}
