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

/** What all responses of one loop that may be compressed share; used on its thread only. */
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

  /** Whether the client is sent nothing compressed; its name is looked at only if some are not. */
  boolean excludes(Headers request) {
    return !options.excludedUserAgents().isEmpty() && options.excludes(request.first("User-Agent"));
  }

  /** What the client likes best of what we have; null for nothing. */
  @Nullable ContentCoding choose(List<String> fields) {
    return acceptEncoding.choose(fields);
  }

  /** Null if too many are in use: the response then goes as it is. */
  @Nullable ContentEncoder acquire(ContentCoding coding) {
    ContentEncoder encoder = pool.acquire(coding);
    if (encoder == null) {
      loop.stats().limitHit(Limit.ENCODERS);
    }
    return encoder;
  }

  void release(ContentEncoder encoder) {
    pool.release(encoder);
  }
}
