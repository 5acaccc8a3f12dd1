// Loaded before the C library into a child of the fault tests. Counts the calls that change files
// below VLEC_FAULT_DIR and, at call number VLEC_FAULT_AT, does what VLEC_FAULT_MODE says:
//   kill      the process dies before the call
//   torn      half of a write is done, then the process dies
//   lost      power is cut: everything that was not synced is undone, then the process dies
//   lostdata  likewise, but names have reached the disk before the contents
//   EIO, ENOSPC      this call fails and every later one
//   EIO1, ENOSPC1    this call fails alone
//   count     nothing; the number of calls is written to VLEC_FAULT_COUNT at the end
// VLEC_FAULT_LACKS names, with commas, what the file system there cannot do:
//   unnamed   files without names (O_TMPFILE)
//   flags     renaming without replacing, and exchanging
//   links     hard links
//   folders   writing a folder to the disk by itself
//   reading   listing a folder, which is not allowed
//   broken    writing a folder to the disk, which fails with EIO
// While there is a file VLEC_FAULT_WHILE, whose name ends in ENOSPC or EROFS, every call fails with that.
// Undone are contents (from copies of what was overwritten) and names (from second links in
// VLEC_FAULT_UNDO). One thread at a time works on the files.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FDS 4096

static char tracked[FDS];
static long calls, at = -1;
static const char *dir, *undo_dir, *mode = "";

struct undo {
    struct undo *next;
    enum { DATA, MADE, MOVED, GONE } kind;
    ino_t ino; // of the file for DATA, of the folder otherwise
    int fd;
    off_t off, size;
    size_t len;
    char *old, a[512], b[512], saved[512];
};
static struct undo *log_head;

__attribute__((constructor)) static void start(void) {
    dir = getenv("VLEC_FAULT_DIR");
    undo_dir = getenv("VLEC_FAULT_UNDO");
    const char *n = getenv("VLEC_FAULT_AT"), *m = getenv("VLEC_FAULT_MODE");
    if (n) at = atol(n);
    if (m) mode = m;
}

