package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.build.ChildJvm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes replace one another on one port, while clients connect to it all the time. */
@Timeout(180)
class HandoverProcessesTest {
  private static final int PROCESSES = 4;
  private static final int CLIENTS = 6;
  private static final int BETWEEN = 300;

  @TempDir private Path folder;
  private final List<Process> processes = new ArrayList<>();

  /** Serves until another process serves, and ends when its last exchange has ended. */
  static class Main {
    public static void main(String[] args) throws Exception {
      KqueueServer[] server = new KqueueServer[1];
      server[0] =
          KqueueServer.builder()
              .address(InetAddress.getLoopbackAddress())
              .port(Integer.parseInt(args[1]))
              .loops(2)
              .handover(HandoverOptions.DEFAULTS.path(Path.of(args[0])))
              .listener(
                  new ServerListener() {
                    @Override
                    public void onHandedOver() {
                      server[0].drain(() -> new Thread(server[0]::stop).start());
                    }
                  })
              .handler(exchange -> ServerExtension.answer(exchange, 200, args[2]))
              .build();
      server[0].start();
      Files.writeString(Path.of(args[3]), String.valueOf(server[0].port()));
    }
  }

  private String start(int number, String port) throws IOException {
    Path ready = folder.resolve("ready-" + number);
    processes.add(
        ChildJvm.ofThisJdk()
            .start(
                List.of(
                    "-cp",
                    System.getProperty("java.class.path"),
                    Main.class.getName(),
                    folder.resolve("next.sock").toString(),
                    port,
                    "process-" + number,
                    ready.toString()),
                folder.resolve("out-" + number),
                folder.resolve("err-" + number)));
    Predicate<Path> written =
        file -> {
          try {
            return Files.exists(file) && !Files.readString(file).isEmpty();
          } catch (IOException e) {
            return false;
          }
        };
    await().atMost(Duration.ofSeconds(60)).until(() -> written.test(ready));
    return Files.readString(ready);
  }

  @Test
  void noConnectIsRefusedAndNoRequestIsLost() throws Exception {
    String port = start(0, "0");
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger answered = new AtomicInteger();
    Queue<String> failures = new ConcurrentLinkedQueue<>();
    ConcurrentHashMap<String, Integer> servedBy = new ConcurrentHashMap<>();
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      Thread client =
          new Thread(
              () -> {
                while (!stop.get()) {
                  try {
                    servedBy.merge(request(Integer.parseInt(port)), 1, Integer::sum);
                    answered.incrementAndGet();
                  } catch (IOException | RuntimeException e) {
                    failures.add(e.toString());
                  }
                }
              });
      client.start();
      clients.add(client);
    }
    try {
      for (int n = 1; n < PROCESSES; n++) {
        int before = answered.get();
        await().atMost(Duration.ofSeconds(60)).until(() -> answered.get() > before + BETWEEN);
        start(n, port);
        Process old = processes.get(n - 1);
        assertThat(old.waitFor(60, TimeUnit.SECONDS)).as("process %s ends", n - 1).isTrue();
        assertThat(old.exitValue()).isZero();
      }
      int last = answered.get();
      await().atMost(Duration.ofSeconds(60)).until(() -> answered.get() > last + BETWEEN);
    } finally {
      stop.set(true);
      for (Thread client : clients) {
        client.join();
      }
      processes.forEach(Process::destroy);
    }
    System.out.println(
        "[HANDOVER] " + answered + " connects, " + failures.size() + " failed, by " + servedBy);
    assertThat(failures).isEmpty();
    assertThat(servedBy).hasSize(PROCESSES);
  }

  /** One connection, one request; returns the body. */
  private static String request(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      socket
          .getOutputStream()
          .write("GET / HTTP/1.0\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      if (!answer.startsWith("HTTP/1.1 200 ") || !answer.contains("\r\n\r\nprocess-")) {
        throw new IOException("answered: '" + answer + "'");
      }
      return answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }
  }
}
