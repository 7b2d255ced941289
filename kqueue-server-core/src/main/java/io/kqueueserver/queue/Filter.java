package io.kqueueserver.queue;

/**
 * The kinds of event a queue can report, by kqueue(2)'s names. Their numbers differ per system and
 * are rows of the ABI table.
 */
public enum Filter {
  EVFILT_READ,
  EVFILT_WRITE,
  EVFILT_VNODE,
  EVFILT_TIMER,
  EVFILT_USER
}
