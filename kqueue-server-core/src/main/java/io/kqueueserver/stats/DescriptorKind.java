package io.kqueueserver.stats;

/** What a loop has registered with its queue, by what it is for. */
public enum DescriptorKind {
  LISTENER,
  CONNECTION,
  /** The one registration by which other threads wake the loop. */
  WAKE_UP,
  /** A watched file, or the descriptor that stands for watched files. */
  FILE
}
