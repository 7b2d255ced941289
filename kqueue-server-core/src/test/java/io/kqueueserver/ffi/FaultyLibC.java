package io.kqueueserver.ffi;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import jnr.ffi.Runtime;

/**
 * The host's binding, whose calls fail or do less now and then as the system's may: seeded, and at
 * any call site, since it stands where {@link Native} keeps its {@link LibC}. Nothing in production
 * knows of it. Linux only.
 *
 * <p>Faults are those that a correct kernel may show, and no others. By epoll(7) a read that brings
 * less than it may has emptied the socket, and so has EAGAIN: {@code Inbound} relies on that, and
 * no edge would come for bytes that were left. So reads are neither cut short nor answered EAGAIN;
 * a client that sends in pieces makes them short. EINTR takes nothing, and the call is made again.
 * A write may be cut short or answered EAGAIN: EVFILT_WRITE is added then, which tells at once.
 */
public final class FaultyLibC {
  /** What each call may answer instead of being made. */
  private static final Map<String, List<String>> ERRORS =
      Map.of(
          "read", List.of("EINTR", "EINTR", "ECONNRESET"),
          "write", List.of("EAGAIN", "EINTR", "ENOBUFS", "ENOMEM", "EPIPE", "ECONNRESET"),
          "sendfile", List.of("EAGAIN", "EINTR", "ENOMEM", "ECONNRESET"),
          "accept4", List.of("EINTR", "ECONNABORTED", "EMFILE", "ENOBUFS"),
          "epoll_wait", List.of("EINTR"),
          "epoll_ctl", List.of("ENOMEM", "ENOSPC"),
          "open", List.of("EINTR", "EMFILE", "ENOMEM"));

  /** The argument that says how many bytes, of calls that may do less. */
  private static final Map<String, Integer> LENGTHS = Map.of("write", 2, "sendfile", 3);

  private static final Set<String> ON_ANY_DESCRIPTOR = Set.of("epoll_wait", "open", "accept4");

  private static final int SHUT_RDWR = 2;

  private final Native natives;
  private final LinuxLibC real;
  private final Random random;

  /** Descriptors of connections: a fault of the queue's own would end its loop. */
  private final Set<Integer> connections = ConcurrentHashMap.newKeySet();

  private final Map<String, Integer> injected = new TreeMap<>();
  private double rate;

  private FaultyLibC(Native natives, long seed) {
    this.natives = natives;
    this.real = (LinuxLibC) natives.libc();
    this.random = new Random(seed);
  }

  /** A binding of its own; the options by which a server gets it. */
  public static FaultyLibC of(long seed) {
    try {
      Constructor<Native> make = Native.class.getDeclaredConstructor(NativeOptions.class);
      make.setAccessible(true);
      Native natives = make.newInstance(new NativeOptions(null, null, null, null));
      FaultyLibC faulty = new FaultyLibC(natives, seed);
      Field libc = Native.class.getDeclaredField("libc");
      libc.setAccessible(true);
      libc.set(natives, faulty.proxy());
      loaded().put(faulty.options(seed), natives);
      return faulty;
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  /** Stands for this binding in a server's options; never loaded as such. */
  public NativeOptions options(long seed) {
    return new NativeOptions(null, "faults of seed " + seed, null, null);
  }

  /** Forgets the binding. */
  public void forget(long seed) {
    try {
      loaded().remove(options(seed));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<NativeOptions, Native> loaded() throws ReflectiveOperationException {
    Field field = Native.class.getDeclaredField("LOADED");
    field.setAccessible(true);
    return (Map<NativeOptions, Native>) field.get(null);
  }

  private LinuxLibC proxy() {
    return (LinuxLibC)
        Proxy.newProxyInstance(
            LinuxLibC.class.getClassLoader(),
            new Class<?>[] {LinuxLibC.class},
            (proxy, method, arguments) -> call(method, arguments));
  }

  private Object call(Method method, Object[] arguments) throws Throwable {
    String name = method.getName();
    int error = fault(name, arguments);
    if (error != 0) {
      Runtime.getSystemRuntime().setLastError(error);
      if (method.getReturnType() == long.class) {
        return -1L;
      }
      return -1;
    }
    Object result;
    try {
      result = method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
    if (name.equals("accept4") && (int) result >= 0) {
      connections.add((int) result);
    } else if (name.equals("close")) {
      connections.remove((int) arguments[0]);
    }
    return result;
  }

  /** The error to answer with, or 0; may shorten the call. */
  private synchronized int fault(String name, Object[] arguments) {
    if (random.nextDouble() >= rate || !isCandidate(name, arguments)) {
      return 0;
    }
    Integer length = LENGTHS.get(name);
    if (length != null && random.nextBoolean()) {
      long less = 1L + random.nextInt((int) Math.max(1, Math.min(4096, (long) arguments[length])));
      arguments[length] = Math.min(less, (long) arguments[length]);
      count(name + " cut short");
      return 0;
    }
    List<String> errors = ERRORS.get(name);
    String error = errors.get(random.nextInt(errors.size()));
    if (name.equals("write") || name.equals("read") || name.equals("sendfile")) {
      endIfGone((int) arguments[0], error);
    }
    count(name + " " + error);
    return natives.abi().constant(error);
  }

  /** A peer that has gone is an event, too, and no call on its socket succeeds any more. */
  private void endIfGone(int fd, String error) {
    if (error.equals("ECONNRESET") || error.equals("EPIPE")) {
      real.shutdown(fd, SHUT_RDWR);
    }
  }

  private boolean isCandidate(String name, Object[] arguments) {
    if (!ERRORS.containsKey(name)) {
      return false;
    }
    if (name.equals("epoll_ctl")) {
      boolean added = (int) arguments[1] == natives.abi().constant("EPOLL_CTL_ADD");
      return added && connections.contains((int) arguments[2]);
    }
    return ON_ANY_DESCRIPTOR.contains(name) || connections.contains((int) arguments[0]);
  }

  private void count(String what) {
    injected.merge(what, 1, Integer::sum);
  }

  /** The share of calls that fail from now on. */
  public synchronized void rate(double share) {
    rate = share;
  }

  /** What was injected so far, and how often. */
  public synchronized Map<String, Integer> injected() {
    return new TreeMap<>(injected);
  }
}
