package io.kqueueserver.watch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;

/**
 * File systems that other machines write to: NFS, and the shared folders of virtual machines and
 * containers. The kernel accepts a registration on them and then reports this machine's changes
 * only.
 */
final class RemoteFileSystems {
  private static final Set<String> TYPES =
      Set.of(
          "9p",
          "afpfs",
          "afs",
          "beegfs",
          "ceph",
          "cifs",
          "coda",
          "davfs",
          "drvfs",
          "gpfs",
          "lustre",
          "ncpfs",
          "nfs",
          "nfs3",
          "nfs4",
          "prl_fs",
          "smb",
          "smb2",
          "smb3",
          "smbfs",
          "vboxsf",
          "virtiofs",
          "vmhgfs",
          "webdav",
          "wslfs");

  private RemoteFileSystems() {}

  /** Whether an existing path is on a remote file system. */
  static boolean hold(Path path) {
    try {
      return isRemote(Files.getFileStore(path).type());
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Whether a type of file system is remote, by its name in mount(8). Of FUSE only block devices
   * ({@code fuseblk}) are surely local.
   */
  static boolean isRemote(String type) {
    String name = type.toLowerCase(Locale.ROOT);
    return TYPES.contains(name) || name.equals("fuse") || name.startsWith("fuse.");
  }
}
