package io.kqueueserver.server.coding;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.coding.AcceptEncoding;
import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.http.coding.ContentCoding;
import io.kqueueserver.http.coding.ContentEncoder;
import io.kqueueserver.http.coding.EncoderPool;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.net.FileOpener;
import io.kqueueserver.net.FileWorker;
import io.kqueueserver.stats.Limit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The state that all compressed responses of one loop share. The loop's thread only. */
public final class CodingContext {
  final Compression options;
  final EventLoop loop;
  final FileWorker fileWorker;
  final FileOpener fileOpener;
  private final EncoderPool pool;
  private final AcceptEncoding acceptEncoding;

  public CodingContext(
      Compression options,
      EventLoop loop,
      FileWorker fileWorker,
      FileOpener fileOpener,
      EncoderPool pool) {
    this.options = options;
    this.loop = loop;
    this.fileWorker = fileWorker;
    this.fileOpener = fileOpener;
    this.pool = pool;
    this.acceptEncoding = new AcceptEncoding(options.codings());
  }

  /** Whether the client's User-Agent is excluded from compression. */
  boolean excludes(Headers request) {
    return !options.excludedUserAgents().isEmpty() && options.excludes(request.first("User-Agent"));
  }

  /** The client's preferred coding of those that are available; null for none. */
  @Nullable ContentCoding choose(List<String> fields) {
    return acceptEncoding.choose(fields);
  }

  /** Takes an encoder. Null if too many are in use; the response is then not coded. */
  @Nullable ContentEncoder acquire(ContentCoding coding) {
    ContentEncoder encoder = pool.acquire(coding);
    if (encoder == null) {
      loop.limitHit(Limit.ENCODERS);
    }
    return encoder;
  }

  void release(ContentEncoder encoder) {
    pool.release(encoder);
  }
}
