package io.kqueueserver.benchmarks.readiness;

/**
 * The two older calls, bound for comparison only. {@code nfds_t} is an unsigned long on Linux and
 * an unsigned int elsewhere; a long in a register is read right by both.
 */
public interface PollAndSelect {
  int poll(long fds, long nfds, int timeout);

  int select(int nfds, long readfds, long writefds, long exceptfds, long timeout);
}
