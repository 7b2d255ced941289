package io.kqueueserver.spring.http;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * A body publisher of an application, held to the rules of Reactive Streams. Reactor's operators
 * and the writers of this package trust their sources. A source that signals null, too much, too
 * late or twice would make them wait for ever or send wrong bytes. Behind this guard every sequence
 * of signals is legal. The first breach of a rule ends the body with an error. Signals after the
 * end are dropped, and their buffers are released.
 */
final class GuardedBody<T> extends Flux<T> {
  private final Publisher<? extends T> source;
  private final Class<T> type;

  private GuardedBody(Publisher<? extends T> source, Class<T> type) {
    this.source = source;
    this.type = type;
  }

  /** A guard of buffers. */
  static Flux<DataBuffer> of(Publisher<? extends DataBuffer> source) {
    return new GuardedBody<>(source, DataBuffer.class);
  }

  /** A guard of groups of buffers. The publishers that are the groups are not guarded by it. */
  @SuppressWarnings({"unchecked", "rawtypes"}) // a class literal has no type arguments
  static Flux<Publisher<? extends DataBuffer>> ofGroups(
      Publisher<? extends Publisher<? extends DataBuffer>> source) {
    return new GuardedBody(source, Publisher.class);
  }

  @Override
  public void subscribe(CoreSubscriber<? super T> actual) {
    Guard<T> guard = new Guard<>(source, type, actual);
    try {
      source.subscribe(guard);
    } catch (Throwable e) {
      guard.broken(PublisherRules.RETURN, e);
    }
  }

  /** One subscription. Signals may come from any thread; the first breach of a rule ends it. */
  private static final class Guard<T> implements CoreSubscriber<T>, Subscription {
    @SuppressWarnings("rawtypes")
    private static final AtomicReferenceFieldUpdater<Guard, @Nullable Subscription> UPSTREAM =
        AtomicReferenceFieldUpdater.newUpdater(Guard.class, Subscription.class, "upstream");

    @SuppressWarnings("rawtypes")
    private static final AtomicReferenceFieldUpdater<Guard, @Nullable Thread> SIGNALLING =
        AtomicReferenceFieldUpdater.newUpdater(Guard.class, Thread.class, "signalling");

    @SuppressWarnings("rawtypes")
    private static final AtomicReferenceFieldUpdater<Guard, @Nullable Throwable> BREACH =
        AtomicReferenceFieldUpdater.newUpdater(Guard.class, Throwable.class, "breach");

    @SuppressWarnings("rawtypes")
    private static final AtomicLongFieldUpdater<Guard> REQUESTED =
        AtomicLongFieldUpdater.newUpdater(Guard.class, "requested");

    @SuppressWarnings("rawtypes")
    private static final AtomicIntegerFieldUpdater<Guard> TAKEN =
        AtomicIntegerFieldUpdater.newUpdater(Guard.class, "taken");

    private final Object publisher;

    /** Whether the source holds a buffer made before the request, which a cancel must release. */
    private final boolean isReady;

    private final Class<T> type;
    private final CoreSubscriber<? super T> actual;

    private volatile @Nullable Subscription upstream;
    private volatile @Nullable Thread signalling;
    private volatile @Nullable Throwable breach;
    private volatile long requested;
    private volatile boolean cancelled;

    /** 1 once the ready buffer was handed on or released. */
    @SuppressWarnings("UnusedVariable") // by TAKEN
    private volatile int taken;

    // Of the signalling thread only.
    private long received;
    private boolean ended;
    private boolean lateSignalLogged;

    Guard(Object publisher, Class<T> type, CoreSubscriber<? super T> actual) {
      this.publisher = publisher;
      this.isReady = publisher instanceof Fuseable.ScalarCallable;
      this.type = type;
      this.actual = actual;
    }

    @Override
    public Context currentContext() {
      return actual.currentContext();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      if (subscription == null) {
        broken(PublisherRules.NOT_NULL, null);
      } else if (UPSTREAM.compareAndSet(this, null, subscription)) {
        actual.onSubscribe(this);
      } else {
        cancel(subscription);
        if (!cancelled) {
          broken(PublisherRules.ONE_SUBSCRIPTION, null);
        }
      }
    }

    @Override
    public void onNext(T item) {
      if (isReady && !TAKEN.compareAndSet(this, 0, 1)) {
        return;
      }
      boolean nested = signalling == Thread.currentThread();
      if (!nested && !enter()) {
        discard(item);
        broken(PublisherRules.SERIAL, null);
        return;
      }
      try {
        if (ended || cancelled) {
          discard(item);
          late(null);
        } else if (!type.isInstance(item)) {
          refuse(item);
        } else if (upstream == null) {
          discard(item);
          broken(PublisherRules.SUBSCRIBE, null);
        } else if (received == requested) {
          discard(item);
          broken(PublisherRules.DEMAND, null);
        } else {
          received++;
          actual.onNext(item);
        }
      } catch (Throwable e) {
        failed(e);
      } finally {
        if (!nested) {
          exit();
        }
      }
    }

