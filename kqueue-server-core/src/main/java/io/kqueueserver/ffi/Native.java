package io.kqueueserver.ffi;

import java.util.concurrent.ConcurrentHashMap;
import jnr.ffi.Runtime;
import org.jspecify.annotations.Nullable;

/**
 * The loaded binding: the calls of one system together with its numbers. Loaded once per set of
 * options and never unloaded. Any thread.
 */
public final class Native {
  /** The answer of {@link #descriptorLimit()} if the system does not report the limit. */
  public static final long UNKNOWN_LIMIT = -1;

  /** The remedy if {@link #nativeAccessMissing()}. */
  public static final String NATIVE_ACCESS_REMEDY = LoadDiagnosis.NATIVE_ACCESS_REMEDY;

  private static final ConcurrentHashMap<NativeOptions, Native> LOADED = new ConcurrentHashMap<>();

  private final NativeOptions options;
  private final Runtime runtime;
  private final Abi abi;
  private final Abi kqueueAbi;
  private final Errno errno;
  private final LibC libc;
  private final @Nullable KqueueCalls kqueue;
  private final Binder binder;
  private final boolean whole;
  private final ConcurrentHashMap<Class<?>, Object> further = new ConcurrentHashMap<>();

  private Native(NativeOptions options) {
    rejectAbiWithoutLibrary("abi", options.abi(), options.library());
    rejectAbiWithoutLibrary("kqueueAbi", options.kqueueAbi(), options.kqueueLibrary());
    this.options = options;
    whole = options.library() != null;
    // Before jffi: for a system that neither knows, this exception is the better one.
    abi = whole ? Abi.named(requireAbi(options)) : Abi.host();
    Jffi.require();
    runtime = Runtime.getSystemRuntime();
    errno = new Errno(abi);
    binder = new Binder(options.library(), abi, whole);
    libc = binder.bind(family(abi));
    if (options.kqueueLibrary() != null) {
      String name = options.kqueueAbi() == null ? "libkqueue" : options.kqueueAbi();
      kqueueAbi = Abi.named(name);
      kqueue = bindKqueue(new Binder(options.kqueueLibrary(), kqueueAbi, false), kqueueAbi);
    } else {
      kqueueAbi = abi;
      kqueue = abi.isLinux() ? null : bindKqueue(binder, abi);
    }
  }

  private static void rejectAbiWithoutLibrary(
      String option, @Nullable String abi, @Nullable String library) {
    if (abi != null && library == null) {
      throw new NativeUnavailableException(
          option + " " + abi + " is set but no library that follows it", "name one or unset it");
    }
  }

  private static String requireAbi(NativeOptions options) {
    if (options.abi() == null) {
      throw new NativeUnavailableException(
          "library " + options.library() + " needs the name of the ABI it follows",
          "choose one of " + String.join(", ", Abi.NAMES));
    }
    return options.abi();
  }

  private static Class<? extends LibC> family(Abi abi) {
    return abi.isLinux() ? LinuxLibC.class : LibC.class;
  }

  private static KqueueCalls bindKqueue(Binder binder, Abi abi) {
    return abi.os().equals("netbsd")
        ? new KqueueSizedCalls.Narrowed(binder.bind(KqueueSizedCalls.class))
        : binder.bind(KqueueCalls.class);
  }

  /**
   * The binding for these options, loaded at the first request, which takes some 200 ms; other
   * threads wait for it. Loading early in the background is safe.
   *
   * @throws NativeUnavailableException if platform, library, ABI row or symbol is missing, with the
   *     remedy
   */
  public static Native load(NativeOptions options) {
    try {
      return LOADED.computeIfAbsent(options, Native::new);
    } catch (LinkageError e) {
      throw LoadDiagnosis.explain(LoadFacts.gather(e), e);
    }
  }

  /** Loads in the background. A failure is ignored here: {@link #load} throws it once more. */
  public static void preload(NativeOptions options) {
    Runnable load =
        () -> {
          try {
            load(options);
          } catch (RuntimeException | LinkageError e) {
            // load() throws it again, on a thread whose caller can act on it.
          }
        };
    Thread thread = new Thread(load, "kqueue-preload");
    thread.setDaemon(true);
    thread.start();
  }

  /** Numbers of sockets, files and errno. */
  public Abi abi() {
    return abi;
  }

  /**
   * Numbers of kqueue and kevent; they differ from {@link #abi()} if those come from another
   * library.
   */
  public Abi kqueueAbi() {
    return kqueueAbi;
  }

