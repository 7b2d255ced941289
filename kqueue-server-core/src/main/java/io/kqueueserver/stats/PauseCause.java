package io.kqueueserver.stats;

/** Why a loop takes no new connections for now. */
public enum PauseCause {
  /** The maximum number of connections is open. */
  CONNECTION_LIMIT,
  /** The process or the system is out of descriptors or memory. */
  EXHAUSTED,
  /** accept(2) fails for another reason. */
  REFUSED,
  /** The server drains; this loop lets the listener go next. */
  DRAIN
}
