package io.kqueueserver.spring.http;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseCookie;
import org.springframework.http.server.reactive.AbstractServerHttpResponse;
import org.springframework.util.Assert;
import org.springframework.util.CollectionUtils;
import org.springframework.util.MultiValueMap;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The commit life cycle of {@link AbstractServerHttpResponse}, without the operators that the
 * parent composes per response even if no action runs before the commit. The contract is the
 * parent's: actions run before status, fields and cookies are frozen. An action that fails leaves
 * the response open for one more attempt, which skips the actions. This class overrides every
 * method of the parent that reads the parent's private state.
 */
abstract class CommittingResponse extends AbstractServerHttpResponse {
  // NEW -> COMMITTING -> COMMITTED      COMMITTING -> ACTION_FAILED -> COMMITTING
  private enum State {
    NEW,
    COMMITTING,
    ACTION_FAILED,
    COMMITTED
  }

  private static final AtomicReferenceFieldUpdater<CommittingResponse, State> STATE =
      AtomicReferenceFieldUpdater.newUpdater(CommittingResponse.class, State.class, "state");

  private final HttpHeaders headers;
  private volatile State state = State.NEW;
  private volatile @Nullable List<Supplier<? extends Mono<Void>>> actions;
  private volatile boolean actionFailed;
  private @Nullable HttpStatusCode status;
  private @Nullable HttpHeaders frozenHeaders;

  CommittingResponse(DataBufferFactory buffers, HttpHeaders headers) {
    super(buffers, headers);
    this.headers = headers;
  }

  @Override
  public final boolean setStatusCode(@Nullable HttpStatusCode status) {
    if (state == State.COMMITTED) {
      return false;
    }
    this.status = status;
    return true;
  }

  @Override
  public @Nullable HttpStatusCode getStatusCode() {
    return status;
  }

  @Override
  public final HttpHeaders getHeaders() {
    if (state != State.COMMITTED) {
      return headers;
    }
    HttpHeaders frozen = frozenHeaders;
    if (frozen == null) {
      frozen = HttpHeaders.readOnlyHttpHeaders(headers);
      frozenHeaders = frozen;
    }
    return frozen;
  }

  @Override
  public final MultiValueMap<String, ResponseCookie> getCookies() {
    // The parent's state stays NEW, so the parent returns its map itself.
    MultiValueMap<String, ResponseCookie> cookies = super.getCookies();
    return state == State.COMMITTED ? CollectionUtils.unmodifiableMultiValueMap(cookies) : cookies;
  }

  @Override
  public final void addCookie(ResponseCookie cookie) {
    Assert.notNull(cookie, "'cookie' must not be null");
    if (state == State.COMMITTED) {
      throw new IllegalStateException(
          "Cannot add the cookie " + cookie + ": the response has already been committed");
    }
    super.addCookie(cookie);
  }

  @Override
  public final void beforeCommit(Supplier<? extends Mono<Void>> action) {
    List<Supplier<? extends Mono<Void>>> known = actions;
    if (known == null) {
      synchronized (this) {
        known = actions;
        if (known == null) {
          known = new CopyOnWriteArrayList<>();
          actions = known;
        }
      }
    }
    known.add(action);
  }

  @Override
  public final boolean isCommitted() {
    State current = state;
    return current != State.NEW && current != State.ACTION_FAILED;
  }

  @Override
  protected final Mono<Void> doCommit(@Nullable Supplier<? extends Mono<Void>> writeAction) {
    if (!beginCommit()) {
      return Mono.empty();
    }
    Mono<Void> write = writeAction == null ? Mono.empty() : writeAction.get();
    Mono<Void> commit =
        Mono.defer(
            () -> {
              endCommit();
              return write;
            });
    return hasActions() ? runActions().then(commit) : commit;
  }

  /** Reserves the commit for the caller. Returns false if the commit was reserved before. */
  final boolean beginCommit() {
    return STATE.compareAndSet(this, State.NEW, State.COMMITTING)
        || STATE.compareAndSet(this, State.ACTION_FAILED, State.COMMITTING);
  }

  /** Whether {@link #runActions} must complete between begin and end of the commit. */
  final boolean hasActions() {
    return actions != null && !actionFailed;
  }

  /** Runs the actions one after the other. An error gives the reserved commit back. */
  final Mono<Void> runActions() {
    List<Supplier<? extends Mono<Void>>> known = actions;
    return Flux.concat(Flux.fromIterable(known == null ? List.of() : known).map(Supplier::get))
        .doOnError(cause -> giveBack())
        .then();
  }

  private void giveBack() {
    actionFailed = true;
    headers.clearContentHeaders();
    STATE.compareAndSet(this, State.COMMITTING, State.ACTION_FAILED);
  }

  /**
   * Ends the commit: status, fields and cookies are frozen. A head that cannot be sent is an error
   * of the commit, as is an error of an action.
   */
  final void endCommit() {
    try {
      checkHead();
    } catch (RuntimeException e) {
      giveBack();
      throw e;
    }
    state = State.COMMITTED;
  }

  /**
   * Checks the parts of the head that were not checked when they were set. Parts that cannot be
   * sent are removed, so that an error response can be sent.
   *
   * @throws IllegalArgumentException if a part was removed
   */
  abstract void checkHead();

  /** Does nothing: the head is composed when it is sent. */
  @Override
  protected final void applyStatusCode() {}

  @Override
  protected final void applyHeaders() {}

  @Override
  protected final void applyCookies() {}
}
