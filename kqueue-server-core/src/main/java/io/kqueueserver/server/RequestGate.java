package io.kqueueserver.server;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.loop.Deadline;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.stats.Limit;
import org.jspecify.annotations.Nullable;

/**
 * One loop's way to the application for requests that need a place. A request without a place waits
 * within a bound, and is then answered with 503. A place is given back at the end of the exchange,
 * which is the switch for a switched stream. The loop's thread only.
 */
public final class RequestGate implements ExchangeHandler {
  /** The places that the gates of all loops share. */
  public static final class Places {
    private final RequestPlaces application;
    private final RequestPlaces management;

    public Places(RunningLimits limits) {
      application =
          new RequestPlaces(limits.max(), limits.longestWait().isZero() ? 0 : limits.maxWaiting());
      management = new RequestPlaces(limits.maxManagement(), 0);
    }

    /** Number of running requests that count against the maximum. */
    public int running() {
      return application.taken();
    }

    /** Number of running requests below the management path. */
    public int runningManagement() {
      return management.taken();
    }

    /** Number of requests that wait for a place. */
    public int waiting() {
      return application.waiting();
    }
  }

  /** 1 s: the shortest that Retry-After can express; clients add their own spread. */
  private static final HeaderSource RETRY_AFTER = sink -> sink.field("Retry-After", "1");

  private final EventLoop loop;
  private final Places places;
  private final long waitNanos;
  private final @Nullable String managementPath;
  private final ExchangeHandler next;
  private final Runnable giveBack;
  private final Runnable giveBackManagement;

  /**
   * Makes the gate of one loop.
   *
   * @param next the handler behind the gate
   */
  public RequestGate(EventLoop loop, Places places, RunningLimits limits, ExchangeHandler next) {
    this.loop = loop;
    this.places = places;
    this.waitNanos = OptionBounds.nanos(limits.longestWait());
    this.managementPath = limits.managementPath();
    this.next = next;
    this.giveBack = places.application::giveBack;
    this.giveBackManagement = places.management::giveBack;
  }

  /**
   * Handles an exchange of this loop.
   *
   * @throws ClassCastException if the exchange is wrapped: a gate stands before every wrapper
   */
  @Override
  public void handle(Exchange exchange) {
    ExchangeCore core = (ExchangeCore) exchange;
    if (isManagement(core.request().path())) {
      if (places.management.tryTake()) {
        core.end().place(giveBackManagement);
        next.handle(core);
      } else {
        refuse(core, Limit.RUNNING_MANAGEMENT_REQUESTS);
      }
    } else if (places.application.tryTake()) {
      core.end().place(giveBack);
      next.handle(core);
    } else {
      Wait wait = new Wait(core);
      core.end().place(wait);
      if (!places.application.await(wait)) {
        core.end().place(null);
        refuse(core, Limit.RUNNING_REQUESTS);
      } else {
        loop.deadline(wait.timeout, loop.now() + waitNanos);
      }
    }
  }

  /** Whether the path is the operator's; another spelling of the same path is not. */
  private boolean isManagement(String path) {
    String base = managementPath;
    return base != null
        && path.startsWith(base)
        && (path.length() == base.length() || "/?".indexOf(path.charAt(base.length())) >= 0);
  }

  private void refuse(ExchangeCore core, Limit limit) {
    loop.limitHit(limit);
    core.respond(503, RETRY_AFTER, 0);
    core.finish();
  }

  /** A request that waits. The run of it, at the end of its exchange, gives up what it has. */
  private final class Wait implements RequestPlaces.Waiter, Runnable {
    private final class Timeout extends Deadline {
      @Override
      protected void onDeadline(long nowNanos) {
        if (places.application.leave(Wait.this) || !granted) {
          core.end().place(null);
          refuse(core, Limit.RUNNING_REQUESTS);
        }
      }
    }

    private final ExchangeCore core;
    private final Timeout timeout = new Timeout();

    /** Whether {@link #serve} will run. */
    private volatile boolean granted;

    Wait(ExchangeCore core) {
      this.core = core;
    }

    @Override
    public boolean granted() {
      granted = true;
      boolean served = false;
      try {
        served = loop.execute(this::serve);
      } finally {
        granted = served; // a request whose task found no memory is refused at its deadline
      }
      return served;
    }

    private void serve() {
      loop.cancel(timeout);
      if (core.end().hasEnded()) {
        places.application.giveBack(); // the client went between the grant and this task
      } else {
        core.end().place(giveBack);
        ApplicationCalls.run(core, ExchangeHandler::handle, next, core);
      }
    }

    @Override
    public void run() {
      loop.cancel(timeout);
      places.application.leave(this);
    }
  }
}