    private void refuse(Object item) {
      if (item == null) {
        broken(PublisherRules.NOT_NULL, null);
      } else {
        failed(
            new ClassCastException(
                "The body publisher "
                    + publisher.getClass().getName()
                    + " sent a "
                    + item.getClass().getName()
                    + ", which is no "
                    + type.getSimpleName()));
      }
    }

    @Override
    public void onError(Throwable error) {
      if (error == null) {
        broken(PublisherRules.NOT_NULL, null);
        return;
      }
      boolean nested = signalling == Thread.currentThread();
      if (!nested && !enter()) {
        broken(PublisherRules.SERIAL, error);
        return;
      }
      try {
        if (ended || cancelled) {
          late(error);
        } else if (upstream == null) {
          broken(PublisherRules.SUBSCRIBE, error);
        } else {
          ended = true;
          actual.onError(error);
        }
      } finally {
        if (!nested) {
          exit();
        }
      }
    }

    @Override
    public void onComplete() {
      boolean nested = signalling == Thread.currentThread();
      if (!nested && !enter()) {
        broken(PublisherRules.SERIAL, null);
        return;
      }
      try {
        if (ended || cancelled) {
          late(null);
        } else if (upstream == null) {
          broken(PublisherRules.SUBSCRIBE, null);
        } else {
          ended = true;
          actual.onComplete();
        }
      } finally {
        if (!nested) {
          exit();
        }
      }
    }

    /**
     * A signal after the end. Signals may arrive after a cancel (rule 2.8), but not after the
     * source's own end.
     */
    private void late(@Nullable Throwable error) {
      if (!cancelled && breach == null && !lateSignalLogged) {
        lateSignalLogged = true;
        PublisherRules.END.ignored(publisher, error);
      }
    }

    private boolean enter() {
      return SIGNALLING.compareAndSet(this, null, Thread.currentThread());
    }

    private void exit() {
      signalling = null;
      if (breach != null && enter()) {
        endByBreach();
        signalling = null;
      }
    }

    /** Any thread: cancels the source, and ends the body with an error if it has not ended. */
    void broken(PublisherRules rule, @Nullable Throwable cause) {
      if (breach == null) {
        end(rule.broken(publisher, cause));
      }
    }

    /** The subscriber threw on an item: cancels the source and ends the body with the error. */
    private void failed(Throwable cause) {
      if (breach == null) {
        end(cause);
      }
    }

    private void end(Throwable cause) {
      if (!BREACH.compareAndSet(this, null, cause)) {
        return;
      }
      Subscription subscription = upstream;
      if (subscription != null) {
        cancel(subscription);
      }
      // If another thread is signalling, that thread ends the body in exit(): the error overtakes
      // no item.
      if (signalling == Thread.currentThread()) {
        endByBreach();
      } else if (enter()) {
        endByBreach();
        exit();
      }
    }

    private void endByBreach() {
      Throwable cause = breach;
      if (ended || cancelled || cause == null) {
        return;
      }
      ended = true;
      if (UPSTREAM.compareAndSet(this, null, Operators.emptySubscription())) {
        actual.onSubscribe(this);
      }
      actual.onError(cause);
    }

    @Override
    public void request(long n) {
      Subscription subscription = upstream;
      if (subscription == null || !Operators.validate(n)) {
        return;
      }
      Operators.addCap(REQUESTED, this, n);
      try {
        subscription.request(n);
      } catch (Throwable e) {
        broken(PublisherRules.REQUEST, e);
      }
    }

    @Override
    public void cancel() {
      cancelled = true;
      if (isReady && TAKEN.compareAndSet(this, 0, 1)) {
        StreamBodyWriter.releaseGroup(publisher);
      }
      Subscription subscription = upstream;
      if (subscription != null) {
        cancel(subscription);
      }
    }

    private void cancel(Subscription subscription) {
      try {
        subscription.cancel();
      } catch (Throwable e) {
        PublisherRules.CANCEL.ignored(publisher, e);
      }
    }

    private static void discard(@Nullable Object item) {
      if (item instanceof DataBuffer buffer) {
        BodyWriter.release(buffer);
      } else if (item != null) {
        StreamBodyWriter.releaseGroup(item);
      }
    }
  }
}
