package io.kqueueserver.queue;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.LinuxLibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;

/** The result of statx(2) for a descriptor, in one reused buffer. Loop thread only. */
final class VnodeStatus {
  private final Native natives;
  private final LinuxLibC libc;
  private final boolean missing;
  private final int emptyPathFlag;
  private final int basicStats;
  private final int nlinkAt;
  private final int uidAt;
  private final int gidAt;
  private final int modeAt;
  private final int inoAt;
  private final int sizeAt;
  private final int mtimeAt;
  private final int devMajorAt;
  private final int devMinorAt;
  private final int typeMask;
  private final int directoryType;
  private final int socketType;
  private final int pipeType;
  private final NativeBuffer emptyPath = NativeBuffer.allocate(1);
  private final NativeBuffer status;

  VnodeStatus(Native natives, LinuxLibC libc) {
    this.natives = natives;
    this.libc = libc;
    Abi abi = natives.abi();
    missing = !natives.has("statx");
    emptyPathFlag = abi.constant("AT_EMPTY_PATH");
    basicStats = abi.constant("STATX_BASIC_STATS");
    nlinkAt = abi.constant("statx.stx_nlink.offset");
    uidAt = abi.constant("statx.stx_uid.offset");
    gidAt = abi.constant("statx.stx_gid.offset");
    modeAt = abi.constant("statx.stx_mode.offset");
    inoAt = abi.constant("statx.stx_ino.offset");
    sizeAt = abi.constant("statx.stx_size.offset");
    mtimeAt = abi.constant("statx.stx_mtime.offset");
    devMajorAt = abi.constant("statx.stx_dev_major.offset");
    devMinorAt = abi.constant("statx.stx_dev_minor.offset");
    typeMask = abi.constant("S_IFMT");
    directoryType = abi.constant("S_IFDIR");
    socketType = abi.constant("S_IFSOCK");
    pipeType = abi.constant("S_IFIFO");
    status = NativeBuffer.allocate(abi.constant("statx.sizeof"));
  }

  /** Reads a descriptor's status, which the other methods then return; returns 0 or the errno. */
  int read(int fd) {
    if (missing) {
      return natives.errno().ENOSYS;
    }
    return -natives.result(
        libc.statx(fd, emptyPath.address(), emptyPathFlag, basicStats, status.address()));
  }

  /** The file system's number, which with {@link #inode} names the file. */
  long device() {
    return (long) status.bytes().getInt(devMajorAt) << 32 | status.bytes().getInt(devMinorAt);
  }

  long inode() {
    return status.bytes().getLong(inoAt);
  }

  long size() {
    return status.bytes().getLong(sizeAt);
  }

  int links() {
    return status.bytes().getInt(nlinkAt);
  }

  boolean isDirectory() {
    return type() == directoryType;
  }

  /** Whether it is a file that has, or had, a name: no socket, no pipe, no eventfd. */
  boolean isVnode() {
    int type = type();
    return type != 0 && type != socketType && type != pipeType;
  }

  private int type() {
    return mode() & typeMask;
  }

  private int mode() {
    return Short.toUnsignedInt(status.bytes().getShort(modeAt));
  }

  /** A number that changes with mode, owner, group or time of modification. */
  long attributes() {
    long hash = mode();
    hash = 31 * hash + status.bytes().getInt(uidAt);
    hash = 31 * hash + status.bytes().getInt(gidAt);
    hash = 31 * hash + status.bytes().getLong(mtimeAt);
    return 31 * hash + status.bytes().getInt(mtimeAt + Long.BYTES);
  }
}
