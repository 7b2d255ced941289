package io.kqueueserver.http.coding;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One loop's encoders. A deflater costs a quarter of a megabyte of native memory and the time to
 * clear it, so a few are kept for the next response; all are given back at {@link #close}, and an
 * encoder that is returned later is given back at once. Locked, never contended while a loop runs:
 * a stop closes it from outside.
 */
public final class EncoderPool {
  /** 8 per coding: what a busy loop uses at a time. Responses in one piece need only one. */
  static final int MAX_IDLE = 8;

  private final Function<ContentCoding, ContentEncoder> maker;
  private final int maxOpen;
  private final Map<ContentCoding, Deque<ContentEncoder>> idle = new EnumMap<>(ContentCoding.class);
  private int inUse;
  private int live;
  private boolean closed;

  /**
   * Makes an empty pool.
   *
   * @param level the level of gzip and deflate
   * @param maxOpen maximum number of encoders in use at a time
   */
  public EncoderPool(int level, int maxOpen) {
    this(coding -> create(coding, level), maxOpen);
  }

  EncoderPool(Function<ContentCoding, ContentEncoder> maker, int maxOpen) {
    this.maker = maker;
    this.maxOpen = maxOpen;
  }

  /** An encoder for one body; null if the maximum is in use, or the pool was closed. */
  public synchronized @Nullable ContentEncoder acquire(ContentCoding coding) {
    if (closed || inUse >= maxOpen) {
      return null;
    }
    ContentEncoder encoder = idle(coding).poll();
    if (encoder == null) {
      encoder = maker.apply(coding);
      live++;
    }
    inUse++;
    return encoder;
  }

  private static ContentEncoder create(ContentCoding coding, int level) {
    return switch (coding) {
      case GZIP, DEFLATE -> new DeflateEncoder(coding, level);
      case BROTLI -> new StreamEncoder(coding, OptionalCodings::brotli);
      case ZSTD -> new StreamEncoder(coding, OptionalCodings::zstd);
    };
  }

  /** Takes an encoder back, after a complete or incomplete body. */
  public synchronized void release(ContentEncoder encoder) {
    inUse--;
    Deque<ContentEncoder> kept = idle(encoder.coding());
    if (!closed && kept.size() < MAX_IDLE && encoder.reset()) {
      encoder.forget();
      kept.push(encoder);
    } else {
      live--;
      encoder.end();
    }
  }

  /** Ends all idle encoders. */
  public synchronized void close() {
    closed = true;
    for (Deque<ContentEncoder> kept : idle.values()) {
      for (ContentEncoder encoder = kept.poll(); encoder != null; encoder = kept.poll()) {
        live--;
        encoder.end();
      }
    }
  }

  /** Number of encoders that hold native memory, in use or idle. Any thread. */
  public synchronized int live() {
    return live;
  }

  /** Number of encoders in use. Any thread. */
  public synchronized int inUse() {
    return inUse;
  }

  private Deque<ContentEncoder> idle(ContentCoding coding) {
    return idle.computeIfAbsent(coding, each -> new ArrayDeque<>(MAX_IDLE));
  }
}
