package io.kqueueserver.benchmarks.load;

import io.kqueueserver.benchmarks.TrustingSockets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A {@link LoadApplication} in a process of its own, and what can be learnt of it. */
public final class ServerProcess extends ChildProcess {
  static final String PORT_LINE = "LISTENING ON ";

  /** As G1 prints it: {@code [0x000000060c800000, 0x0000000800000000)}. */
  private static final Pattern HEAP_RANGE = Pattern.compile("\\[0x([0-9a-f]+), 0x([0-9a-f]+)\\)");

  private static final byte[] FIGURES_REQUEST =
      "GET /figures HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);

  private final boolean tls;
  private final int port;

  private ServerProcess(List<String> jvmOptions, List<String> arguments) {
    super(jvmOptions, LoadApplication.class, arguments.toArray(String[]::new));
    tls = arguments.stream().anyMatch(argument -> argument.startsWith("--server.ssl."));
    port = Integer.parseInt(answer(PORT_LINE));
    passOn();
  }

  /**
   * Starts one with the server's defaults but for these properties, among them the port.
   *
   * @param properties as {@code server.port=0}
   */
  public static ServerProcess start(String... properties) {
    return start(List.of(), properties);
  }

  /** The same in a JVM with these options. */
  public static ServerProcess start(List<String> jvmOptions, String... properties) {
    List<String> arguments = new ArrayList<>();
    Stream.of("spring.main.banner-mode=off", "logging.level.root=warn")
        .forEach(property -> arguments.add("--" + property));
    for (String property : properties) {
      arguments.add("--" + property);
    }
    return new ServerProcess(jvmOptions, arguments);
  }

  public int port() {
    return port;
  }

  /** What {@link ServerFigures} says. */
  public Map<String, Long> figures() {
    Map<String, Long> figures = new TreeMap<>();
    // By hand: a client that keeps its connection would count among the server's descriptors.
    try (Socket socket = connect()) {
      socket.getOutputStream().write(FIGURES_REQUEST);
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      answer
          .substring(answer.indexOf("\r\n\r\n") + 4)
          .lines()
          .map(line -> line.split("="))
          .forEach(pair -> figures.put(pair[0], Long.valueOf(pair[1])));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return figures;
  }

  private Socket connect() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    return tls
        ? TrustingSockets.factory().createSocket(loopback, port)
        : new Socket(loopback, port);
  }

  public long cpuNanos() {
    return ProcFs.cpuNanos(pid());
  }

  public long rssBytes() {
    return ProcFs.rssBytes(pid());
  }

  public int descriptors() {
    return ProcFs.descriptors(pid());
  }

  /** Bytes of live objects: jcmd's class histogram begins with a full collection. */
  public long liveHeapBytes() {
    String text = jcmd("GC.class_histogram");
    return text.lines()
        .filter(line -> line.startsWith("Total"))
        .mapToLong(line -> Long.parseLong(line.strip().split("\\s+")[2]))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(text));
  }

  /**
   * Resident bytes that are not the Java heap's: code, buffers, stacks, what libraries took. The
   * heap's share comes and goes as the collector likes and would hide them.
   */
  public long nativeBytes() {
    String text = jcmd("GC.heap_info");
    Matcher heap = HEAP_RANGE.matcher(text);
    if (!heap.find()) {
      throw new IllegalStateException("no address range of the heap in: " + text);
    }
    return ProcFs.rssBytesOutside(
        pid(), Long.parseLong(heap.group(1), 16), Long.parseLong(heap.group(2), 16));
  }

  private String jcmd(String command) {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    try {
      Process run =
          new ProcessBuilder(jcmd, String.valueOf(pid()), command)
              .redirectErrorStream(true)
              .start();
      return new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
