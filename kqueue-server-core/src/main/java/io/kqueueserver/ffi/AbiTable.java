package io.kqueueserver.ffi;

/**
 * The numbers that differ between systems: one row per struct layout, constant or symbol, one
 * column per system. {@code -} is a thing the system does not have; {@code a/b} is a on x86_64 and
 * b on aarch64. All but {@link #OWN} were read out of each system's headers by a compiler, and
 * {@code AbiTableTest} holds every row against that record. A new system is a new column, a new
 * constant a new row.
 */
final class AbiTable {
  /** Sizes and offsets in bytes. */
  static final String LAYOUTS =
      """
      #                                 darwin freebsd netbsd openbsd dragonfly linux libkqueue
      kevent.sizeof                     32     64      40     32      32        -     32
      kevent.ident.offset               0      0       0      0       0         -     0
      kevent.filter.offset              8      8       8      8       8         -     8
      kevent.filter.size                2      2       4      2       2         -     2
      kevent.flags.offset               10     10      12     10      10        -     10
      kevent.flags.size                 2      2       4      2       2         -     2
      kevent.fflags.offset              12     12      16     12      12        -     12
      kevent.data.offset                16     16      24     16      16        -     16
      kevent.udata.offset               24     24      32     24      24        -     24
      timespec.sizeof                   16     16      16     16      16        16    -
      timespec.tv_sec.offset            0      0       0      0       0         0     -
      timespec.tv_nsec.offset           8      8       8      8       8         8     -
      sockaddr.sa_len.offset            0      0       0      0       0         -     -
      sockaddr.sa_family.offset         1      1       1      1       1         0     -
      sockaddr.sa_family.size           1      1       1      1       1         2     -
      sockaddr_in.sizeof                16     16      16     16      16        16    -
      sockaddr_in.sin_port.offset       2      2       2      2       2         2     -
      sockaddr_in.sin_addr.offset       4      4       4      4       4         4     -
      sockaddr_in6.sizeof               28     28      28     28      28        28    -
      sockaddr_in6.sin6_port.offset     2      2       2      2       2         2     -
      sockaddr_in6.sin6_flowinfo.offset 4      4       4      4       4         4     -
      sockaddr_in6.sin6_addr.offset     8      8       8      8       8         8     -
      sockaddr_in6.sin6_scope_id.offset 24     24      24     24      24        24    -
      sockaddr_un.sizeof                106    106     106    106     106       110   -
      sockaddr_un.sun_path.offset       2      2       2      2       2         2     -
      sockaddr_un.sun_path.size         104    104     104    104     104       108   -
      sockaddr_storage.sizeof           128    128     128    256     128       128   -
      epoll_event.sizeof                -      -       -      -       -         12/16 -
      epoll_event.events.offset         -      -       -      -       -         0     -
      epoll_event.data.offset           -      -       -      -       -         4/8   -
      iovec.sizeof                      16     16      16     16      16        16    -
      iovec.iov_base.offset             0      0       0      0       0         0     -
      iovec.iov_len.offset              8      8       8      8       8         8     -
      msghdr.sizeof                     48     48      48     48      48        56    -
      msghdr.msg_iov.offset             16     16      16     16      16        16    -
      msghdr.msg_iovlen.offset          24     24      24     24      24        24    -
      msghdr.msg_iovlen.size            4      4       4      4       4         8     -
      msghdr.msg_control.offset         32     32      32     32      32        32    -
      msghdr.msg_controllen.offset      40     40      40     40      40        40    -
      msghdr.msg_controllen.size        4      4       4      4       4         8     -
      cmsghdr.sizeof                    12     12      12     12      12        16    -
      cmsghdr.cmsg_len.offset           0      0       0      0       0         0     -
      cmsghdr.cmsg_len.size             4      4       4      4       4         8     -
      cmsghdr.cmsg_level.offset         4      4       4      4       4         8     -
      cmsghdr.cmsg_type.offset          8      8       8      8       8         12    -
      sf_hdtr.sizeof                    32     32      -      -       32        -     -
      sf_hdtr.headers.offset            0      0       -      -       0         -     -
      sf_hdtr.hdr_cnt.offset            8      8       -      -       8         -     -
      accept_filter_arg.sizeof          -      256     256    -       256       -     -
      accept_filter_arg.af_name.offset  -      0       0      -       0         -     -
      linger.sizeof                     8      8       8      8       8         8     -
      linger.l_onoff.offset             0      0       0      0       0         0     -
      linger.l_linger.offset            4      4       4      4       4         4     -
      rlimit.sizeof                     16     16      16     16      16        16    -
      rlimit.rlim_cur.offset            0      0       0      0       0         0     -
      itimerspec.sizeof                 -      32      32     32      32        32    -
      itimerspec.it_interval.offset     -      0       0      0       0         0     -
      itimerspec.it_value.offset        -      16      16     16      16        16    -
      inotify_event.sizeof              -      -       -      -       -         16    -
      inotify_event.wd.offset           -      -       -      -       -         0     -
      inotify_event.mask.offset         -      -       -      -       -         4     -
      inotify_event.len.offset          -      -       -      -       -         12    -
      """;

