package io.kqueueserver.net;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One piece of a connection's unsent bytes. The loop's thread only. */
sealed interface Segment {
  /** Bytes still to be sent. */
  long remaining();

  /** Called once, when the piece was sent or given up. */
  void release();

  /** Bytes in memory, of our own or lent by the application until {@code onRelease} runs. */
  final class Bytes implements Segment {
    final ByteBuffer data;
    private @Nullable Runnable onRelease;

    Bytes(ByteBuffer data, @Nullable Runnable onRelease) {
      this.data = data;
      this.onRelease = onRelease;
    }

    @Override
    public long remaining() {
      return data.remaining();
    }

    @Override
    public void release() {
      Runnable action = onRelease;
      onRelease = null;
      if (action != null) {
        action.run();
      }
    }
  }

  /** Part of a file, by sendfile(2) or through the file worker. */
  final class File implements Segment {
    final FileSource source;

    File(FileSource source) {
      this.source = source;
    }

    @Override
    public long remaining() {
      return source.remaining();
    }

    @Override
    public void release() {
      source.close();
    }
  }
}