__attribute__((destructor)) static void finish(void) {
    const char *out = getenv("VLEC_FAULT_COUNT");
    if (!out) return;
    int fd = REAL(open)(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dprintf(fd, "%ld", calls);
    REAL(close)(fd);
}

static int lacks(const char *what) {
    const char *all = getenv("VLEC_FAULT_LACKS");
    return all && strstr(all, what);
}

// The number of the error that every call has for now, or zero.
static int failing(void) {
    const char *flag = getenv("VLEC_FAULT_WHILE");
    if (!flag || faccessat(AT_FDCWD, flag, F_OK, 0)) return 0;
    return strcmp(flag + strlen(flag) - 5, "EROFS") == 0 ? EROFS : ENOSPC;
}

static int below(const char *path) { return dir && path && strncmp(path, dir, strlen(dir)) == 0; }
static int is_tracked(int fd) { return fd >= 0 && fd < FDS && tracked[fd]; }
static int loses(void) { return strncmp(mode, "lost", 4) == 0; }

static ino_t folder_of(const char *path) {
    char copy[512];
    struct stat st;
    snprintf(copy, sizeof copy, "%s", path);
    char *slash = strrchr(copy, '/');
    if (slash) *slash = 0;
    return stat(copy, &st) ? 0 : st.st_ino;
}

static struct undo *record(int kind) {
    struct undo *u = calloc(1, sizeof *u);
    u->kind = kind;
    u->next = log_head;
    log_head = u;
    return u;
}

static void record_name(int kind, const char *a, const char *b) {
    static int serial;
    if (!loses()) return;
    struct undo *u = record(kind);
    const char *target = b ? b : a;
    u->ino = folder_of(target);
    snprintf(u->a, sizeof u->a, "%s", a);
    if (b) snprintf(u->b, sizeof u->b, "%s", b);
    if (kind == MADE) return;
    snprintf(u->saved, sizeof u->saved, "%s/%d", undo_dir, serial++);
    if (REAL(link)(target, u->saved)) u->saved[0] = 0;
}

static void record_data(int fd, off_t off, size_t len) {
    struct stat st;
    if (!loses() || fstat(fd, &st) || !S_ISREG(st.st_mode)) return;
    struct undo *u = record(DATA);
    u->ino = st.st_ino;
    u->fd = REAL(dup)(fd);
    u->off = off;
    u->size = st.st_size;
    u->old = malloc(len + 1);
    ssize_t n = REAL(pread)(fd, u->old, len, off);
    u->len = n > 0 ? n : 0;
}

static void synced(int fd) {
    struct stat st;
    if (!loses() || fstat(fd, &st)) return;
    for (struct undo **p = &log_head; *p;) {
        struct undo *u = *p;
        int mine = u->ino == st.st_ino && (u->kind == DATA) == !S_ISDIR(st.st_mode);
        if (!mine) {
            p = &u->next;
            continue;
        }
        *p = u->next;
        if (u->kind == DATA) REAL(close)(u->fd);
        free(u->old);
        free(u);
    }
}

static void die(void) {
    for (struct undo *u = log_head; u; u = u->next) {
        if (u->kind == DATA) {
            if (u->len && REAL(pwrite)(u->fd, u->old, u->len, u->off) < 0) abort();
            if (REAL(ftruncate)(u->fd, u->size)) abort();
        } else if (strcmp(mode, "lostdata") == 0) {
            continue;
        } else if (u->kind == MADE) {
            if (REAL(unlink)(u->a)) rmdir(u->a);
        } else if (u->kind == MOVED) {
            REAL(rename)(u->b, u->a);
            if (u->saved[0]) REAL(rename)(u->saved, u->b);
        } else if (u->saved[0]) {
            REAL(rename)(u->saved, u->a);
        }
    }
    REAL(kill)(getpid(), SIGKILL);
    for (;;) pause();
}

// 0: go on. 1: fail with errno set. 2: half of a write, then die.
static int step(void) {
    long n = calls++;
    if ((errno = failing())) return 1;
    if (at < 0 || n < at) return 0;
    int once = mode[0] && mode[strlen(mode) - 1] == '1';
    if (strncmp(mode, "EIO", 3) == 0 || strncmp(mode, "ENOSPC", 6) == 0) {
        if (once && n > at) return 0;
        errno = mode[1] == 'I' ? EIO : ENOSPC;
        return 1;
    }
    if (n > at || strcmp(mode, "count") == 0) return 0;
    if (strcmp(mode, "torn") == 0) return 2;
    die();
    return 0;
}

static int opened(const char *path, int flags, int fd, int existed) {
    if (fd >= 0 && fd < FDS) {
        tracked[fd] = below(path);
        if (tracked[fd] && (flags & O_CREAT) && !existed) record_name(MADE, path, NULL);
    }
    return fd;
}

static int is_unnamed(int flags) { return (flags & O_TMPFILE) == O_TMPFILE; }

// The number of the error that opening a file has, or zero.
static int refused(const char *path, int flags) {
    struct stat st;
    int writes = (flags & O_ACCMODE) != O_RDONLY;
    if (!below(path)) return 0;
    if (is_unnamed(flags) && lacks("unnamed")) return EOPNOTSUPP;
    if (!writes && lacks("reading") && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) return EACCES;
    return writes && failing() == EROFS ? EROFS : 0;
}

#define OPEN(name, call) \
    struct stat st; \
    int creates = below(path) && (flags & O_CREAT), existed = !creates || stat(path, &st) == 0; \
    va_list list; \
    va_start(list, flags); \
    mode_t mode_bits = (flags & O_CREAT) || is_unnamed(flags) ? va_arg(list, mode_t) : 0; \
    va_end(list); \
    if ((errno = refused(path, flags))) return -1; \
    if ((creates && !existed) || (below(path) && is_unnamed(flags))) { \
        int s = step(); \
        if (s == 1) return -1; \
        if (s == 2) die(); \
    } \
    return opened(path, flags, call, existed);

int open(const char *path, int flags, ...) { OPEN(open, REAL(open)(path, flags, mode_bits)) }
int open64(const char *path, int flags, ...) { OPEN(open64, REAL(open64)(path, flags, mode_bits)) }
int openat(int at_fd, const char *path, int flags, ...) { OPEN(openat, REAL(openat)(at_fd, path, flags, mode_bits)) }
int openat64(int at_fd, const char *path, int flags, ...) {
    OPEN(openat64, REAL(openat64)(at_fd, path, flags, mode_bits))
}

int close(int fd) {
    if (fd >= 0 && fd < FDS) tracked[fd] = 0;
    return REAL(close)(fd);
}

#define PWRITE(name, type) \
    ssize_t name(int fd, const void *bytes, size_t len, type off) { \
        if (!is_tracked(fd)) return REAL(name)(fd, bytes, len, off); \
        switch (step()) { \
        case 1: return -1; \
        case 2: REAL(name)(fd, bytes, len / 2, off); die(); \
        } \
        record_data(fd, off, len); \
        return REAL(name)(fd, bytes, len, off); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t write(int fd, const void *bytes, size_t len) {
    if (!is_tracked(fd)) return REAL(write)(fd, bytes, len);
    switch (step()) {
    case 1: return -1;
    case 2: if (REAL(write)(fd, bytes, len / 2) < 0) abort(); die();
    }
    record_data(fd, lseek(fd, 0, SEEK_CUR), len);
    return REAL(write)(fd, bytes, len);
}

// The number of the error that writing a folder to the disk has, or zero.
static int unsynced(int fd) {
    struct stat st;
    if (fstat(fd, &st) || !S_ISDIR(st.st_mode)) return 0;
    return lacks("broken") ? EIO : lacks("folders") ? EINVAL : 0;
}

#define SYNC(name) \
    int name(int fd) { \
        if (!is_tracked(fd)) return REAL(name)(fd); \
        if ((errno = unsynced(fd))) return -1; \
        int s = step(); \
        if (s == 1) return -1; \
        if (s == 2) die(); \
        int done = REAL(name)(fd); \
        if (done == 0) synced(fd); \
        return done; \
    }
SYNC(fsync)
SYNC(fdatasync)

// Everything there is on the disk then.
int syncfs(int fd) {
    int s = step();
    if (s == 1) return -1;
    if (s == 2) die();
    int done = REAL(syncfs)(fd);
    if (done == 0) log_head = NULL;
    return done;
}

#define TRUNCATE(name, type) \
    int name(int fd, type size) { \
        if (!is_tracked(fd)) return REAL(name)(fd, size); \
        int s = step(); \
        if (s == 1) return -1; \
        if (s == 2) die(); \
        struct stat st; \
        if (fstat(fd, &st) == 0) record_data(fd, size, st.st_size > size ? st.st_size - size : 0); \
        return REAL(name)(fd, size); \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define NAMES(condition, kind, a, b, call) \
    if (condition) { \
        int s = step(); \
        if (s == 1) return -1; \
        if (s == 2) die(); \
        record_name(kind, a, b); \
    } \
    return call;

int rename(const char *from, const char *to) { NAMES(below(to), MOVED, from, to, REAL(rename)(from, to)) }
int renameat(int a, const char *from, int b, const char *to) {
    NAMES(below(to), MOVED, from, to, REAL(renameat)(a, from, b, to))
}
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
    if (below(to) && flags && lacks("flags")) return errno = EINVAL, -1;
    NAMES(below(to), MOVED, from, to, REAL(renameat2)(a, from, b, to, flags))
}
int unlink(const char *path) { NAMES(below(path), GONE, path, NULL, REAL(unlink)(path)) }
int unlinkat(int a, const char *path, int flags) {
    NAMES(below(path), GONE, path, NULL, REAL(unlinkat)(a, path, flags))
}
int link(const char *from, const char *to) {
    if (below(to) && lacks("links")) return errno = EPERM, -1;
    NAMES(below(to), MADE, to, NULL, REAL(link)(from, to))
}
int linkat(int a, const char *from, int b, const char *to, int flags) {
    if (below(to) && lacks("links")) return errno = EPERM, -1;
    NAMES(below(to), MADE, to, NULL, REAL(linkat)(a, from, b, to, flags))
}
int mkdir(const char *path, mode_t bits) { NAMES(below(path), MADE, path, NULL, REAL(mkdir)(path, bits)) }
