package io.kqueueserver.benchmarks.hostile;

import io.kqueueserver.benchmarks.TrustingSockets;
import io.kqueueserver.benchmarks.load.TrafficProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * Clients that keep no rules, all kinds together at a bounded rate. What they count in the second
 * way is a connection that the server has ended; the others left by themselves, or in the end.
 */
public final class HostileTraffic {
  private static final int READ_TIMEOUT_MILLIS = 15_000;
  private static final byte[] BLANK = {};

  private final TrafficProcess traffic = new TrafficProcess();
  private final int port;
  private final int tlsPort;
  private int resets;
  private int malformed;
  private int frames;
  private int floods;
  private int records;

  private HostileTraffic(int port, int tlsPort) {
    this.port = port;
    this.tlsPort = tlsPort;
  }

  /** The process, seen from the one that started it. */
  public static TrafficProcess.Handle start(int port, int tlsPort) {
    return new TrafficProcess.Handle(
        List.of("-Xmx64m", "-XX:+UseSerialGC"),
        HostileTraffic.class,
        String.valueOf(port),
        String.valueOf(tlsPort));
  }

  public static void main(String[] args) throws Exception {
    HostileTraffic hostile =
        new HostileTraffic(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
    hostile.addAll();
    hostile.traffic.run();
  }

  private void addAll() {
    add("slow head", 10, 100, () -> trickle(plain(), "GET / HTTP/1.1\r\n", "a: b\r\n"));
    add("slow head TLS", 5, 100, () -> trickle(tls(), "GET / HTTP/1.1\r\n", "a: b\r\n"));
    String upload = "POST /upload HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n";
    add("slow body", 5, 100, () -> trickle(plain(), upload, "x"));
    add("silence", 5, 100, () -> trickle(plain(), "", ""));
    add("zero window", 10, 100, () -> zeroWindow(plain()));
    add("zero window TLS", 5, 100, () -> zeroWindow(tls()));
    add("reset", 1, 500, () -> reset(plain()));
    add("reset TLS", 1, 1_000, () -> reset(tls()));
    add("malformed", 1, 500, () -> garbage(plain(), Malformed.request(malformed++)));
    add("malformed TLS", 1, 1_000, () -> garbage(tls(), Malformed.request(malformed++)));
    add("no TLS", 1, 1_000, () -> garbage(raw(tlsPort), Malformed.record(records++)));
    add("WebSocket frames", 1, 500, () -> webSocket(plain(), Malformed.frame(frames++)));
    add("h2 flood", 1, 500, this::flood);
  }

  private void add(String kind, int times, long pauseMillis, Callable<Boolean> action) {
    traffic.repeat(kind, times, pauseMillis, action);
  }

  private Socket raw(int to) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096); // before connect, or the window is agreed already
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), to));
    socket.setSoTimeout(READ_TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    return socket;
  }

  private Socket plain() throws IOException {
    return raw(port);
  }

  private Socket tls() throws IOException {
    return TrustingSockets.factory().createSocket(raw(tlsPort), "localhost", tlsPort, true);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Sends one step each second until the server has had enough. */
  private boolean trickle(Socket socket, String begin, String step) throws Exception {
    try (socket) {
      socket.setSoTimeout(1_000);
      socket.getOutputStream().write(ascii(begin));
      while (traffic.isRunning()) {
        if (hasEnded(socket)) {
          return true;
        }
        socket.getOutputStream().write(ascii(step));
      }
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  private static boolean hasEnded(Socket socket) throws IOException {
    try {
      return socket.getInputStream().readAllBytes().length >= 0;
    } catch (SocketTimeoutException e) {
      return false;
    }
  }

  /** Asks for much, takes nothing for a while, and looks whether it is still connected. */
  private boolean zeroWindow(Socket socket) throws Exception {
    try (socket) {
      socket.getOutputStream().write(ascii("GET /large HTTP/1.1\r\nHost: t\r\n\r\n"));
      for (int i = 0; i < 40 && traffic.isRunning(); i++) {
        Thread.sleep(1_000);
      }
      byte[] some = new byte[64 * 1024];
      for (int read = 0; read < 9 << 20; ) {
        read += Math.max(0, socket.getInputStream().read(some));
      }
      return false;
    } catch (IOException e) {
      return traffic.isRunning();
    }
  }

  /** In the middle of a head, of an upload, of a download. */
  private boolean reset(Socket socket) throws IOException {
    int kind = resets++ % 3;
    try (socket) {
      socket.setSoLinger(true, 0);
      switch (kind) {
        case 0 -> socket.getOutputStream().write(ascii("GET /bare HTTP/1.1\r\nHo"));
        case 1 ->
            socket
                .getOutputStream()
                .write(ascii("POST /upload HTTP/1.1\r\nHost: t\r\nContent-Length: 9999\r\n\r\nx"));
        default -> {
          socket.getOutputStream().write(ascii("GET /large HTTP/1.1\r\nHost: t\r\n\r\n"));
          socket.getInputStream().readNBytes(100_000);
        }
      }
    }
    return false;
  }

  private boolean garbage(Socket socket, byte[] bytes) throws IOException {
    try (socket) {
      socket.getOutputStream().write(bytes);
      return hasEnded(socket);
    } catch (IOException e) {
      return true;
    }
  }

  private boolean webSocket(Socket socket, byte[] frames) throws IOException {
    socket
        .getOutputStream()
        .write(
            ascii(
                "GET /echo HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"));
    return garbage(socket, frames);
  }

  private boolean flood() throws Exception {
    Attack attack = Attack.values()[floods++ % Attack.values().length];
    try (Http2Wire wire = new Http2Wire(port, 65_535)) {
      wire.timeout(2_000);
      wire.send(Http2Wire.windowUpdate(0, 1 << 30));
      for (int i = 0; i < attack.steps(); i += Attacker.BURST) {
        ByteArrayOutputStream burst = new ByteArrayOutputStream();
        for (int j = i; j < Math.min(i + Attacker.BURST, attack.steps()); j++) {
          burst.writeBytes(attack.step(j));
        }
        wire.send(burst.toByteArray());
        Thread.sleep(1);
      }
      if (attack == Attack.UNREAD_RESPONSES || attack == Attack.WINDOWS) {
        Thread.sleep(1_000);
        wire.send(BLANK);
        return false;
      }
      wire.drain();
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
