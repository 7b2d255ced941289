package io.kqueueserver.server.h2;

import io.kqueueserver.loop.EventLoop;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The place that an application keeps for work of one stream, which may end after the stream. Made
 * on the loop's thread; the run of it gives the place back, on any thread.
 */
final class KeptPlace implements Runnable {
  private final Http2Stream stream;
  private final AtomicBoolean givenBack = new AtomicBoolean();

  KeptPlace(Http2Stream stream) {
    this.stream = stream;
    stream.placeKept();
  }

  @Override
  public void run() {
    if (givenBack.compareAndSet(false, true)) {
      EventLoop loop = stream.context().loop;
      if (loop.inLoop()) {
        stream.placeGivenBack();
      } else {
        loop.execute(stream::placeGivenBack); // if the loop has ended, so has the connection
      }
    }
  }
}
