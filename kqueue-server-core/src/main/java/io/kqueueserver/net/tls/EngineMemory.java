package io.kqueueserver.net.tls;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/** Kind of memory that an engine works on. Any engine takes buffers of either kind. */
enum EngineMemory {
  /**
   * Arrays, as for the JDK's engine, whose ciphers copy direct memory to arrays piece by piece. The
   * garbage collector frees the engine.
   */
  HEAP,

  /**
   * Native memory, as for Conscrypt's engine. A buffer on the heap would make each engine allocate
   * direct memory of its own for copies. The engine holds a pipe(2), too. It frees all that when
   * both sides are closed and its last bytes are taken, else in a finalizer.
   */
  NATIVE {
    @Override
    void free(SSLEngine engine, ByteBuffer scratch) {
      try {
        engine.closeOutbound();
        boolean goesOn = true;
        while (goesOn && !engine.isOutboundDone()) {
          goesOn = engine.wrap(ByteBuffer.allocate(0), scratch.clear()).bytesProduced() > 0;
        }
        engine.closeInbound();
      } catch (SSLException | RuntimeException e) {
        // The engine is broken, and the finalizer frees it.
      }
    }
  };

  /** Number of descriptors of an engine of Conscrypt: both ends of its pipe. */
  static final int NATIVE_DESCRIPTORS = 2;

  /** Package of Conscrypt, whose classes are not to be loaded only to ask. */
  static final String CONSCRYPT = "org.conscrypt.";

  /**
   * Closes both sides of an engine without a connection, and frees what it holds.
   *
   * @param scratch room for a packet that nobody gets
   */
  void free(SSLEngine engine, ByteBuffer scratch) {}

  static EngineMemory of(SSLEngine engine) {
    return of((Object) engine);
  }

  /** Kind of memory of the engines that a context makes. */
  static EngineMemory of(SSLContext context) {
    return of(context.getProvider());
  }

  private static EngineMemory of(Object made) {
    return made.getClass().getName().startsWith(CONSCRYPT) ? NATIVE : HEAP;
  }
}
