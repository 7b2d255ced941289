/*
 * EVFILT_VNODE over inotify, with the bits of one BSD-family system. Part of kqueue_on_linux.c.
 * Each event is looked into when it is read; the file is known by device and inode.
 */
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#define VNODES 64
#define VNODE_TOKEN (UINT64_MAX - 2)

struct vnode {
  int used, fd, wd, parent, flags;
  uint32_t asked, fflags;
  uint64_t udata;
  struct stat was;
};
struct vnodes {
  int inotify; /* 0 until first needed */
  struct vnode all[VNODES];
};

static int watch_path(struct vnodes *v, int fd, const char *suffix, uint32_t mask) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d%s", fd, suffix);
  return inotify_add_watch(v->inotify, path, mask | IN_MASK_ADD);
}

static void watch_vnode(struct vnodes *v, struct vnode *n) {
  int dir = S_ISDIR(n->was.st_mode);
  n->wd = watch_path(v, n->fd, "", IN_ATTRIB | IN_MOVE_SELF
                     | (dir ? IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO : IN_MODIFY));
  n->parent = dir ? watch_path(v, n->fd, "/..", IN_DELETE) : -1; /* who alone hears of its removal */
}

/* Whether the descriptor is still its file; what it looks like now. */
static int vnode_stands(struct vnode *n, struct stat *now) {
  if (fstat(n->fd, now) == 0 && now->st_dev == n->was.st_dev && now->st_ino == n->was.st_ino) return 1;
  n->used = 0;
  return 0;
}

static void vnode_heard(struct vnodes *v, struct vnode *n, const struct inotify_event *e) {
  struct stat now;
  uint32_t notes = 0;
  if (n->wd != e->wd && n->parent != e->wd) return;
  if (e->mask & IN_IGNORED || !vnode_stands(n, &now)) {
    if (n->wd == e->wd) n->used = 0;
    return;
  }
  int dir = S_ISDIR(now.st_mode), gone = now.st_nlink == 0 && n->was.st_nlink != 0;
  if (n->wd == e->wd) {
    if (e->mask & IN_MODIFY) notes |= FOREIGN_NOTE_WRITE;
    if (now.st_size > n->was.st_size && !dir) notes |= FOREIGN_NOTE_EXTEND;
    if (e->mask & IN_MOVE_SELF) notes |= FOREIGN_NOTE_RENAME;
    if (e->mask & (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)) {
      notes |= FOREIGN_NOTE_WRITE;
      if (e->mask & IN_ISDIR && e->mask & (IN_CREATE | IN_DELETE)) notes |= FOREIGN_NOTE_LINK;
    }
    if (e->mask & IN_ATTRIB && !e->len)
      notes |= dir || now.st_nlink == n->was.st_nlink ? FOREIGN_NOTE_ATTRIB : gone ? 0 : FOREIGN_NOTE_LINK;
  }
  if (gone) notes |= FOREIGN_NOTE_DELETE;
  n->was = now;
  n->fflags |= notes & n->asked;
  if (e->mask & IN_MOVE_SELF) watch_vnode(v, n);
}

static void look_at_vnodes(struct vnodes *v) {
  char buffer[4096] __attribute__((aligned(8)));
  long n;
  while (v->inotify && (n = syscall(SYS_read, v->inotify, buffer, sizeof buffer)) > 0) {
    for (char *at = buffer; at < buffer + n;) {
      const struct inotify_event *e = (const void *)at;
      for (int i = 0; i < VNODES; i++)
        if (v->all[i].used) vnode_heard(v, &v->all[i], e);
      at += sizeof *e + e->len;
    }
  }
}

static int change_vnode(struct vnodes *v, int epfd, const struct foreign_kevent *c) {
  int fd = (int)c->ident - FD_BASE;
  struct vnode *n = NULL, *room = NULL;
  struct stat now;
  uint32_t known = FOREIGN_NOTE_DELETE | FOREIGN_NOTE_WRITE | FOREIGN_NOTE_EXTEND | FOREIGN_NOTE_ATTRIB
                   | FOREIGN_NOTE_LINK | FOREIGN_NOTE_RENAME;
#ifdef FOREIGN_NOTE_REVOKE
  known |= FOREIGN_NOTE_REVOKE;
#endif
  if (c->ident < FD_BASE || fstat(fd, &now) < 0) return EBADF;
  if (c->fflags & ~known) return EINVAL;
  look_at_vnodes(v);
  for (int i = 0; i < VNODES; i++) {
#ifndef KEEPS_CLOSED
    if (v->all[i].used && v->all[i].fd == fd && !vnode_stands(&v->all[i], &now)) fstat(fd, &now);
#endif
    if (v->all[i].used && v->all[i].fd == fd) n = &v->all[i];
    if (!v->all[i].used && !room) room = &v->all[i];
  }
  if (!n) {
    if (c->flags & FOREIGN_EV_DELETE || !(c->flags & FOREIGN_EV_ADD)) return ENOENT;
    if (!S_ISREG(now.st_mode) && !S_ISDIR(now.st_mode)) return EINVAL;
    if (!room) return ENOMEM;
    if (!v->inotify) {
      struct epoll_event e = {.events = EPOLLIN, .data.u64 = VNODE_TOKEN};
      v->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
      epoll_ctl(epfd, EPOLL_CTL_ADD, v->inotify, &e);
    }
    *room = (struct vnode){.used = 1, .fd = fd, .flags = c->flags, .asked = c->fflags, .udata = c->udata, .was = now};
    watch_vnode(v, room);
    return room->wd < 0 ? errno : 0;
  }
#ifdef KEEPS_CLOSED
  if (c->flags & FOREIGN_EV_ADD) return -1;
#endif
  if (c->flags & FOREIGN_EV_DELETE) {
    n->used = 0;
    return 0;
  }
  n->asked = c->fflags;
  if (!KEEPS_UDATA || c->flags & FOREIGN_EV_ADD) n->udata = c->udata;
  if (c->flags & FOREIGN_EV_DISABLE) n->flags |= FOREIGN_EV_DISABLE;
  else if (c->flags & FOREIGN_EV_ENABLE) n->flags &= ~FOREIGN_EV_DISABLE;
  return 0;
}

static int vnode_is_active(const struct vnode *n) {
  return n->used && n->fflags && !(n->flags & FOREIGN_EV_DISABLE);
}

static int any_vnode_is_active(const struct vnodes *v) {
  for (int i = 0; i < VNODES; i++)
    if (vnode_is_active(&v->all[i])) return 1;
  return 0;
}

static int vnode_events(struct vnodes *v, struct foreign_kevent *out, int room) {
  struct stat now;
  int count = 0;
  look_at_vnodes(v);
  for (int i = 0; i < VNODES && count < room; i++) {
    struct vnode *n = &v->all[i];
    if (!vnode_is_active(n) || !vnode_stands(n, &now)) continue;
    set(out + count++, (uint64_t)n->fd + FD_BASE, FOREIGN_EVFILT_VNODE, n->flags & FOREIGN_EV_CLEAR, n->fflags, 0,
        n->udata);
    if (n->flags & FOREIGN_EV_CLEAR) n->fflags = 0;
    if (n->flags & FOREIGN_EV_ONESHOT) n->used = 0;
    if (n->flags & FOREIGN_EV_DISPATCH) n->flags |= FOREIGN_EV_DISABLE;
  }
  return count;
}
