package io.kqueueserver.watch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;

/**
 * File systems that others write to behind our kernel's back: it takes a registration without
 * complaint, and then reports only this machine's changes. NFS, and the shared folders of virtual
 * machines and containers.
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

  /** Whether the path, which exists, is on one. */
  static boolean hold(Path path) {
    try {
      return isRemote(Files.getFileStore(path).type());
    } catch (IOException e) {
      return false;
    }
  }

  /** By the name mount(8) shows. Of FUSE only block devices ({@code fuseblk}) are surely local. */
  static boolean isRemote(String type) {
    String name = type.toLowerCase(Locale.ROOT);
    return TYPES.contains(name) || name.equals("fuse") || name.startsWith("fuse.");
  }
}
