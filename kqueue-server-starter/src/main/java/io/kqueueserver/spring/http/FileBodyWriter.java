package io.kqueueserver.spring.http;

import io.kqueueserver.http.FileRegion;
import java.nio.file.Path;
import reactor.core.CoreSubscriber;

/** Sends part of a file without its bytes passing through the application. */
final class FileBodyWriter extends BodyWriter {
  private final Path file;
  private final long position;
  private final long count;

  FileBodyWriter(
      KqueueServerHttpResponse response,
      CoreSubscriber<? super Void> subscriber,
      Path file,
      long position,
      long count) {
    super(response, subscriber);
    this.file = file;
    this.position = position;
    this.count = count;
  }

  @Override
  void start() {
    if (!onLoop(this::send)) {
      fail(loopEnded());
    }
  }

  private void send() {
    if (!isActive()) {
      return;
    }
    try {
      response.sendFile(new FileRegion(file, position, count));
    } catch (Throwable e) {
      fail(e);
    }
  }

  @Override
  void abandon() {}
}
