package io.kqueueserver.server;

import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The Unix domain socket of a server.
 *
 * @param path file of the socket; null for no such socket
 * @param permissions permissions of that file; a process that may write to it may connect
 */
public record UnixOptions(@Nullable Path path, Set<PosixFilePermission> permissions) {
  public static final UnixOptions DEFAULTS =
      new UnixOptions(null, PosixFilePermissions.fromString("rw-rw----"));

  public UnixOptions {
    permissions = Set.copyOf(permissions);
  }

  public UnixOptions path(@Nullable Path file) {
    return new UnixOptions(file, permissions);
  }

  public UnixOptions permissions(Set<PosixFilePermission> allowed) {
    return new UnixOptions(path, allowed);
  }
}
