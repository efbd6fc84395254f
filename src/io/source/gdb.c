/* GDB servers. While one is connected its target may be halted: a dropped connection leaves it so. A process of its own
 * holds the socket as well, and lets the target go once memprof is gone, however it ended. Nothing else detaches. */
#define _GNU_SOURCE /* pipe2 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "source/private.h"

enum {
	DETACH_MS = 1500, /* for the answer: a debug probe has work to do */
	LATE_MS = 3500,   /* more for a late answer, once c was sent as well */
	SETTLE_MS = 100,  /* after a request without an answer */
	END_MS = 15000,   /* more than all of these */
	HALT_MS = 300,    /* for what a target says that is halted */
	KEPT_BYTES = 8,
};

/* Records of the guard that are no requests. */
enum { DETACHES = 'D', FORGET = '0', RUNS = 'R', HALTED = 'H' };

/* ---- the process that lets the target go ---- */

static bool send_all(int fd, const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n;) {
		struct pollfd p = { fd, POLLOUT, 0 };
		ssize_t sent = send(fd, text + i, n - i, MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		if (sent < 0 && poll(&p, 1, DETACH_MS) == 0)
			return false;
		i += sent > 0 ? (size_t)sent : 0;
	}
	return true;
}

enum answer { ANSWER_NONE, ANSWER_OK, ANSWER_UNKNOWN, ANSWER_ERROR, ANSWER_GONE };

/* Reads what is left of other answers, too: closing a socket that has unread bytes resets it. */
static enum answer await_answer(int fd, int wait_ms)
{
	static const char ok[] = "$OK#9a", unknown[] = "$#00", error[] = "$E";
	uint64_t until_us = clock_now_us() + (uint64_t)wait_ms * 1000, now_us;
	char bytes[KEPT_BYTES + 4096];
	size_t n_kept = 0;

	while ((now_us = clock_now_us()) < until_us) {
		struct pollfd p = { fd, POLLIN, 0 };
		if (poll(&p, 1, (int)((until_us - now_us) / 1000) + 1) <= 0)
			continue;
		ssize_t n = recv(fd, bytes + n_kept, sizeof(bytes) - n_kept, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return ANSWER_GONE;
		size_t n_all = n_kept + (size_t)n;
		if (memmem(bytes, n_all, ok, sizeof(ok) - 1))
			return ANSWER_OK;
		if (memmem(bytes, n_all, unknown, sizeof(unknown) - 1))
			return ANSWER_UNKNOWN;
		if (memmem(bytes, n_all, error, sizeof(error) - 1))
			return ANSWER_ERROR;
		n_kept = MIN(n_all, (size_t)KEPT_BYTES);
		memmove(bytes, bytes + n_all - n_kept, n_kept);
	}
	return ANSWER_NONE;
}

/* '+' ends what was left unacknowledged; and a QEMU that runs takes the first byte for a request to halt, and nothing
 * more. rp2040js does not know D. OpenOCD (gdb_detach in gdb_server.c) says OK, but its target stays halted unless the
 * user's event gdb-detach resumes it: so it is told to go on as well. Who has not answered yet may be an OpenOCD; then
 * an OK that comes late confirms it. */
static bool let_go(int fd, bool detaches)
{
	static const char detach[] = "+$D#44", go_on[] = "+$c#63";

	if (!send_all(fd, detach))
		return false;
	enum answer answer = await_answer(fd, DETACH_MS);
	if (answer == ANSWER_NONE || answer == ANSWER_ERROR) {
		bool is_done = send_all(fd, go_on) && await_answer(fd, LATE_MS) == ANSWER_OK;
		await_answer(fd, is_done ? SETTLE_MS : 0);
		return is_done;
	}
	if (answer == ANSWER_UNKNOWN || (answer == ANSWER_OK && !detaches)) {
		bool is_sent = send_all(fd, go_on);
		await_answer(fd, SETTLE_MS);
		return is_sent || answer == ANSWER_OK;
	}
	return answer == ANSWER_OK;
}

/* Whether it says that its target has stopped. */
static bool await_stop(int fd, int wait_ms)
{
	uint64_t until_us = clock_now_us() + (uint64_t)wait_ms * 1000, now_us;
	char bytes[1 + 4096];
	size_t n_kept = 0;

	while ((now_us = clock_now_us()) < until_us) {
		struct pollfd p = { fd, POLLIN, 0 };
		if (poll(&p, 1, (int)((until_us - now_us) / 1000) + 1) <= 0)
			continue;
		ssize_t n = recv(fd, bytes + n_kept, sizeof(bytes) - n_kept, 0);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return true; /* it is gone */
		size_t n_all = n > 0 ? n_kept + (size_t)n : n_kept;
		for (size_t i = 0; i + 1 < n_all; i++)
			if (bytes[i] == '$' && bytes[i + 1] && strchr("TSWX", bytes[i + 1]))
				return true;
		n_kept = n_all > 0 && bytes[n_all - 1] == '$';
		bytes[0] = '$';
	}
	return false;
}

static bool interrupt(int fd) { return send_all(fd, "\003") && await_stop(fd, HALT_MS); }

/* One that runs soon comes to a breakpoint, unless it waits. A process that is halted already would get the request to
 * halt as a SIGINT later. The answer to ? is like no other: what is read after it belongs to what is asked then, and
 * not to a request that memprof did not live to see answered. Without one the target runs after all. */
static void halt(int fd, bool comes_to_stop)
{
	if (comes_to_stop && !await_stop(fd, HALT_MS))
		interrupt(fd);
	if (send_all(fd, "+$?#3f") && !await_stop(fd, DETACH_MS))
		interrupt(fd);
}

static void undo_all(int fd, char (*undo)[SOURCE_UNDO_BYTES], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char packet[SOURCE_UNDO_BYTES + 8];
		unsigned sum = 0;
		for (const char *p = undo[i]; *p; p++)
			sum += (unsigned char)*p;
		snprintf(packet, sizeof(packet), "+$%.*s#%02x", SOURCE_UNDO_BYTES - 1, undo[i], sum & 0xff);
		if (!send_all(fd, packet))
			return;
		await_answer(fd, DETACH_MS);
	}
}

