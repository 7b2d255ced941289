package io.kqueueserver.benchmarks.readiness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.function.Consumer;

/** The JDK's selector, in the form that keeps no set of selected keys. */
final class NioWaiter implements Waiter {
  private final Selector selector;
  private int ready;
  private final Consumer<SelectionKey> take = key -> ready = (int) key.attachment();

  NioWaiter(NioDescriptors descriptors) {
    try {
      selector = Selector.open();
      for (int i = 0; i < descriptors.count(); i++) {
        descriptors.channel(i).register(selector, SelectionKey.OP_READ, i);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public int await() {
    ready = -1;
    try {
      selector.select(take);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ready;
  }

  @Override
  public void close() {
    try {
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