  /**
   * Filter numbers, a timer's units, and what Linux has instead; the other EV_ and NOTE_ bits are
   * the same everywhere.
   */
  static final String EVENTS =
      """
      #                 darwin freebsd netbsd openbsd dragonfly linux      libkqueue
      EVFILT_READ       -1     -1      0      -1      -1        -          -1
      EVFILT_WRITE      -2     -2      1      -2      -2        -          -2
      EVFILT_VNODE      -4     -4      3      -4      -4        -          -4
      EVFILT_TIMER      -7     -7      6      -7      -7        -          -7
      EVFILT_USER       -10    -11     8      -10     -9        -          -11
      EPOLLIN           -      -       -      -       -         1          -
      EPOLLOUT          -      -       -      -       -         4          -
      EPOLLERR          -      -       -      -       -         8          -
      EPOLLHUP          -      -       -      -       -         16         -
      EPOLLRDHUP        -      -       -      -       -         8192       -
      EPOLLONESHOT      -      -       -      -       -         1073741824 -
      EPOLLET           -      -       -      -       -         2147483648 -
      EPOLL_CTL_ADD     -      -       -      -       -         1          -
      EPOLL_CTL_DEL     -      -       -      -       -         2          -
      EPOLL_CTL_MOD     -      -       -      -       -         3          -
      EPOLL_CLOEXEC     -      -       -      -       -         524288     -
      EFD_CLOEXEC       -      -       -      -       -         524288     -
      EFD_NONBLOCK      -      -       -      -       -         2048       -
      NOTE_SECONDS      1      1       1      1       -         -          1
      NOTE_MSECONDS     -      2       0      0       -         -          -
      NOTE_USECONDS     2      4       2      2       -         -          2
      NOTE_NSECONDS     4      8       3      3       -         -          4
      NOTE_ABSTIME      -      16      16     16      -         -          -
      NOTE_ABSOLUTE     8      -       -      -       -         -          8
      CLOCK_REALTIME    0      0       0      0       0         0          -
      TFD_CLOEXEC       -      -       -      -       -         524288     -
      TFD_NONBLOCK      -      -       -      -       -         2048       -
      TFD_TIMER_ABSTIME -      -       -      -       -         1          -
      IN_CLOEXEC        -      -       -      -       -         524288     -
      IN_NONBLOCK       -      -       -      -       -         2048       -
      IN_MODIFY         -      -       -      -       -         2          -
      IN_ATTRIB         -      -       -      -       -         4          -
      IN_MOVED_FROM     -      -       -      -       -         64         -
      IN_MOVED_TO       -      -       -      -       -         128        -
      IN_CREATE         -      -       -      -       -         256        -
      IN_DELETE         -      -       -      -       -         512        -
      IN_MOVE_SELF      -      -       -      -       -         2048       -
      IN_Q_OVERFLOW     -      -       -      -       -         16384      -
      IN_IGNORED        -      -       -      -       -         32768      -
      IN_MASK_ADD       -      -       -      -       -         536870912  -
      IN_ISDIR          -      -       -      -       -         1073741824 -
      """;

