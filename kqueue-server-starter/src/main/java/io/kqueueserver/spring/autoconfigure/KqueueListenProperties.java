package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.server.HandoverOptions;
import io.kqueueserver.server.ProxyProtocol;
import io.kqueueserver.server.SocketActivation;
import io.kqueueserver.server.UnixOptions;
import io.kqueueserver.socket.TcpOptions;
import io.kqueueserver.spring.InvalidSettingException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of the server's listening sockets beyond {@code server.port}.
 *
 * @param backlog Length of the kernel's queue of connections that are not yet accepted.
 * @param reusePort Whether several processes may share the port (SO_REUSEPORT).
 * @param tcpNoDelay Whether small pieces of a response are sent at once (TCP_NODELAY).
 * @param tcpKeepAlive Whether the system probes connections that are silent for hours
 *     (SO_KEEPALIVE).
 * @param tcpFastOpen Number of connections opened by TCP_FASTOPEN that may wait. Zero means off.
 *     For Linux, FreeBSD and macOS.
 * @param deferAccept Whether connections are accepted only when their first bytes have arrived
 *     (TCP_DEFER_ACCEPT on Linux, the accept filter dataready on FreeBSD, NetBSD and DragonFly).
 * @param socketActivation Whether the listening sockets are those that systemd or launchd have
 *     opened for this process. With auto, if there are any. They replace server.port and the Unix
 *     domain socket.
 * @param proxyProtocol Whether connections begin with a header of the PROXY protocol (version 1 or
 *     2), trusted from kqueue.server.forwarded.trusted-proxies only. With auto, a client that sends
 *     no header is served too.
 * @param unixSocket a Unix domain socket to listen on
 * @param handover how the listening sockets go to the next process
 */
@ConfigurationProperties("kqueue.server")
public record KqueueListenProperties(
    @DefaultValue("1024") int backlog,
    @DefaultValue("false") boolean reusePort,
    @DefaultValue("true") boolean tcpNoDelay,
    @DefaultValue("false") boolean tcpKeepAlive,
    @DefaultValue("0") int tcpFastOpen,
    @DefaultValue("false") boolean deferAccept,
    @DefaultValue("off") SocketActivation socketActivation,
    @DefaultValue("off") ProxyProtocol proxyProtocol,
    @DefaultValue UnixSocket unixSocket,
    @DefaultValue Handover handover) {

  TcpOptions toTcp() {
    return new TcpOptions(tcpNoDelay, tcpKeepAlive, tcpFastOpen, deferAccept);
  }

  /**
   * How the listening sockets go to the process that replaces this one.
   *
   * @param path File of a Unix domain socket, which only processes of the same user can use. A
   *     server that starts takes the listening sockets of the process that serves the path, which
   *     then closes its application, and serves the path itself for the next process.
   * @param timeout How long to wait for each answer of the other process.
   */
  public record Handover(@Nullable Path path, @DefaultValue("10s") Duration timeout) {
    HandoverOptions toOptions(Duration acceptPeriod) {
      return new HandoverOptions(path, timeout, acceptPeriod);
    }
  }

  /**
   * A Unix domain socket to listen on.
   *
   * @param path File of a Unix domain socket to listen on beside server.port. If server.port is -1,
   *     the server listens on the Unix domain socket alone.
   * @param permissions Permissions of that file. A process that may write to it may connect.
   */
  public record UnixSocket(@Nullable Path path, @DefaultValue("rw-rw----") String permissions) {
    UnixOptions toOptions() {
      return new UnixOptions(path, toPermissions());
    }

    private Set<PosixFilePermission> toPermissions() {
      try {
        return PosixFilePermissions.fromString(permissions);
      } catch (IllegalArgumentException e) {
        throw new InvalidSettingException(
            "kqueue.server.unix-socket.permissions",
            permissions,
            "nine characters such as rw-rw----");
      }
    }
  }
}
