package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.server.ProxyProtocol;
import io.kqueueserver.server.SocketActivation;
import io.kqueueserver.server.UnixOptions;
import io.kqueueserver.socket.TcpOptions;
import io.kqueueserver.spring.InvalidSettingException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the server listens beyond {@code server.port}, and how.
 *
 * @param backlog Length of the kernel's queue of connections that are not yet accepted.
 * @param reusePort Whether several processes may share the port (SO_REUSEPORT).
 * @param tcpNoDelay Whether small pieces of a response are sent at once (TCP_NODELAY).
 * @param tcpKeepAlive Whether the system looks after connections that are silent for hours
 *     (SO_KEEPALIVE).
 * @param tcpFastOpen Number of connections opened by TCP_FASTOPEN that may wait. Zero does without.
 *     Linux, FreeBSD and macOS have it.
 * @param deferAccept Whether connections are taken only when their first bytes are there
 *     (TCP_DEFER_ACCEPT on Linux, the accept filter dataready on FreeBSD, NetBSD and DragonFly).
 * @param socketActivation Whether the listening sockets are those that systemd or launchd have
 *     opened for this process. With auto, if there are any. They replace server.port and the Unix
 *     domain socket.
 * @param proxyProtocol Whether connections begin with a header of the PROXY protocol (version 1 or
 *     2), believed from kqueue.server.forwarded.trusted-proxies only. With auto, a client that
 *     sends none is served too.
 * @param unixSocket a Unix domain socket to listen on
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
    @DefaultValue UnixSocket unixSocket) {

  TcpOptions toTcp() {
    return new TcpOptions(tcpNoDelay, tcpKeepAlive, tcpFastOpen, deferAccept);
  }

  /**
   * A Unix domain socket to listen on.
   *
   * @param path File of a Unix domain socket to listen on beside server.port, or instead of it
   *     where that is -1.
   * @param permissions Permissions of that file. Who may write to it may connect.
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
