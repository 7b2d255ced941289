package io.kqueueserver;

/**
 * Something that runs a {@link KqueueServer}, such as a framework's web server object, and lets
 * observers at it. The server's life cycle stays with the holder.
 */
public interface KqueueServerHolder {
  KqueueServer getServer();
}
