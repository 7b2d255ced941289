package io.kqueueserver;

/**
 * An object that runs a {@link KqueueServer}, such as the web server of a framework, and gives
 * observers access to the server. Only the holder starts and stops the server.
 */
public interface KqueueServerHolder {
  KqueueServer getServer();
}
