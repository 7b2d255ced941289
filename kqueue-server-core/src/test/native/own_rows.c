/* What the headers of this Linux say for the rows the compiled record lacks. */
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/ioctl.h>

long own_row(int row) {
  switch (row) {
    case 0: return POSIX_FADV_WILLNEED;
    case 1: return SIOCOUTQ;
    case 2: return TCP_LISTEN;
    case 3: return offsetof(struct tcp_info, tcpi_state);
    case 4: return offsetof(struct tcp_info, tcpi_unacked);
    default: return -1;
  }
}