  /** Sockets, descriptors and files. */
  static final String SOCKETS =
      """
      #                darwin     freebsd    netbsd     openbsd    dragonfly  linux        libkqueue
      AF_UNIX          1          1          1          1          1          1            -
      AF_INET          2          2          2          2          2          2            -
      AF_INET6         30         28         24         24         28         10           -
      SOCK_STREAM      1          1          1          1          1          1            -
      SOCK_NONBLOCK    -          536870912  536870912  16384      536870912  2048         -
      SOCK_CLOEXEC     -          268435456  268435456  32768      268435456  524288       -
      SOL_SOCKET       65535      65535      65535      65535      65535      1            -
      SO_REUSEADDR     4          4          4          4          4          2            -
      SO_REUSEPORT     512        512        512        512        512        15           -
      SO_REUSEPORT_LB  -          65536      -          -          -          -            -
      SO_KEEPALIVE     8          8          8          8          8          9            -
      SO_LINGER        128        128        128        128        128        13           -
      SO_LINGER_SEC    4224       -          -          -          -          -            -
      SO_RCVBUF        4098       4098       4098       4098       4098       8            -
      SO_SNDBUF        4097       4097       4097       4097       4097       7            -
      SO_RCVLOWAT      4100       4100       4100       4100       4100       18           -
      SO_ERROR         4103       4103       4103       4103       4103       4            -
      SO_NOSIGPIPE     4130       2048       2048       -          2048       -            -
      SO_ACCEPTCONN    2          2          2          2          2          30           -
      SO_ACCEPTFILTER  -          4096       4096       -          4096       -            -
      IPPROTO_TCP      6          6          6          6          6          6            -
      IPPROTO_IPV6     41         41         41         41         41         41           -
      IPV6_V6ONLY      27         27         27         27         27         26           -
      TCP_NODELAY      1          1          1          1          1          1            -
      TCP_INFO         -          32         9          9          -          11           -
      TCP_FASTOPEN     261        1025       -          -          -          23           -
      TCP_DEFER_ACCEPT -          -          -          -          -          9            -
      F_GETFD          1          1          1          1          1          1            -
      F_SETFD          2          2          2          2          2          2            -
      F_GETFL          3          3          3          3          3          3            -
      F_SETFL          4          4          4          4          4          4            -
      FD_CLOEXEC       1          1          1          1          1          1            -
      O_RDONLY         0          0          0          0          0          0            -
      O_WRONLY         1          1          1          1          1          1            -
      O_RDWR           2          2          2          2          2          2            -
      O_NONBLOCK       4          4          4          4          4          2048         -
      O_CLOEXEC        16777216   1048576    4194304    65536      131072     524288       -
      O_EVTONLY        32768      -          -          -          -          -            -
      O_NOFOLLOW       256        256        256        256        256        131072/32768 -
      MSG_PEEK         2          2          2          2          2          2            -
      MSG_MORE         -          -          -          -          -          32768        -
      MSG_CMSG_CLOEXEC -          262144     2048       2048       4096       1073741824   -
      SCM_RIGHTS       1          1          1          1          1          1            -
      SO_PEERCRED      -          -          -          4130       -          17           -
      FIONBIO          2147772030 2147772030 2147772030 2147772030 2147772030 21537        -
      FIONREAD         1074030207 1074030207 1074030207 1074030207 1074030207 21531        -
      SHUT_RD          0          0          0          0          0          0            -
      SHUT_WR          1          1          1          1          1          1            -
      SHUT_RDWR        2          2          2          2          2          2            -
      RLIMIT_NOFILE    8          8          8          8          8          7            -
      """;

