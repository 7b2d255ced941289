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
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.provider.MemoryManager;

/**
 * A binding whose calls fail or do less now and then as the system's may ({@link Faults}): seeded,
 * and at any call site, since it stands where {@link Native} keeps its calls. Nothing in production
 * knows of it. Linux only, over the host's calls or over those of a stand-in.
 *
 * <p>Faults are those that a correct kernel may show, and no others. By epoll(7) a read that brings
 * less than it may has emptied the socket, and so has EAGAIN: {@code Inbound} relies on that, and
 * no edge would come for bytes that were left. So reads are neither cut short nor answered EAGAIN;
 * a client that sends in pieces makes them short. EINTR takes nothing, and the call is made again.
 * A write may be cut short or answered EAGAIN: EVFILT_WRITE is added then, which fires at once.
 * After EINTR of kevent the changes have been applied and no event was taken; with ENOMEM it was
 * not made. A change of its list fails because its ident is replaced by that of no descriptor.
 */
public final class FaultyLibC {
  private static final int SHUT_RDWR = 2;
  private static final int EV_ADD = 1;
  private static final int NO_DESCRIPTOR = 1_000_000;
  private static final MemoryManager MEMORY = Runtime.getSystemRuntime().getMemoryManager();

  private final Native natives;
  private final NativeOptions key;
  private final LibC real;
  private Random random;
  private final boolean darwin;
  private final NativeBuffer noTime = NativeBuffer.allocate(64);

  /** Descriptors of connections: a fault of the queue's own would end its loop. */
  private final Set<Integer> connections = ConcurrentHashMap.newKeySet();

  private final Set<Integer> eventfds = ConcurrentHashMap.newKeySet();
  private final Map<String, Integer> injected = new TreeMap<>();
  private double rate;

  /** The only error that is injected; null for all. */
  private String only;

  /** Calls until the one that fails; below 0 for none. */
  private int callsLeft = -1;

  private int variant;

  /** The fault of the next call that may have it; null for none. */
  private String awaited;

  /** Waits that found something, one after the other on a thread without another call between. */
  private final Map<Thread, Integer> idleWaits = new ConcurrentHashMap<>();

  private int mostIdleWaits;

  private FaultyLibC(Native natives, NativeOptions key, long seed) {
    this.natives = natives;
    this.key = key;
    this.real = natives.libc();
    this.random = new Random(seed);
    this.darwin = natives.abi().isDarwin();
  }

  /** Over the host's calls. */
  public static FaultyLibC of(long seed) {
    return of(seed, new NativeOptions(null, null, null, null));
  }