  public Errno errno() {
    return errno;
  }

  public LibC libc() {
    return libc;
  }

  /** The kqueue calls; null on Linux unless a library was named that has them. */
  public @Nullable KqueueCalls kqueue() {
    return kqueue;
  }

  /**
   * Binds further calls of the same library, once each; for those only some systems have.
   *
   * @throws NativeUnavailableException if one of them is missing
   */
  public <T> T bind(Class<T> calls) {
    return calls.cast(further.computeIfAbsent(calls, binder::bind));
  }

  /** Whether a function that not all systems have is there, by its C name. */
  public boolean has(String function) {
    return binder.has(function);
  }

  /**
   * What carries the event queue, for a log line: {@code epoll on linux-x86_64}, {@code kqueue on
   * darwin-aarch64}; with a library's name if one stands in for the system's.
   */
  public String describe() {
    if (whole) {
      return "kqueue of " + abi + ", whole binding from " + options.library();
    }
    if (options.kqueueLibrary() != null) {
      return "kqueue of " + kqueueAbi + " from " + options.kqueueLibrary() + " on " + abi;
    }
    return (kqueue == null ? "epoll on " : "kqueue on ") + abi;
  }

  /**
   * Whether the JVM warned that it will one day refuse what it has just allowed: to load native
   * code from the class path. Put right by {@link #NATIVE_ACCESS_REMEDY}.
   */
  public static boolean nativeAccessMissing() {
    return Jffi.nativeAccessMissing();
  }

  /**
   * How many descriptors this process may open (the soft RLIMIT_NOFILE); {@link Long#MAX_VALUE} if
   * there is no bound, {@link #UNKNOWN_LIMIT} if the system does not report it.
   */
  public long descriptorLimit() {
    if (!has("getrlimit")) {
      return UNKNOWN_LIMIT;
    }
    NativeBuffer rlimit = NativeBuffer.allocate(abi.constant("rlimit.sizeof"));
    if (libc.getrlimit(abi.constant("RLIMIT_NOFILE"), rlimit.address()) < 0) {
      return UNKNOWN_LIMIT;
    }
    long limit = rlimit.bytes().getLong(abi.constant("rlimit.rlim_cur.offset"));
    // RLIM_INFINITY is the greatest rlim_t, which is signed on some systems and not on others.
    return limit < 0 ? Long.MAX_VALUE : limit;
  }

  /**
   * Whether descriptors belong to a library with a kernel of its own; they must not meet the
   * host's.
   */
  public boolean isForeign() {
    return whole;
  }

  /**
   * Sets FD_CLOEXEC, for descriptors that could not be born with it.
   *
   * @throws NativeException if the host refuses; a foreign kernel, which ends with this process's
   *     image anyway, may lack the call
   */
  public void closeOnExec(int fd) {
    int result = libc.fcntl(fd, abi.constant("F_SETFD"), abi.constant("FD_CLOEXEC"));
    if (!whole) {
      check(result, "fcntl", fd);
    }
  }

  /**
   * Makes a descriptor non-blocking; returns whether it was so before.
   *
   * @throws NativeException naming {@code fcntl(fd ..)}
   */
  public boolean nonBlocking(int fd) {
    int flags = check(libc.fcntl(fd, abi.constant("F_GETFL"), 0), "fcntl", fd);
    int nonBlock = abi.constant("O_NONBLOCK");
    if ((flags & nonBlock) != 0) {
      return true;
    }
    check(libc.fcntl(fd, abi.constant("F_SETFL"), flags | nonBlock), "fcntl", fd);
    return false;
  }

  /** errno of the calling thread's last call; only valid right after a call failed. */
  public int lastError() {
    return runtime.getLastError();
  }

  /** The one way to read a return code: the result, or {@code -errno} if it is negative. */
  public int result(int returned) {
    return returned >= 0 ? returned : -lastError();
  }

  /** As {@link #result(int)}. */
  public long result(long returned) {
    return returned >= 0 ? returned : -lastError();
  }

  /**
   * The result of a call that is not expected to fail.
   *
   * @throws NativeException naming call, subject and error if it did
   */
  public int check(int returned, String call, String subject) {
    if (returned < 0) {
      throw new NativeException(call, subject, lastError(), errno);
    }
    return returned;
  }

  /** As {@link #check(int, String, String)} for a call on a descriptor. */
  public int check(int returned, String call, int fd) {
    if (returned < 0) {
      throw new NativeException(call, "fd " + fd, lastError(), errno);
    }
    return returned;
  }
}