  /** Error numbers. */
  static final String ERRNOS =
      """
      #               darwin freebsd netbsd openbsd dragonfly linux libkqueue
      EPERM           1      1       1      1       1         1     -
      ENOENT          2      2       2      2       2         2     -
      ESRCH           3      3       3      3       3         3     -
      EINTR           4      4       4      4       4         4     -
      EIO             5      5       5      5       5         5     -
      ENXIO           6      6       6      6       6         6     -
      E2BIG           7      7       7      7       7         7     -
      EBADF           9      9       9      9       9         9     -
      ECHILD          10     10      10     10      10        10    -
      EDEADLK         11     11      11     11      11        35    -
      ENOMEM          12     12      12     12      12        12    -
      EACCES          13     13      13     13      13        13    -
      EFAULT          14     14      14     14      14        14    -
      EBUSY           16     16      16     16      16        16    -
      EEXIST          17     17      17     17      17        17    -
      EXDEV           18     18      18     18      18        18    -
      ENODEV          19     19      19     19      19        19    -
      ENOTDIR         20     20      20     20      20        20    -
      EISDIR          21     21      21     21      21        21    -
      EINVAL          22     22      22     22      22        22    -
      ENFILE          23     23      23     23      23        23    -
      EMFILE          24     24      24     24      24        24    -
      ENOTTY          25     25      25     25      25        25    -
      EFBIG           27     27      27     27      27        27    -
      ENOSPC          28     28      28     28      28        28    -
      ESPIPE          29     29      29     29      29        29    -
      EROFS           30     30      30     30      30        30    -
      EMLINK          31     31      31     31      31        31    -
      EPIPE           32     32      32     32      32        32    -
      EDOM            33     33      33     33      33        33    -
      ERANGE          34     34      34     34      34        34    -
      EAGAIN          35     35      35     35      35        11    -
      EINPROGRESS     36     36      36     36      36        115   -
      EALREADY        37     37      37     37      37        114   -
      ENOTSOCK        38     38      38     38      38        88    -
      EDESTADDRREQ    39     39      39     39      39        89    -
      EMSGSIZE        40     40      40     40      40        90    -
      EPROTOTYPE      41     41      41     41      41        91    -
      ENOPROTOOPT     42     42      42     42      42        92    -
      EPROTONOSUPPORT 43     43      43     43      43        93    -
      EOPNOTSUPP      102    45      45     45      45        95    -
      ENOTSUP         45     45      86     91      45        95    -
      EAFNOSUPPORT    47     47      47     47      47        97    -
      EADDRINUSE      48     48      48     48      48        98    -
      EADDRNOTAVAIL   49     49      49     49      49        99    -
      ENETDOWN        50     50      50     50      50        100   -
      ENETUNREACH     51     51      51     51      51        101   -
      ENETRESET       52     52      52     52      52        102   -
      ECONNABORTED    53     53      53     53      53        103   -
      ECONNRESET      54     54      54     54      54        104   -
      ENOBUFS         55     55      55     55      55        105   -
      EISCONN         56     56      56     56      56        106   -
      ENOTCONN        57     57      57     57      57        107   -
      ESHUTDOWN       58     58      58     58      58        108   -
      ETIMEDOUT       60     60      60     60      60        110   -
      ECONNREFUSED    61     61      61     61      61        111   -
      ELOOP           62     62      62     62      62        40    -
      ENAMETOOLONG    63     63      63     63      63        36    -
      EHOSTDOWN       64     64      64     64      64        112   -
      EHOSTUNREACH    65     65      65     65      65        113   -
      ENOTEMPTY       66     66      66     66      66        39    -
      ENOSYS          78     78      78     78      78        38    -
      ECANCELED       89     85      87     88      85        125   -
      EOVERFLOW       84     84      84     87      84        75    -
      EPROTO          100    92      96     95      92        71    -
      ESTALE          70     70      70     70      70        116   -
      """;

