package io.kqueueserver.http.contract;

import io.kqueueserver.http.ExchangeHandler;

/** A server for one test of byte streams, on real sockets. */
public interface StreamFixture extends AutoCloseable {
  /** The client's side of one stream. Used by the test's thread, which it may block for a while. */
  interface Peer extends AutoCloseable {
    /** Awaits the head of the switch; its status. */
    int status();

    void send(String bytes);

    /** Ends the client's side; the server's goes on. */
    void finish();

    /** Reads so many bytes, one char each; fewer at the end. */
    String read(int count);

    /** Reads to the end; {@code <broken>} follows what was read if that was no end in order. */
    String readAll();

    /** Breaks the stream off, as a client does that was killed. */
    void disappear();

    @Override
    void close();
  }

  /** Sends a request that offers another protocol, and further bytes at once behind its head. */
  Peer open(String bytes, ExchangeHandler handler);

  /** Begins a drain of the server; the action runs when nothing is active. */
  void drain(Runnable whenIdle);

  /** Ends the server at once. */
  void stop();

  /** Exchanges and streams that have not ended. */
  int active();

  /** Stops the server; fails if anything is left of the test's streams. */
  @Override
  void close();
}
