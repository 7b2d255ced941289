package io.kqueueserver.ffi;

/** What launchd offers a process on macOS, see launch_activate_socket(3) there. */
public interface LaunchdCalls {
  /** Returns an error number, not -1; {@code fds} and {@code cnt} point to what it fills in. */
  int launch_activate_socket(long name, long fds, long cnt);

  /** Frees the array that launchd has made. */
  void free(long ptr);
}
