package io.kqueueserver.server;

/** Whether the listening sockets are those that systemd or launchd have opened for this process. */
public enum SocketActivation {
  /** Never. Such sockets are not used. */
  OFF,
  /** If the process has such sockets. They then replace port and path. */
  AUTO,
  /** Always. Without such sockets the start fails. */
  REQUIRED
}
