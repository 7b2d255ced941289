/* What the headers of this Linux say for the rows the compiled record lacks. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

long own_row(int row) {
  switch (row) {
    case 0: return POSIX_FADV_WILLNEED;
    case 1: return SIOCOUTQ;
    case 2: return TCP_LISTEN;
    case 3: return offsetof(struct tcp_info, tcpi_state);
    case 4: return offsetof(struct tcp_info, tcpi_unacked);
    case 5: return SO_MEMINFO;
    case 6: return SK_MEMINFO_SNDBUF;
    case 7: return SK_MEMINFO_WMEM_QUEUED;
    case 8: return SK_MEMINFO_VARS;
    case 9: return AT_EMPTY_PATH;
    case 10: return STATX_BASIC_STATS;
    case 11: return sizeof(struct statx);
    case 12: return offsetof(struct statx, stx_nlink);
    case 13: return offsetof(struct statx, stx_uid);
    case 14: return offsetof(struct statx, stx_gid);
    case 15: return offsetof(struct statx, stx_mode);
    case 16: return offsetof(struct statx, stx_ino);
    case 17: return offsetof(struct statx, stx_size);
    case 18: return offsetof(struct statx, stx_mtime);
    case 19: return offsetof(struct statx, stx_dev_major);
    case 20: return offsetof(struct statx, stx_dev_minor);
    case 21: return S_IFMT;
    case 22: return S_IFDIR;
    case 23: return S_IFSOCK;
    case 24: return S_IFIFO;
    default: return -1;
  }
}
