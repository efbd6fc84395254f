/* A clock that the test moves (virtual.py), for a program that is started with this in LD_PRELOAD: whatever it reads
 * from the clock and how long it waits is decided by the test. It reads the time from memory that both share. When it
 * waits, it reports until when, and then until it is told that this moment has come, unless one of its files is ready
 * before, or a signal comes. Processes that it forks take part, too; one that is no dynamic program counts as busy
 * until it ends. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LINK_NAME "VIRTUAL_CLOCK_LINK"

enum { N_FDS_MAX = 64, NS_PER_US = 1000, US_PER_S = 1000000, BYTES_PER_US = 8 };

/* What the test and this tell each other, about the n_wait-th time that this waits. */
struct message {
	uint8_t what;
	uint32_t n_wait;
	uint64_t value; /* WAITS: until when, in us; BEGINS: the pid */
};
enum {
	WAITS = 'W',
	GOES_ON = 'R', /* a file is ready, or a signal came */
	FORKS = 'F',   /* with the other end of the child's link */
	BEGINS = 'P',  /* by the child */
	ASKED = 'C',   /* by the test: is nothing ready? */
	IDLE = 'I',    /* nothing is */
	TIME = 'G',    /* by the test: the moment has come */
};

/* Of all processes of a test. */
static struct shared {
	_Atomic uint64_t now_us;
	uint64_t wall_at_0_us;
} * shared;
static int test_fd = -1;
static uint32_t n_waits;

__attribute__((constructor)) static void begin(void)
{
	const char *link = getenv(LINK_NAME), *path = getenv("VIRTUAL_CLOCK");
	int fd = link && path ? atoi(link) : -1, clock;

	if (fd < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || (clock = open(path, O_RDWR | O_CLOEXEC)) < 0)
		return;
	void *at = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, clock, 0);
	close(clock);
	if (at == MAP_FAILED)
		return;
	test_fd = fd;
	shared = at;
}

static int real_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	static int (*next)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "ppoll");
	return next(fds, n, timeout, mask);
}

static void tell(uint8_t what, uint64_t value)
{
	struct message m;

	memset(&m, 0, sizeof(m));
	m.what = what;
	m.n_wait = n_waits;
	m.value = value;
	if (send(test_fd, &m, sizeof(m), MSG_NOSIGNAL) < 0)
		_exit(99); /* the test has ended */
}

/* Each reading takes a microsecond, so that who waits by reading the clock waits no longer than asked for. */
static uint64_t now_us(void) { return ++shared->now_us; }

static uint64_t us_of(const struct timespec *t)
{
	return (uint64_t)t->tv_sec * US_PER_S + (uint64_t)t->tv_nsec / NS_PER_US;
}

int clock_gettime(clockid_t id, struct timespec *ret)
{
	if (!shared || (id != CLOCK_MONOTONIC && id != CLOCK_REALTIME))
		return (int)syscall(SYS_clock_gettime, id, ret);
	uint64_t at_us = now_us() + (id == CLOCK_REALTIME ? shared->wall_at_0_us : 0);
	*ret = (struct timespec){ (time_t)(at_us / US_PER_S), (long)(at_us % US_PER_S * NS_PER_US) };
	return 0;
}

static int wait_virtually(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	const struct timespec none = { 0 };
	struct pollfd all[N_FDS_MAX + 1];
	struct message m;
	int r = real_ppoll(fds, n, &none, mask);

	if (r != 0 || (timeout && us_of(timeout) == 0) || n > N_FDS_MAX)
		return r;
	n_waits++;
	tell(WAITS, timeout ? now_us() + us_of(timeout) : UINT64_MAX);
	for (;;) {
		if (n)
			memcpy(all, fds, n * sizeof(*fds));
		all[n] = (struct pollfd){ test_fd, POLLIN, 0 };
		r = real_ppoll(all, n + 1, NULL, mask);
		if (r < 0 || (r > 0 && !all[n].revents) || r > 1) {
			if (n)
				memcpy(fds, all, n * sizeof(*fds));
			tell(GOES_ON, 0);
			return r > 0 ? r - (all[n].revents != 0) : r;
		}
		if (syscall(SYS_recvfrom, test_fd, &m, sizeof(m), 0, NULL, NULL) != sizeof(m))
			_exit(99);
		if (m.n_wait != n_waits)
			continue; /* about a time that is over */
		if (m.what == TIME)
			return 0;
		r = real_ppoll(fds, n, &none, mask);
		tell(r == 0 ? IDLE : GOES_ON, 0);
		if (r != 0)
			return r;
	}
}

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	return (shared ? wait_virtually : real_ppoll)(fds, n, timeout, mask);
}

int poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	const struct timespec timeout = { timeout_ms / 1000, timeout_ms % 1000 * 1000000L };

	return ppoll(fds, n, timeout_ms < 0 ? NULL : &timeout, NULL);
}

/* As compilers with _FORTIFY_SOURCE call them. */
int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask, size_t n_bytes);
int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask, size_t n_bytes)
{
	(void)n_bytes;
	return ppoll(fds, n, timeout, mask);
}

int __poll_chk(struct pollfd *fds, nfds_t n, int timeout_ms, size_t n_bytes);
int __poll_chk(struct pollfd *fds, nfds_t n, int timeout_ms, size_t n_bytes)
{
	(void)n_bytes;
	return poll(fds, n, timeout_ms);
}

/* Before a call that blocks until there is something to read. */
static void await(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };
	struct stat about;

	if (shared && fstat(fd, &about) == 0 && !S_ISREG(about.st_mode) && !(fcntl(fd, F_GETFL) & O_NONBLOCK))
		wait_virtually(&p, 1, NULL, NULL);
}

/* Bytes take their time, so that a peer that always has more to say does not stop the clock. */
static ssize_t took_time(ssize_t n)
{
	if (shared && n > 0)
		shared->now_us += (uint64_t)n / BYTES_PER_US;
	return n;
}

ssize_t read(int fd, void *ret, size_t n)
{
	await(fd);
	return took_time(syscall(SYS_read, fd, ret, n));
}

ssize_t recv(int fd, void *ret, size_t n, int flags)
{
	if (!(flags & MSG_DONTWAIT))
		await(fd);
	return took_time(syscall(SYS_recvfrom, fd, ret, n, flags, NULL, NULL));
}

int nanosleep(const struct timespec *wanted, struct timespec *ret_left)
{
	if (!shared)
		return (int)syscall(SYS_nanosleep, wanted, ret_left);
	return wait_virtually(NULL, 0, wanted, NULL);
}

pid_t fork(void)
{
	static pid_t (*next)(void);
	char text[16], control[CMSG_SPACE(sizeof(int))] = { 0 };
	int ends[2] = { -1, -1 };

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "fork");
	if (!shared || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return next();
	struct message m = { .what = FORKS };
	struct iovec bytes = { &m, sizeof(m) };
	struct msghdr head = {
		.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&head);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &ends[0], sizeof(int));
	sendmsg(test_fd, &head, MSG_NOSIGNAL);
	pid_t pid = next();
	close(ends[0]);
	if (pid != 0) {
		close(ends[1]);
		return pid;
	}
	close(test_fd);
	test_fd = ends[1];
	n_waits = 0;
	fcntl(test_fd, F_SETFD, 0);
	snprintf(text, sizeof(text), "%d", test_fd);
	setenv(LINK_NAME, text, 1);
	tell(BEGINS, (uint64_t)getpid());
	return 0;
}

/* A peer of the test on 127.0.0.1 may listen on a Unix socket of its port's number instead. What is sent there has
 * arrived when send() returns; by TCP it may take until the kernel gets around to it, on a busy computer. */
int connect(int fd, const struct sockaddr *address, socklen_t n)
{
	static int (*next)(int, const struct sockaddr *, socklen_t);
	const struct sockaddr_in *in = (const void *)address;
	const char *folder = getenv("VIRTUAL_CLOCK_PEERS");
	struct sockaddr_un here = { .sun_family = AF_UNIX };

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "connect");
	if (!shared || !folder || address->sa_family != AF_INET || ntohl(in->sin_addr.s_addr) != INADDR_LOOPBACK)
		return next(fd, address, n);
	snprintf(here.sun_path, sizeof(here.sun_path), "%s/%d", folder, ntohs(in->sin_port));
	if (access(here.sun_path, F_OK) < 0)
		return next(fd, address, n);
	int local = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (local < 0 || next(local, (const void *)&here, sizeof(here)) < 0 || dup3(local, fd, O_CLOEXEC) < 0)
		return -1;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	close(local);
	return 0;
}
