package io.kqueueserver.server;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kqueueserver.build.TlsFixture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs the command line of OpenSSL, which shares no code with the JDK, and other tools like it. */
final class OpenSsl {
  private static final String REQUEST = "GET /a HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n";

  private OpenSsl() {}

  /** What {@code s_client} prints of one request to the server, which is to be asked for a name. */
  static String client(int port, String serverName, String... options) throws Exception {
    require("openssl");
    List<String> command = new ArrayList<>(List.of("openssl", "s_client", "-ign_eof"));
    command.addAll(List.of("-connect", "127.0.0.1:" + port, "-servername", serverName));
    command.addAll(List.of("-CAfile", TlsFixture.file("ca.pem").toString()));
    command.addAll(List.of(options));
    return run(REQUEST, command.toArray(String[]::new));
  }

  static void require(String tool) {
    boolean found = false;
    for (String folder : System.getenv("PATH").split(":", -1)) {
      found |= Files.isExecutable(Path.of(folder, tool));
    }
    assumeTrue(found, tool + " is not installed");
  }

  /** Output and errors of a command that is given this input and then the end of it. */
  static String run(String input, String... command) throws IOException, InterruptedException {
    Process process = start(command);
    try {
      process.getOutputStream().write(input.getBytes(StandardCharsets.US_ASCII));
      process.getOutputStream().close();
      return output(process);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  /** As {@link #run}, of a command that ends by itself though its input does not. */
  static String talk(String input, String... command) throws IOException, InterruptedException {
    Process process = start(command);
    try {
      process.getOutputStream().write(input.getBytes(StandardCharsets.US_ASCII));
      process.getOutputStream().flush();
      return output(process);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static Process start(String... command) throws IOException {
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static String output(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
  }
}
