package io.kqueueserver.server;

/** Whether the listening sockets are those that systemd or launchd have opened for this process. */
public enum SocketActivation {
  /** Never; such sockets are left alone. */
  OFF,
  /** If there are any; they then replace port and path. */
  AUTO,
  /** Always: without them the start fails. */
  REQUIRED
}
