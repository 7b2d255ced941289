package io.kqueueserver.server;

import io.kqueueserver.socket.TcpOptions;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a server listens besides its port, and how.
 *
 * @param unixPath file of a Unix domain socket; null for none
 * @param unixPermissions of that file: who may write to it may connect
 * @param activation whether sockets that were opened for this process are used
 */
public record ListenOptions(
    @Nullable Path unixPath,
    Set<PosixFilePermission> unixPermissions,
    SocketActivation activation,
    TcpOptions tcp) {
  public static final ListenOptions DEFAULTS =
      new ListenOptions(
          null,
          PosixFilePermissions.fromString("rw-rw----"),
          SocketActivation.OFF,
          TcpOptions.DEFAULTS);
}
