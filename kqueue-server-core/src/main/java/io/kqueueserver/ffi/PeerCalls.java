package io.kqueueserver.ffi;

/** The calls that tell the user of a process, bound where another process is checked. */
public interface PeerCalls {
  int geteuid();

  /** On macOS and the BSDs; Linux has the socket option SO_PEERCRED instead. */
  @IfPresent
  int getpeereid(int s, long euid, long egid);
}