  /** Linker symbols; NetBSD renames a function whenever its types change. */
  static final String SYMBOLS =
      """
      #                     darwin      freebsd     netbsd      openbsd     dragonfly   linux             libkqueue
      sym.kqueue            kqueue      kqueue      kqueue      kqueue      kqueue      -                 kqueue
      sym.kevent            kevent      kevent      __kevent50  kevent      kevent      -                 kevent
      sym.socket            socket      socket      __socket30  socket      socket      socket            -
      sym.socketpair        socketpair  socketpair  socketpair  socketpair  socketpair  socketpair        -
      sym.bind              bind        bind        bind        bind        bind        bind              -
      sym.listen            listen      listen      listen      listen      listen      listen            -
      sym.accept            accept      accept      accept      accept      accept      accept            -
      sym.accept4           -           accept4     accept4     accept4     accept4     accept4           -
      sym.connect           connect     connect     connect     connect     connect     connect           -
      sym.shutdown          shutdown    shutdown    shutdown    shutdown    shutdown    shutdown          -
      sym.getsockname       getsockname getsockname getsockname getsockname getsockname getsockname       -
      sym.getpeername       getpeername getpeername getpeername getpeername getpeername getpeername       -
      sym.getsockopt        getsockopt  getsockopt  getsockopt  getsockopt  getsockopt  getsockopt        -
      sym.setsockopt        setsockopt  setsockopt  setsockopt  setsockopt  setsockopt  setsockopt        -
      sym.read              read        read        read        read        read        read              -
      sym.write             write       write       write       write       write       write             -
      sym.recv              recv        recv        recv        recv        recv        recv        -
      sym.sendmsg           sendmsg     sendmsg     sendmsg     sendmsg     sendmsg     sendmsg           -
      sym.recvmsg           recvmsg     recvmsg     recvmsg     recvmsg     recvmsg     recvmsg           -
      sym.close             close       close       close       close       close       close             -
      sym.open              open        open        open        open        open        open              -
      sym.fcntl             fcntl       fcntl       fcntl       fcntl       fcntl       fcntl             -
      sym.ioctl             ioctl       ioctl       ioctl       ioctl       ioctl       ioctl             -
      sym.pipe              pipe        pipe        pipe        pipe        pipe        pipe              -
      sym.getrlimit         getrlimit   getrlimit   getrlimit   getrlimit   getrlimit   getrlimit         -
      sym.sendfile          sendfile    sendfile    -           -           sendfile    sendfile          -
      sym.epoll_create1     -           -           -           -           -           epoll_create1     -
      sym.epoll_ctl         -           -           -           -           -           epoll_ctl         -
      sym.epoll_wait        -           -           -           -           -           epoll_wait        -
      sym.eventfd           -           -           -           -           -           eventfd           -
      sym.timerfd_create    -           -           -           -           -           timerfd_create    -
      sym.timerfd_settime   -           -           -           -           -           timerfd_settime   -
      sym.inotify_init1     -           -           -           -           -           inotify_init1     -
      sym.inotify_add_watch -           -           -           -           -           inotify_add_watch -
      sym.inotify_rm_watch  -           -           -           -           -           inotify_rm_watch  -
      """;