/* Signals to memprof, or to all processes of its name, must not prevent it; nor may it keep memprof's output open. */
static _Noreturn void guard(int socket_fd, int pipe_fd)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	int nowhere = open("/dev/null", O_RDWR);
	char undo[SOURCE_UNDO_MAX][SOURCE_UNDO_BYTES], record[SOURCE_UNDO_BYTES];
	bool detaches = false, runs = false;
	size_t n_undo = 0;
	ssize_t got;

	setsid();
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		signal(signals[i], SIG_IGN);
	prctl(PR_SET_NAME, "memprof-gdb");
	for (int fd = STDIN_FILENO; nowhere >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(nowhere, fd);
	while ((got = read(pipe_fd, record, sizeof(record))) != 0) { /* it ends with memprof */
		if (got != sizeof(record))
			continue;
		detaches |= record[0] == DETACHES;
		if (record[0] == FORGET)
			n_undo = 0;
		else if (record[0] == RUNS || record[0] == HALTED)
			runs = record[0] == RUNS;
		else if (record[0] != DETACHES)
			memcpy(undo[n_undo < SOURCE_UNDO_MAX ? n_undo++ : SOURCE_UNDO_MAX - 1], record, sizeof(record));
	}
	halt(socket_fd, runs && n_undo > 0);
	undo_all(socket_fd, undo, n_undo);
	bool is_done = let_go(socket_fd, detaches);
	shutdown(socket_fd, SHUT_RDWR);
	_exit(is_done ? 0 : 1);
}

/* ---- the source ---- */

static int start_guard(struct source *source, struct diag *diag)
{
	struct place at = { .file = source->uri };
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return diag_at(diag, at, -errno, "no pipe for gdb: %s", strerror(errno));
	source->proxy_pid = fork();
	if (source->proxy_pid == 0) {
		close(ends[1]);
		guard(source->fd, ends[0]);
	}
	int error = errno;
	close(ends[0]);
	source->control_fd = ends[1];
	if (source->proxy_pid > 0)
		return 0;
	source->proxy_pid = 0;
	return diag_at(diag, at, -error, "cannot start a process: %s", strerror(error));
}

static bool let_guard_end(struct source *source)
{
	int status = source_end_proxy(source, END_MS);

	source_close_fd(source);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void gdb_close(struct source *source) { let_guard_end(source); }

static int gdb_open(const char *uri, struct source *source, struct diag *diag)
{
	int r = source_connect(uri, "gdb:localhost:3333", diag);

	if (r < 0)
		return r;
	source->fd = r;
	r = start_guard(source, diag);
	if (r < 0)
		gdb_close(source);
	return r;
}

/* A record at once: pipes keep them whole. */
static void tell_guard(struct source *source, const char record[SOURCE_UNDO_BYTES])
{
	if (source->control_fd >= 0 && write(source->control_fd, record, SOURCE_UNDO_BYTES) < 0) {
		/* it is gone */
	}
}

void source_detaches(struct source *source) { tell_guard(source, (char[SOURCE_UNDO_BYTES]){ DETACHES }); }

void source_runs(struct source *source, bool runs)
{
	tell_guard(source, (char[SOURCE_UNDO_BYTES]){ runs ? RUNS : HALTED });
}

void source_undo(struct source *source, const char *request)
{
	char record[SOURCE_UNDO_BYTES] = { FORGET };

	if (request)
		snprintf(record, sizeof(record), "%s", request);
	tell_guard(source, record);
}

bool source_detach(struct source *source)
{
	bool is_done = let_guard_end(source);

	source_close(source);
	return is_done;
}

const struct source_kind source_gdb = {
	.name = "gdb:HOST:PORT",
	.summary = "a GDB server, for objects, snap and sites: QEMU's, OpenOCD's",
	.live = true,
	.prefix = "gdb:",
	.open = gdb_open,
	.close = gdb_close,
};
