package io.kqueueserver.benchmarks.compare;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * Connects, shakes hands, asks, reads to the server's end and closes, again and again, on a few
 * threads: {@code HandshakeLoad PORT PATH CONNECTIONS SECONDS} prints the line of {@code load.c}.
 */
final class HandshakeLoad {
  private static final int TIMEOUT_MILLIS = 10_000;

  /** What one thread has seen. */
  private static final class Tally {
    final List<Long> nanos = new ArrayList<>();
    int errors;
    int badStatus;
  }

  private HandshakeLoad() {}

  public static void main(String[] args) throws InterruptedException {
    int port = Integer.parseInt(args[0]);
    byte[] request =
        ("GET " + args[1] + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    Tally[] tallies = new Tally[Integer.parseInt(args[2])];
    Thread[] threads = new Thread[tallies.length];
    System.out.println("ready");
    long begin = System.nanoTime();
    long end = begin + TimeUnit.SECONDS.toNanos(Long.parseLong(args[3]));
    for (int i = 0; i < threads.length; i++) {
      Tally tally = new Tally();
      tallies[i] = tally;
      threads[i] = new Thread(() -> run(port, request, end, tally), "handshakes-" + i);
      threads[i].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    report(tallies, (System.nanoTime() - begin) / 1e9);
  }

  private static void run(int port, byte[] request, long end, Tally tally) {
    while (System.nanoTime() - end < 0) {
      long start = System.nanoTime();
      try (Socket socket = trusting().createSocket(InetAddress.getLoopbackAddress(), port)) {
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.getOutputStream().write(request);
        byte[] answer = socket.getInputStream().readAllBytes();
        String head = new String(answer, StandardCharsets.US_ASCII);
        if (!head.startsWith("HTTP/1.1 200")) {
          tally.badStatus++;
        }
        tally.nanos.add(System.nanoTime() - start);
      } catch (IOException e) {
        tally.errors++;
      }
    }
  }

  private static void report(Tally[] tallies, double seconds) {
    long[] all =
        Arrays.stream(tallies)
            .flatMap(tally -> tally.nanos.stream())
            .mapToLong(Long::longValue)
            .sorted()
            .toArray();
    System.out.printf(
        Locale.ROOT,
        "requests=%d seconds=%.6f p50_us=%.1f p99_us=%.1f max_us=%.1f errors=%d bad_status=%d"
            + " lost=0%n",
        all.length,
        seconds,
        micros(all, 0.5),
        micros(all, 0.99),
        micros(all, 1),
        Arrays.stream(tallies).mapToInt(tally -> tally.errors).sum(),
        Arrays.stream(tallies).mapToInt(tally -> tally.badStatus).sum());
  }

  private static double micros(long[] sorted, double share) {
    return sorted.length == 0 ? 0 : sorted[(int) ((sorted.length - 1) * share)] / 1e3;
  }

  /** Trusts everybody, for the loopback only, and remembers no session: each context is new. */
  static SSLSocketFactory trusting() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new Everybody()}, null);
      return context.getSocketFactory();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class Everybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
