/* child.h: starting an OS process with vfork, which a compiler must see whole.
 *
 * Between vfork and exec the child runs on its parent's memory: it only makes system calls. All
 * signals are blocked meanwhile, so that no handler of the host runs in the child; the child sets every
 * signal to its default and then unblocks them. The parent's handlers are not touched. */
#ifndef ENIGMA_CHILD_H
#define ENIGMA_CHILD_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

struct en_child {
    const char *path;     /* program */
    char *const *argv;
    char *const *envp;
    int cwd_fd;           /* directory to start in, or -1 */
    const char *cd;       /* then this, or NULL */
    int in_fd;            /* what it reads from, or -1: inherited; above 9, as the next two */
    int out_fd;           /* what it writes to, or -1 */
    int err_fd;           /* or -1 */
    int use_stdio;        /* in and out are 0 and 1, else 3 and 4 */
};

static void en_child_say(const char *a, const char *b) {
    ssize_t ignored = write(2, a, strlen(a));
    ignored = write(2, b, strlen(b));
    ignored = write(2, "\n", 1);
    (void)ignored;
}

static __attribute__((noinline, noreturn, unused)) void en_child_run(const struct en_child *c) {
    int in = c->use_stdio ? 0 : 3, out = c->use_stdio ? 1 : 4, n;
    struct sigaction action;
    sigset_t none;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    for (n = 1; n < NSIG; n++) sigaction(n, &action, NULL);
    if ((c->in_fd >= 0 && dup2(c->in_fd, in) < 0) || (c->out_fd >= 0 && dup2(c->out_fd, out) < 0) ||
        (c->err_fd >= 0 && dup2(c->err_fd, 2) < 0))
        _exit(1);
    if (c->cwd_fd >= 0 && fchdir(c->cwd_fd) < 0) _exit(2);
    if (c->cd && chdir(c->cd) < 0) {
        en_child_say("spawn: Could not cd to ", c->cd);
        _exit(2);
    }
    {
        int first = c->use_stdio ? 3 : 5;
#ifdef SYS_close_range
        if (syscall(SYS_close_range, first, ~0U, 0) < 0)
#endif
        {
            long last = sysconf(_SC_OPEN_MAX);
            if (last < 0 || last > 65536) last = 65536;
            for (n = first; n < last; n++) close(n);
        }
    }
    if (setsid() < 0) setpgid(0, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(c->path, c->argv, c->envp);
    _exit(errno);
}

/* The child's process id, or -1 with errno. */
static __attribute__((noinline, unused)) pid_t en_child_start(const struct en_child *c) {
    sigset_t all, before;
    pid_t pid;
    int error;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid = vfork();
    if (pid == 0) en_child_run(c);
    error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return pid;
}

static inline void en_set_errno(int error) { errno = error; }

/* A descriptor that becomes readable when the process has ended, or -1: not supported. */
static inline int en_pidfd_open(pid_t pid) {
#ifdef SYS_pidfd_open
    return (int)syscall(SYS_pidfd_open, pid, 0);
#else
    errno = ENOSYS;
    return -1;
#endif
}

#endif