  // POSIX_FADV_WILLNEED: Linux uapi/linux/fadvise.h; FreeBSD sys/fcntl.h; NetBSD sys/fcntl.h.
  // TCP_LISTEN: Linux include/net/tcp_states.h; tcp_info: uapi/linux/tcp.h, checked by a test with
  // cc.
  // SO_MEMINFO: asm-generic/socket.h; SK_MEMINFO_: indices of a u32 array, uapi/linux/sock_diag.h.
  // TCP_LISTEN: Linux include/net/tcp_states.h; tcp_info: uapi/linux/tcp.h; AT_ and S_IF:
  // uapi/linux/fcntl.h and stat.h; statx: uapi/linux/stat.h, which has no #ifdef per processor.
  // RWF_NOWAIT: uapi/linux/fs.h, the same for each processor; preadv2: glibc 2.26, musl 1.2.5.
  // Linux's are checked against the headers by a test with cc. ucred: unix(7).
  /** The rows that the compiled record lacks, with their sources. */
  static final String OWN =
      """
      #                            darwin freebsd       netbsd        openbsd dragonfly linux         libkqueue
      POSIX_FADV_WILLNEED          -      3             3             -       -         3             -
      RWF_NOWAIT                   -      -             -             -       -         8             -
      TCP_LISTEN                   -      -             -             -       -         10            -
      tcp_info.tcpi_state.offset   -      -             -             -       -         0             -
      tcp_info.tcpi_unacked.offset -      -             -             -       -         24            -
      SO_MEMINFO                   -      -             -             -       -         55            -
      SK_MEMINFO_SNDBUF            -      -             -             -       -         3             -
      SK_MEMINFO_WMEM_QUEUED       -      -             -             -       -         5             -
      SK_MEMINFO_VARS              -      -             -             -       -         9             -
      AT_EMPTY_PATH                -      -             -             -       -         4096          -
      STATX_BASIC_STATS            -      -             -             -       -         2047          -
      statx.sizeof                 -      -             -             -       -         256           -
      statx.stx_nlink.offset       -      -             -             -       -         16            -
      statx.stx_uid.offset         -      -             -             -       -         20            -
      statx.stx_gid.offset         -      -             -             -       -         24            -
      statx.stx_mode.offset        -      -             -             -       -         28            -
      statx.stx_ino.offset         -      -             -             -       -         32            -
      statx.stx_size.offset        -      -             -             -       -         40            -
      statx.stx_mtime.offset       -      -             -             -       -         112           -
      statx.stx_dev_major.offset   -      -             -             -       -         136           -
      statx.stx_dev_minor.offset   -      -             -             -       -         140           -
      S_IFMT                       -      -             -             -       -         61440         -
      S_IFDIR                      -      -             -             -       -         16384         -
      S_IFSOCK                     -      -             -             -       -         49152         -
      S_IFIFO                      -      -             -             -       -         4096          -
      ucred.sizeof                 -      -             -             -       -         12            -
      ucred.uid.offset             -      -             -             -       -         4             -
      sym.posix_fadvise            -      posix_fadvise posix_fadvise -       -         posix_fadvise -
      sym.preadv2                  -      -             -             -       -         preadv2       -
      sym.statx                    -      -             -             -       -         statx         -
      """;

  // unix.full_backlog_refuses: uipc_usrreq.c of each BSD and of xnu; Linux has EAGAIN, connect(2).
  // cmsg.align: CMSG_ALIGN of each sys/socket.h; cmsgAlignOf of golang.org/x/sys agrees.
  // write.racing_teardown_is_EPROTOTYPE: xnu's sosend beside sodisconnect; golang/go#14127.
  // kevent.*: libkqueue 2.7, observed.
  /**
   * Behaviour of systems that no header shows; 1 is yes, and an alignment is in bytes. Each row has
   * its source above.
   */
  static final String TRAITS =
      """
      #                                   darwin freebsd netbsd openbsd dragonfly linux libkqueue
      unix.full_backlog_refuses           1      1       1      1       1         -     -
      cmsg.align                          4      8       8      8       8         8     -
      write.racing_teardown_is_EPROTOTYPE 1      -       -      -       -         -     -
      kevent.keeps_closed_descriptors     -      -       -      -       -         -     1
      kevent.fails_without_errno          -      -       -      -       -         -     1
      """;

  private AbiTable() {}
}
