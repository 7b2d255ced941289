package io.kqueueserver.benchmarks.compare;

import io.kqueueserver.benchmarks.TrustingSockets;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One contender's process, from its start to its end. Used by one thread. */
final class ServerProcess implements AutoCloseable {
  private static final long START_DEADLINE_SECONDS = 90;
  private static final long ANSWER_DEADLINE_SECONDS = 60;
  private static final long STOP_DEADLINE_SECONDS = 20;
  private static final String ANSWER = "console: ";
  private static final Pattern HEAP =
      Pattern.compile("Heap address: 0x([0-9a-f]+), size: (\\d+) MB");

  private final Contender contender;
  private final Mode mode;
  private final int port;
  private final Process process;
  private final ProcFs proc;
  private final Path log;
  private final BufferedWriter questions;
  private final BlockingQueue<Long> answers = new ArrayBlockingQueue<>(16);
  private volatile long heapFrom;
  private volatile long heapTo;

  private ServerProcess(Contender contender, Mode mode, int port, Process process, Path log) {
    this.contender = contender;
    this.mode = mode;
    this.port = port;
    this.process = process;
    this.proc = new ProcFs(process.pid());
    this.log = log;
    this.questions = process.outputWriter(StandardCharsets.US_ASCII);
    Thread reader = new Thread(this::copyOutput, "output of " + contender.id());
    reader.setDaemon(true);
    reader.start();
  }

  static ServerProcess start(Options options, Contender contender, Mode mode, int port, Path log)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(contender.command(options, mode, port));
    builder.redirectErrorStream(true);
    return new ServerProcess(contender, mode, port, Children.start(builder), log);
  }

  Contender contender() {
    return contender;
  }

  int port() {
    return port;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  long cpuMicros() throws IOException {
    return proc.cpuMicros();
  }

  long residentBytes() throws IOException {
    return proc.residentBytes();
  }

  /** Resident memory that is not Java heap. */
  long nativeBytes() throws IOException {
    if (contender.isJava() && heapTo == 0) {
      throw new IOException(contender.title() + " did not say where its heap is, see " + log);
    }
    return proc.residentBytesOutside(heapFrom, heapTo);
  }

  /** What a full collection leaves. */
  long liveHeapBytes() throws IOException, InterruptedException {
    return ask("live-heap");
  }

  long allocatedBytes() throws IOException, InterruptedException {
    return ask("allocated");
  }

  /** Milliseconds that compilers have worked since the start. */
  long compilingMillis() throws IOException, InterruptedException {
    return ask("compiling");
  }

  private long ask(String question) throws IOException, InterruptedException {
    questions.write(question);
    questions.newLine();
    questions.flush();
    Long answer = answers.poll(ANSWER_DEADLINE_SECONDS, TimeUnit.SECONDS);
    if (answer == null || answer < 0) {
      throw new IOException(contender.title() + " does not answer " + question + ", see " + log);
    }
    return answer;
  }

  void awaitFirst200(String path) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_DEADLINE_SECONDS);
    while (!answers200(path)) {
      if (!process.isAlive() || System.nanoTime() - deadline > 0) {
        throw new IOException(contender.title() + " does not start, see " + log);
      }
      TimeUnit.MILLISECONDS.sleep(2);
    }
  }

  private boolean answers200(String path) {
    try (Socket socket = connect()) {
      socket.setSoTimeout(5000);
      String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      byte[] head = socket.getInputStream().readNBytes(12);
      return new String(head, StandardCharsets.US_ASCII).equals("HTTP/1.1 200");
    } catch (IOException e) {
      return false; // not listening yet
    }
  }

  private Socket connect() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    return mode.isSecure()
        ? TrustingSockets.factory().createSocket(loopback, port)
        : new Socket(loopback, port);
  }

  private void copyOutput() {
    try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8);
        BufferedWriter out = Files.newBufferedWriter(log)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.startsWith(ANSWER)) {
          answers.add(Long.parseLong(line.substring(ANSWER.length())));
        } else {
          Matcher heap = HEAP.matcher(line);
          if (heap.find()) {
            heapFrom = Long.parseUnsignedLong(heap.group(1), 16);
            heapTo = heapFrom + Long.parseLong(heap.group(2)) * 1024 * 1024;
          }
          out.write(line);
          out.newLine();
          out.flush();
        }
      }
    } catch (IOException e) {
      if (process.isAlive()) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Ends its standard input, on which it ends itself, or sends SIGTERM; what stays is killed. */
  @Override
  public void close() {
    if (!contender.endsWithInput()) {
      process.destroy();
    }
    Children.stop(process, STOP_DEADLINE_SECONDS);
  }
}