  /** Over the calls that these options bind. */
  public static FaultyLibC of(long seed, NativeOptions base) {
    try {
      Constructor<Native> make = Native.class.getDeclaredConstructor(NativeOptions.class);
      make.setAccessible(true);
      Native natives = make.newInstance(base);
      // Stands for this binding in a server's options; never loaded as such.
      NativeOptions key = new NativeOptions(null, "faults of seed " + seed, base.library(), null);
      FaultyLibC faulty = new FaultyLibC(natives, key, seed);
      faulty.replace("libc", natives.abi().isLinux() ? LinuxLibC.class : LibC.class);
      if (natives.kqueue() != null) {
        faulty.replace("kqueue", KqueueCalls.class);
      }
      if (natives.abi().isLinux()) { // the stand-ins have neither
        faulty.replaceFurther(RecvCalls.class);
        faulty.replaceFurther(UnixCalls.class);
      }
      loaded().put(key, natives);
      return faulty;
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  private void replace(String field, Class<?> calls) throws ReflectiveOperationException {
    Field bound = Native.class.getDeclaredField(field);
    bound.setAccessible(true);
    bound.set(natives, proxy(calls, bound.get(natives)));
  }

  /** Replaces calls that are bound by {@link Native#bind}. */
  @SuppressWarnings("unchecked")
  private void replaceFurther(Class<?> calls) throws ReflectiveOperationException {
    Object target = natives.bind(calls);
    Field further = Native.class.getDeclaredField("further");
    further.setAccessible(true);
    ((Map<Class<?>, Object>) further.get(natives)).put(calls, proxy(calls, target));
  }

  private Object proxy(Class<?> calls, Object target) {
    return Proxy.newProxyInstance(
        calls.getClassLoader(),
        new Class<?>[] {calls},
        (proxy, method, arguments) -> call(target, method, arguments));
  }

  /** The options by which a server gets this binding. */
  public NativeOptions options() {
    return key;
  }

  /** Forgets the binding. */
  public void forget() {
    try {
      loaded().remove(key);
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

  private Object call(Object target, Method method, Object[] arguments) throws Throwable {
    String call = Faults.call(method.getName());
    String error = fault(call, arguments);
    boolean made = error == null || !Faults.after(kind(call, arguments)).isEmpty();
    if (call.equals("kevent") && "EINTR".equals(error)) {
      arguments[5] = noTime.address(); // the changes are applied, and events are not lost
      made = true;
    }
    if (error == null && call.equals("kevent")) {
      failOneChange(arguments);
    }
    if (call.equals("close")) { // before the call: another thread may get the number at once
      connections.remove((int) arguments[0]);
      eventfds.remove((int) arguments[0]);
    }
    Object result = null;
    if (made) {
      result = make(target, method, arguments);
      note(call, arguments, ((Number) result).longValue());
      if (call.equals("kevent") && ((Number) result).intValue() != 0) {
        return result; // what there is to be told comes before a signal
      }
    }
    if (error == null) {
      return result;
    }
    count(kind(call, arguments) + " " + error);
    int errno = natives.abi().constant(error);
    if (call.equals("posix_fadvise")) {
      return errno;
    }
    Runtime.getSystemRuntime().setLastError(errno);
    if (method.getReturnType() == long.class) {
      return -1L;
    }
    return -1;
  }

  private static Object make(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  /** Keeps account of descriptors, and of waits that lead to nothing. */
  private void note(String call, Object[] arguments, long result) {
    switch (call) {
      case "accept" -> {
        if (result >= 0) {
          connections.add((int) result);
        }
      }
      case "eventfd" -> eventfds.add((int) result);
      default -> {}
    }
    if (!call.equals("epoll_wait") && !call.equals("kevent")) {
      idleWaits.remove(Thread.currentThread());
    } else if (result > 0 || !mayWait(call, arguments)) {
      int inARow = idleWaits.merge(Thread.currentThread(), 1, Integer::sum);
      synchronized (this) {
        mostIdleWaits = Math.max(mostIdleWaits, inARow);
      }
    }
  }

  /** Whether a wait that finds nothing lasts. */
  private static boolean mayWait(String call, Object[] arguments) {
    if (call.equals("epoll_wait")) {
      return (int) arguments[3] != 0;
    }
    long timespec = (long) arguments[5];
    if (timespec == 0) {
      return true;
    }
    Pointer time = MEMORY.newPointer(timespec, 2 * Long.BYTES);
    return time.getLong(0) != 0 || time.getLong(Long.BYTES) != 0;
  }

  /** Has one change fail that adds a knote of a connection. */
  private synchronized void failOneChange(Object[] arguments) {
    int changes = (int) arguments[2];
    boolean fails = callsLeft < 0 && awaited == null && only == null;
    if (!fails || changes == 0 || (int) arguments[4] == 0 || random.nextDouble() >= rate) {
      return;
    }
    Abi layout = natives.kqueueAbi();
    int size = layout.constant("kevent.sizeof");
    long at = (long) arguments[1] + (long) random.nextInt(changes) * size;
    Pointer change = MEMORY.newPointer(at, size);
    int identAt = layout.constant("kevent.ident.offset");
    long ident = change.getLong(identAt);
    int flags = change.getShort(layout.constant("kevent.flags.offset"));
    if ((flags & EV_ADD) == 0 || !connections.contains((int) ident)) {
      return;
    }
    change.putLong(identAt, NO_DESCRIPTOR);
    count("kevent change EBADF");
  }

  private String kind(String call, Object[] arguments) {
    boolean wakes = call.equals("write") && eventfds.contains((int) arguments[0]);
    return wakes ? "wakeup" : call;
  }

  /** The error to answer with, or null; may shorten the call. */
  private synchronized String fault(String call, Object[] arguments) {
    String kind = kind(call, arguments);
    List<String> errors = Faults.after(kind);
    if (errors.isEmpty()) {
      errors = Faults.instead(kind, darwin);
    }
    if (errors.isEmpty()) {
      return null;
    }
    if (callsLeft >= 0) {
      return callsLeft-- == 0 ? errors.get(variant % errors.size()) : null;
    }
    if (awaited != null) {
      return awaited.startsWith(kind + " ") && isCandidate(kind, arguments)
          ? met(kind, arguments)
          : null;
    }
    double share = only == null ? rate * Faults.weight(kind) : rate;
    if (random.nextDouble() >= share || !isCandidate(kind, arguments)) {
      return null;
    }
    if (only == null && Faults.lengthOf(kind) >= 0 && random.nextBoolean()) {
      shorten(call, arguments, Faults.lengthOf(kind));
      return null;
    }
    String error = errors.get(random.nextInt(errors.size()));
    if (only != null) {
      if (!errors.contains(only)) {
        return null;
      }
      error = only;
    }
    endIfGone(kind, arguments, error);
    return error;
  }

  private String met(String kind, Object[] arguments) {
    String error = awaited.substring(kind.length() + 1);
    awaited = null;
    endIfGone(kind, arguments, error);
    return error;
  }

  /** A peer that has gone is an event, too, and no call on its socket succeeds any more. */
  private void endIfGone(String kind, Object[] arguments, String error) {
    if (Faults.isOnConnections(kind) && Faults.isPeerGone(error)) {
      real.shutdown((int) arguments[0], SHUT_RDWR);
    }
  }

  private void shorten(String call, Object[] arguments, int index) {
    long length = (long) arguments[index];
    long less = 1L + random.nextInt((int) Math.max(1, Math.min(4096, length)));
    arguments[index] = Math.min(less, length);
    count(call + " cut short");
  }

  /** Whether the call may fail while a server serves, and its loops go on. */
  private boolean isCandidate(String kind, Object[] arguments) {
    if (kind.equals("epoll_ctl")) {
      boolean deleted = (int) arguments[1] == natives.abi().constant("EPOLL_CTL_DEL");
      return !deleted && connections.contains((int) arguments[2]);
    }
    if (kind.equals("kevent")) {
      return (long) arguments[3] != 0 && (int) arguments[4] > 0;
    }
    if (kind.equals("fcntl")) {
      return false; // no manual has a reason why F_SETFD or F_SETFL of an open socket should fail
    }
    return !Faults.isOnConnections(kind) || connections.contains((int) arguments[0]);
  }

  private synchronized void count(String what) {
    injected.merge(what, 1, Integer::sum);
  }

  /** Begins another schedule: forgets what was injected, and takes another seed. */
  public synchronized void begin(long seed, double share) {
    random = new Random(seed);
    injected.clear();
    mostIdleWaits = 0;
    only = null;
    rate = share;
  }

  /** As {@link #rate}, with faults of that one error. */
  public synchronized void storm(String error, double share) {
    only = error;
    rate = share;
  }

  /** The share of calls that fail from now on. */
  public synchronized void rate(double share) {
    rate = share;
  }

  /**
   * Has one call fail that is still to come, and all others be made: that many calls are made
   * before it.
   *
   * @param which of the errors of that call
   */
  public synchronized void failCall(int after, int which) {
    injected.clear();
    callsLeft = after;
    variant = which;
  }

  /** Has the next call fail that may have this fault while a server serves. */
  public synchronized void failNext(String fault) {
    injected.clear();
    callsLeft = -1;
    awaited = fault;
  }

  /** The faults that each server on Linux may meet while it serves, as {@code call ERROR}. */
  public static List<String> faultsWhileServing() {
    return Faults.whileServing();
  }

  /** What was injected so far, and how often. */
  public synchronized Map<String, Integer> injected() {
    return new TreeMap<>(injected);
  }

  /**
   * The longest run of waits on one thread that each found something, though nothing but waits was
   * called: a loop that spins has a long one.
   */
  public synchronized int mostIdleWaits() {
    return mostIdleWaits;
  }
}
