package io.kqueueserver.socket;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.LaunchdCalls;
import io.kqueueserver.ffi.ListenException;
import io.kqueueserver.ffi.Memory;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Listening sockets that another process has opened for this one: systemd and what imitates it
 * (sd_listen_fds(3)), launchd on macOS. They stay theirs: never closed, never shut down, for the
 * connections of the next process wait in them too.
 */
public final class InheritedSockets {
  /** SD_LISTEN_FDS_START of sd_listen_fds(3). */
  private static final int FIRST = 3;

  /** More sockets than one server is ever given. */
  private static final int MOST = 64;

  /** The sockets that launchd has passed to this process, by name. */
  private static final Map<String, int[]> ACTIVATED = new ConcurrentHashMap<>();

  private final Sockets sockets;
  private final Map<String, String> environment;
  private final long pid;

  public InheritedSockets(Sockets sockets) {
    this(sockets, System.getenv(), ProcessHandle.current().pid());
  }

  InheritedSockets(Sockets sockets, Map<String, String> environment, long pid) {
    this.sockets = sockets;
    this.environment = environment;
    this.pid = pid;
  }

  /**
   * The sockets handed to this process, ready to accept; empty if there are none.
   *
   * @param launchdName what the sockets are called in launchd's property list
   * @throws IllegalStateException if one of them is no listening socket, or the environment is
   *     malformed
   */
  public List<ListenSocket> open(String launchdName) {
    if (sockets.natives().isForeign()) {
      return List.of(); // the descriptors of a library with a kernel of its own are not the host's
    }
    if (sockets.abi().isDarwin()) {
      return launchd(launchdName);
    }
    return systemd();
  }

  // ---- systemd

  private List<ListenSocket> systemd() {
    String forPid = environment.get("LISTEN_PID");
    String count = environment.get("LISTEN_FDS");
    // Meant for the parent of this process, which has passed its environment on: sd_listen_fds(3).
    if (forPid == null || count == null || number("LISTEN_PID", forPid) != pid) {
      return List.of();
    }
    long n = number("LISTEN_FDS", count);
    if (n > MOST) {
      throw new IllegalStateException("LISTEN_FDS is " + n + "; at most " + MOST + " are taken");
    }
    String[] names = environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1);
    List<ListenSocket> opened = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      String name = i < names.length && !names[i].isEmpty() ? " (" + names[i] + ")" : "";
      opened.add(adopt(FIRST + i, "fd " + (FIRST + i) + name + " of LISTEN_FDS"));
    }
    return opened;
  }

  private static long number(String variable, String text) {
    try {
      long number = Long.parseLong(text);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new ListenException(variable + " is '" + text + "'", "it must be a number");
  }

  private ListenSocket adopt(int fd, String name) {
    Native natives = sockets.natives();
    Abi abi = natives.abi();
    int listens = sockets.getsockopt(fd, abi.constant("SOL_SOCKET"), abi.constant("SO_ACCEPTCONN"));
    if (listens <= 0) {
      throw new ListenException(
          name
              + " is no listening stream socket"
              + (listens < 0 ? ": " + natives.errno().describe(-listens) : ""),
          "check ListenStream= and Accept=no of its unit");
    }
    natives.closeOnExec(fd);
    natives.nonBlocking(fd);
    try {
      return ListenSocket.inherited(sockets, fd);
    } catch (IllegalArgumentException e) {
      // Peers of a listener whose family is not known would have no address to be judged by.
      throw new IllegalStateException(
          name + " listens neither on TCP nor on a path: " + e.getMessage(), e);
    }
  }

  // ---- launchd

  /**
   * Asks launchd, which gives the descriptors away once only (EALREADY): so they are kept for the
   * next start in this process. Not yet run on a Mac.
   */
  private List<ListenSocket> launchd(String name) {
    List<ListenSocket> opened = new ArrayList<>();
    for (int fd : ACTIVATED.computeIfAbsent(name, this::activate)) {
      opened.add(adopt(fd, "fd " + fd + " of launchd's " + name));
    }
    return opened;
  }

  private int[] activate(String name) {
    LaunchdCalls launchd = sockets.natives().bind(LaunchdCalls.class);
    byte[] text = (name + '\0').getBytes(StandardCharsets.UTF_8);
    NativeBuffer cName = NativeBuffer.allocate(text.length);
    cName.bytes().put(0, text);
    NativeBuffer fds = NativeBuffer.allocate(Long.BYTES);
    NativeBuffer count = NativeBuffer.allocate(Long.BYTES);
    int error = launchd.launch_activate_socket(cName.address(), fds.address(), count.address());
    switch (error == 0 ? "" : sockets.errnoName(error)) {
      case "" -> {}
      case "ESRCH", "ENOENT" -> { // not started by launchd, or its list has no such sockets
        return new int[0];
      }
      default ->
          throw new NativeException(
              "launch_activate_socket", name, error, sockets.natives().errno());
    }
    long array = fds.bytes().getLong(0);
    int[] given = new int[(int) Math.min(count.bytes().getLong(0), MOST)];
    Memory.at(array, given.length * Integer.BYTES).asIntBuffer().get(given);
    launchd.free(array);
    return given;
  }
}
