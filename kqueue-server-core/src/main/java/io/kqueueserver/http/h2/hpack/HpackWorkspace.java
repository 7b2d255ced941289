package io.kqueueserver.http.h2.hpack;

/**
 * What encoders and decoders need only while they work on a block, shared by all connections of one
 * loop, so that an idle connection holds no more than its two tables. Not thread-safe.
 */
public final class HpackWorkspace {
  private static final int INPUT_BYTES = 1024;

  /** The piece of a block that a decoder is working on. */
  final byte[] input = new byte[INPUT_BYTES];

  /** The string literal that a decoder is working on. */
  final byte[] text = new byte[TextBuffer.SCRATCH_BYTES];

  /** The fields that an encoder has been given so far. */
  final StagedFields staged = new StagedFields();
}
