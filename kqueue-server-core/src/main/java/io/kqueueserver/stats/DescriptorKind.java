package io.kqueueserver.stats;

/** The kinds of descriptors that a loop registers with its queue. */
public enum DescriptorKind {
  LISTENER,
  CONNECTION,
  /** The one registration by which other threads wake the loop. */
  WAKE_UP,
  /** A watched file, or the descriptor that stands for watched files. */
  FILE
}
