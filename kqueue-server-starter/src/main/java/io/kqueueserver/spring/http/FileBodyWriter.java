package io.kqueueserver.spring.http;

import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.OpenFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.scheduler.Schedulers;

/** Sends part of a file without its bytes passing through the application. */
final class FileBodyWriter extends BodyWriter {
  private final FileRegion region;

  /** The file, if it was opened on the thread that started this writer. */
  private volatile @Nullable OpenFile opened;

  FileBodyWriter(
      KqueueServerHttpResponse response,
      CoreSubscriber<? super Void> subscriber,
      Path file,
      long position,
      long count) {
    super(response, subscriber);
    this.region = new FileRegion(file, position, count);
  }

  /**
   * Opens the file on this thread if it may block. For a resource it does, since Spring asks for
   * length and date of a file on a thread of boundedElastic.
   */
  @Override
  void start() {
    try {
      FileRegion sent = mayBlock() ? exchange.openNow(region) : region;
      opened = sent.opened();
      if (!isActive()) { // cancelled meanwhile, perhaps before there was a file to close
        abandon();
      } else if (!onLoop(() -> send(sent))) {
        abandon();
        fail(loopEnded());
      }
    } catch (Throwable e) { // an Error, too: Reactor would pass it on to nobody
      abandon();
      fail(e);
    }
  }

  private boolean mayBlock() {
    return !exchange.inLoop() && !Schedulers.isInNonBlockingThread();
  }

  private void send(FileRegion sent) {
    try {
      if (isActive()) {
        response.sendFile(sent);
      }
    } catch (Throwable e) {
      fail(e);
    } finally {
      abandon();
    }
  }

  /** Closes the file, unless the server has taken it to send it. */
  @Override
  void abandon() {
    OpenFile file = opened;
    if (file != null) {
      file.close();
    }
  }
}
