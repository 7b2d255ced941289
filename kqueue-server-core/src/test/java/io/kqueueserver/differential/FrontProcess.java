package io.kqueueserver.differential;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A running proxy. */
final class FrontProcess implements AutoCloseable {
  private static final byte[] CHECK =
      "GET /check HTTP/1.1\r\nHost: check\r\nConnection: close\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);

  private final Process process;
  private final int port;

  private FrontProcess(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  static FrontProcess start(Front front, int backend) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("differential");
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Path file = folder.resolve("front.conf");
    Files.writeString(file, front.configuration(folder, port, backend));
    List<String> command = new ArrayList<>(List.of(front.program()));
    command.addAll(front.arguments());
    command.add(file.toString());
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Path log = folder.resolve("log");
    FrontProcess proxy = new FrontProcess(builder.redirectOutput(log.toFile()).start(), port);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!proxy.listens()) {
      if (!proxy.process.isAlive() || System.nanoTime() - deadline > 0) {
        throw new IOException(front + " does not start: " + Files.readString(log));
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
    return proxy;
  }

  private boolean listens() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  int port() {
    return port;
  }

  /** What another client gets now: the answer to its own request, unless a stream was smuggled. */
  String check() throws IOException {
    return Reading.of(port, CHECK, 10_000).toString();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
