package io.kqueueserver.http.contract;

import io.kqueueserver.http.Exchange;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts what a handler lends to exchanges: each buffer or file that is handed over with a callback
 * comes back once, and once only. Any thread.
 */
public final class Loans {
  /** The calls whose {@link Runnable} gives back what was lent. */
  private static final Set<String> LENDING = Set.of("write", "writeFile", "respondFile");

  private final class Loan implements Runnable {
    private final String what;
    private final Runnable release;
    private final AtomicInteger returns = new AtomicInteger();

    Loan(String what, Runnable release) {
      this.what = what;
      this.release = release;
    }

    @Override
    public void run() {
      outstanding.remove(this);
      if (returns.incrementAndGet() > 1) {
        faults.add(what + " was given back " + returns.get() + " times");
      }
      release.run();
    }
  }

  private final Set<Loan> outstanding = ConcurrentHashMap.newKeySet();
  private final Queue<String> faults = new ConcurrentLinkedQueue<>();

  /** The exchange, whose lending calls are counted here. */
  public Exchange counted(Exchange exchange) {
    return (Exchange)
        Proxy.newProxyInstance(
            Exchange.class.getClassLoader(),
            new Class<?>[] {Exchange.class},
            (proxy, method, arguments) -> call(exchange, method, arguments));
  }

  private Object call(Exchange exchange, Method method, Object[] arguments) throws Throwable {
    if (method.getName().equals("equals")) {
      return arguments[0] == exchange
          || (Proxy.isProxyClass(arguments[0].getClass()) && arguments[0].equals(exchange));
    }
    Loan loan = LENDING.contains(method.getName()) ? lend(exchange, method, arguments) : null;
    try {
      return method.invoke(exchange, arguments);
    } catch (InvocationTargetException e) {
      if (loan != null) {
        outstanding.remove(loan); // a call that is refused takes nothing
      }
      throw e.getCause();
    }
  }

  private Loan lend(Exchange exchange, Method method, Object[] arguments) {
    int last = arguments.length - 1;
    if (!(arguments[last] instanceof Runnable release)) {
      return null;
    }
    String size = arguments[0] instanceof ByteBuffer data ? data.remaining() + " bytes" : "a file";
    String path = exchange.request().path();
    Loan loan = new Loan(size + " lent by " + method.getName() + " for " + path, release);
    outstanding.add(loan);
    arguments[last] = loan;
    return loan;
  }

  /** What has not come back, or more than once; empty if all is well. */
  public List<String> open() {
    List<String> open = new ArrayList<>(faults);
    outstanding.forEach(loan -> open.add(loan.what + " was never given back"));
    return open;
  }
}
