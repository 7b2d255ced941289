package io.kqueueserver.stats;

/**
 * Work on one request. A loop knows the one whose callback it runs, so that an observer can name
 * the request that holds the loop up, whichever of a connection's requests that is.
 */
public interface RequestWork {
  /** The request, for an observer. Any thread, also after the request has ended. */
  CurrentRequest observed();
}
