package io.kqueueserver.http.h2;

import java.nio.ByteBuffer;

/** A sink that takes every frame; tests override what they look at. */
class QuietSink implements FrameSink {
  @Override
  public void data(int streamId, int length, int padding, boolean endStream) {}

  @Override
  public void dataPiece(int streamId, ByteBuffer piece, boolean endStream) {}

  @Override
  public void headers(int streamId, boolean endStream, int dependency) {}

  @Override
  public void headersPiece(ByteBuffer piece) {}

  @Override
  public void headersEnd(int streamId, boolean endStream) {}

  @Override
  public void priority(int streamId, int dependency) {}

  @Override
  public void rstStream(int streamId, int code) {}

  @Override
  public void setting(int identifier, long value) {}

  @Override
  public void settingsEnd() {}

  @Override
  public void settingsAck() {}

  @Override
  public void ping(long opaque, boolean ack) {}

  @Override
  public void goAway(int lastStreamId, int code) {}

  @Override
  public void windowUpdate(int streamId, int increment) {}

  @Override
  public void priorityUpdate(int streamId, Priority priority) {}
}
