#define _GNU_SOURCE /* ptsname_r */
#include "memprof/io/source.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests_dir.h"
#include "unit.h"

/* ---- the table ---- */

UNIT_TEST(the_table_is_whole)
{
	assert_non_null(source_kinds[0]);
	for (size_t i = 0; source_kinds[i]; i++) {
		const struct source_kind *kind = source_kinds[i];
		assert_true(strlen(kind->name) > 0);
		assert_true(strlen(kind->summary) > 0 && strlen(kind->summary) <= 60);
		assert_true(kind->prefix || kind->takes);
		assert_non_null(kind->open);
		assert_non_null(kind->close);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(kind->name, source_kinds[k]->name);
	}
}

UNIT_TEST(every_uri_has_a_kind)
{
	assert_ptr_equal(source_kind_of("exec:micropython"), &source_exec);
	assert_ptr_equal(source_kind_of("exec:"), &source_exec);
	assert_ptr_equal(source_kind_of("tcp:"), &source_tcp);
	assert_ptr_equal(source_kind_of("tcp:[::1]:4000"), &source_tcp);
	assert_ptr_equal(source_kind_of("ws:"), &source_ws);
	assert_ptr_equal(source_kind_of("ws://192.168.4.1:8266/"), &source_ws);
	assert_ptr_equal(source_kind_of("usb:"), &source_usb);
	assert_ptr_equal(source_kind_of("usb:2e8a:0005"), &source_usb);
	assert_ptr_equal(source_kind_of("/dev/ttyACM1000000"), &source_tty); /* is not there */
	assert_ptr_equal(source_kind_of("/dev/serial/by-id/usb-nowhere"), &source_tty);
	assert_ptr_equal(source_kind_of("/dev/tty"), &source_file); /* the terminal that we are on */
	assert_ptr_equal(source_kind_of("/dev/null"), &source_file);
	assert_ptr_equal(source_kind_of("/dev/pts/1000000"), &source_file); /* is not there */
	assert_ptr_equal(source_kind_of("crash.log"), &source_file);
	assert_ptr_equal(source_kind_of("-"), &source_file);
	assert_ptr_equal(source_kind_of(""), &source_file);
}

/* ---- files ---- */

UNIT_TEST(a_file_is_read_to_its_end)
{
	struct source *source;
	struct diag diag = { 0 };
	char bytes[4096];
	ssize_t n, n_all = 0;

	assert_int_equal(source_open(TESTS_DIR "/data/dumps/npmold-1.10.0-fresh-64k.txt", &source, &diag), 0);
	assert_int_equal(source_exit_code(source), -1);
	while ((n = source_read(source, bytes, 100)) > 0)
		n_all += n;
	assert_int_equal(n, 0);
	assert_int_equal(n_all, 804);
	source_close(source);
	source_close(NULL);
}

static void assert_not_opened(const char *uri, int ret, const char *words)
{
	struct source *source = NULL;
	struct diag diag = { 0 };

	assert_int_equal(source_open(uri, &source, &diag), ret);
	assert_null(source);
	if (!strstr(diag.text, words))
		fail_msg("'%s' says '%s'", uri, diag.text);
}

UNIT_TEST(open_errors_have_a_reason)
{
	assert_not_opened("/nowhere/crash.log", -ENOENT, "No such file");
	assert_not_opened("", -ENOENT, "No such file");
	assert_not_opened(TESTS_DIR, -EISDIR, "is a directory");
	assert_not_opened("usb:2e8a", -EINVAL, "usb:2e8a:0005");
	assert_not_opened("usb:fffe:fffe", -ENOENT, "USB device");
	assert_not_opened("exec:", -EINVAL, "exec:micropython");
}

/* ---- subprocesses ---- */

static void wait_for(struct source *source, short events)
{
	struct pollfd p = { source_fd(source), events, 0 };

	assert_int_equal(poll(&p, 1, 60000), 1);
}

/* All that a program says; waits for it. */
static void read_all(struct source *source, struct strbuf *ret)
{
	char bytes[256];
	ssize_t n;

	for (;;) {
		n = source_read(source, bytes, sizeof(bytes));
		if (n > 0) {
			strbuf_add(ret, bytes, (size_t)n);
		} else if (n == -EAGAIN) {
			wait_for(source, POLLIN);
		} else {
			assert_int_equal(n, 0);
			return;
		}
	}
}

static struct source *start(const char *uri)
{
	struct source *source = NULL;
	struct diag diag = { 0 };

	if (source_open(uri, &source, &diag) < 0)
		fail_msg("%s: %s", uri, diag.text);
	assert_string_equal(source_name(source), uri);
	return source;
}

UNIT_TEST(a_program_on_a_pty)
{
	CLEANUP(strbuf_deinit) struct strbuf said = STRBUF_INIT;
	struct source *source = start("exec:test -t 0 && test -t 1 && printf 'a\\nb\\r\\n'; exit 3");

	read_all(source, &said);
	assert_string_equal(strbuf_text(&said), "a\nb\r\n"); /* nothing is translated */
	assert_int_equal(source_exit_code(source), 3);
	source_close(source);
}

/* QEMU does as much at -serial stdio; a \n that becomes \r\n breaks an agent's frames. */
UNIT_TEST(a_program_that_turns_output_processing_on)
{
	CLEANUP(strbuf_deinit) struct strbuf said = STRBUF_INIT;
	struct source *source = start("exec:stty opost; printf 'a\\nb\\tc\\r'");

	read_all(source, &said);
	assert_string_equal(strbuf_text(&said), "a\nb\tc\r");
	source_close(source);
}

UNIT_TEST(what_is_written_arrives_and_is_not_echoed)
{
	CLEANUP(strbuf_deinit) struct strbuf said = STRBUF_INIT;
	struct source *source = start("exec:head -c 5 | tr a-e A-E");

	assert_int_equal(source_write(source,
				      "a\rc\x04"
				      "e",
				      5),
			 5);
	read_all(source, &said);
	assert_string_equal(strbuf_text(&said),
			    "A\rC\x04"
			    "E");
	assert_int_equal(source_exit_code(source), 0);
	source_close(source);
}

UNIT_TEST(a_program_that_a_signal_ends)
{
	CLEANUP(strbuf_deinit) struct strbuf said = STRBUF_INIT;
	struct source *source = start("exec:kill -9 $$");

	read_all(source, &said);
	assert_int_equal(source_exit_code(source), 128 + 9);
	source_close(source);
}

UNIT_TEST(a_program_that_is_not_there)
{
	CLEANUP(strbuf_deinit) struct strbuf said = STRBUF_INIT;
	struct source *source = start("exec:/nowhere/micropython");

	read_all(source, &said);
	assert_int_equal(source_exit_code(source), 127);
	source_close(source);
}

/* Whoever closes a source leaves no program behind, not even one that wants to stay. */
UNIT_TEST(closing_ends_the_program)
{
	CLEANUP(strbuf_deinit) struct strbuf said = STRBUF_INIT;
	struct source *source = start("exec:trap '' HUP; echo $$; while :; do sleep 1; done");
	char path[64], bytes[32];
	ssize_t n;

	while (!strchr(strbuf_text(&said), '\n')) {
		wait_for(source, POLLIN);
		n = source_read(source, bytes, sizeof(bytes));
		assert_true(n > 0);
		strbuf_add(&said, bytes, (size_t)n);
	}
	source_close(source);
	snprintf(path, sizeof(path), "/proc/%d", atoi(strbuf_text(&said)));
	assert_int_not_equal(access(path, F_OK), 0);
}

/* ---- serial ports: what needs none ---- */

UNIT_TEST(ports_that_are_not_there)
{
	char link[] = "/tmp/memprof-test-XXXXXX", path[80];

	assert_not_opened("/dev/ttyACM1000000", -ENOENT, "memprof devices");
	assert_not_opened("/dev/serial/by-id/usb-nowhere", -ENOENT, "memprof devices");
	assert_non_null(mkdtemp(link));
	snprintf(path, sizeof(path), "%s/port", link);
	assert_int_equal(symlink("/dev/ttyACM1000000", path), 0);
	assert_not_opened(path, -ENOENT, "No such file");
	unlink(path);
	rmdir(link);
}

/* A virtual console has a name like a port's. */
UNIT_TEST(what_is_called_like_a_port)
{
	struct source *source = NULL;
	struct diag diag = { 0 };

	if (access("/dev/tty0", F_OK) != 0)
		skip();
	assert_ptr_equal(source_kind_of("/dev/tty0"), &source_tty);
	int r = source_open("/dev/tty0", &source, &diag);
	if (r != -ENOTTY && r != -EACCES && r != -EIO && r != -ENXIO && r != -ENODEV && r != -EPERM)
		fail_msg("%d: %s", r, diag.text);
	assert_null(source);
	assert_string_equal(diag.at.file, "/dev/tty0");
	assert_true(strlen(diag.text) > 0);
}

UNIT_TEST(sources_without_a_line)
{
	const struct source_line line = { .baud = 9600, .dtr = LINE_OFF, .rts = LINE_ON };
	struct source *source = start("exec:true");
	struct diag diag = { 0 };

	assert_int_equal(source_set_line(source, &line, &diag), 0);
	assert_false(source_is_port(source));
	assert_true(source_is_process(source));
	assert_string_equal(source_path(source), "exec:true");
	assert_false(source_may_return(source));
	assert_int_equal(source_reopen(source, &diag), -ENOTSUP);
	source_close(source);
}

/* ---- somebody else's pty ---- */

UNIT_TEST(a_pty_that_goes_away)
{
	char name[64], byte;
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	struct diag diag;

	assert_int_equal(grantpt(master) | unlockpt(master) | ptsname_r(master, name, sizeof(name)), 0);
	assert_ptr_equal(source_kind_of(name), &source_pty);
	struct source *source = start(name);
	assert_int_equal(source_read(source, &byte, 1), -EAGAIN);
	assert_int_equal(write(master, "a", 1), 1);
	assert_int_equal(source_read(source, &byte, 1), 1);
	assert_int_equal(source_write(source, "b", 1), 1);
	assert_int_equal(read(master, &byte, 1), 1);
	assert_int_equal(byte, 'b');
	close(master);
	assert_int_equal(source_read(source, &byte, 1), 0);
	assert_false(source_may_return(source)); /* the next pty of that name is another's */
	assert_int_equal(source_reopen(source, &diag), -ENOTSUP);
	source_close(source);
}

/* ---- sockets ---- */

/* A server on the loopback of a family, at a port of the kernel's choice; -1 if there is none. */
static int serve(int family, uint16_t *ret_port)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6,
				    .sin6_addr = IN6ADDR_LOOPBACK_INIT,
				    .sin6_port = htons(*ret_port) };
	struct sockaddr_in four = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				    .sin_port = htons(*ret_port) };
	socklen_t n = family == AF_INET6 ? sizeof(six) : sizeof(four);
	struct sockaddr *address = family == AF_INET6 ? (void *)&six : (void *)&four;
	int fd = socket(family, SOCK_STREAM, 0), yes = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, address, n) < 0 || listen(fd, 1) < 0 || getsockname(fd, address, &n) < 0) {
		close(fd);
		return -1;
	}
	*ret_port = ntohs(family == AF_INET6 ? six.sin6_port : four.sin_port);
	return fd;
}

static void talk(int family, const char *host)
{
	uint16_t port = 0;
	int server = serve(family, &port), client;
	char uri[64], bytes[8];

	if (server < 0)
		return;
	snprintf(uri, sizeof(uri), "tcp:%s:%u", host, port);
	struct source *source = start(uri);
	client = accept(server, NULL, NULL);
	assert_true(client >= 0);
	assert_int_equal(source_read(source, bytes, sizeof(bytes)), -EAGAIN);
	assert_int_equal(source_write(source, "\x01\0\r\n\xff", 5), 5);
	assert_int_equal(recv(client, bytes, 5, MSG_WAITALL), 5);
	assert_memory_equal(bytes, "\x01\0\r\n\xff", 5); /* nothing is translated */
	assert_int_equal(send(client, ">>> ", 4, 0), 4);
	wait_for(source, POLLIN);
	assert_int_equal(source_read(source, bytes, sizeof(bytes)), 4);
	assert_memory_equal(bytes, ">>> ", 4);
	assert_false(source_is_port(source));
	assert_int_equal(source_exit_code(source), -1);
	close(client);
	close(server);
	wait_for(source, POLLIN);
	assert_int_equal(source_read(source, bytes, sizeof(bytes)), 0);
	source_close(source);
}

UNIT_TEST(a_socket_is_talked_to)
{
	talk(AF_INET, "127.0.0.1");
	if (access("/etc/hosts", R_OK) == 0) /* not every chroot knows the name */
		talk(AF_INET, "localhost");  /* whatever it is tried as first */
	talk(AF_INET6, "[::1]");
	talk(AF_INET6, "::1");
}

/* A peer that resets, and one that is not there for a while. */
UNIT_TEST(a_socket_comes_back)
{
	const struct linger at_once = { 1, 0 };
	uint16_t port = 0;
	int server = serve(AF_INET, &port), client;
	struct diag diag = { 0 };
	char uri[64], byte;

	assert_true(server >= 0);
	snprintf(uri, sizeof(uri), "tcp:127.0.0.1:%u", port);
	struct source *source = start(uri);
	client = accept(server, NULL, NULL);
	setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(client);
	close(server);
	wait_for(source, POLLIN);
	assert_int_equal(source_read(source, &byte, 1), 0);
	assert_int_equal(source_write(source, "x", 1), -EPIPE);
	assert_true(source_may_return(source));
	assert_int_equal(source_reopen(source, &diag), -ECONNREFUSED);
	assert_int_equal(source_reopen(source, &diag), -ECONNREFUSED);
	server = serve(AF_INET, &port);
	assert_true(server >= 0);
	assert_int_equal(source_reopen(source, &diag), 0);
	client = accept(server, NULL, NULL);
	assert_int_equal(source_write(source, "y", 1), 1);
	assert_int_equal(recv(client, &byte, 1, 0), 1);
	assert_int_equal(byte, 'y');
	source_close(source);
	assert_int_equal(recv(client, &byte, 1, 0), 0);
	close(client);
	close(server);
}

UNIT_TEST(invalid_sockets)
{
	static const char *const bad[] = {
		"tcp:",          "tcp::",
		"tcp:localhost", "tcp:localhost:",
		"tcp::4000",     "tcp:[::1]",
		"tcp:[::1:4000", "tcp:[]:4000",
		"tcp:[:4000",    "tcp:localhost:123456789012345678901234567890123",
	};
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	uint16_t port = 0;
	int server = serve(AF_INET, &port);
	char uri[64];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_not_opened(bad[i], -EINVAL, "tcp:HOST:PORT");
	strbuf_puts(&s, "tcp:");
	strbuf_repeat(&s, "x", 300);
	strbuf_puts(&s, ":4000");
	assert_not_opened(strbuf_text(&s), -EINVAL, "tcp:HOST:PORT");
	assert_not_opened("tcp:127.0.0.1:0", -EINVAL, "65535");
	assert_not_opened("tcp:127.0.0.1:65537", -EINVAL, "65535");
	assert_not_opened("tcp:127.0.0.1:no-such-service", -ENOENT, "cannot find");
	assert_not_opened("tcp:no-such-host.invalid:4000", -ENOENT, "cannot find");
	assert_true(server >= 0);
	close(server); /* a port that was free just now */
	snprintf(uri, sizeof(uri), "tcp:127.0.0.1:%u", port);
	assert_not_opened(uri, -ECONNREFUSED, "Connection refused");
}

/* ---- GDB servers ---- */

/* A server whose target is halted. What it has read when it is left goes to fd. */
static _Noreturn void be_gdb_server(int server, const char *to_detach, int fd)
{
	int client = accept(server, NULL, NULL);
	char heard[100];
	size_t n = 0;
	ssize_t got;

	while (n < sizeof(heard) - 1 && (got = read(client, heard + n, sizeof(heard) - 1 - n)) > 0) {
		heard[n + (size_t)got] = '\0';
		const char *answer = strstr(heard + n, "$?#3f") ? "+$T05#b9" :
				     strstr(heard + n, "$D#44") ? to_detach :
								  "";
		n += (size_t)got;
		if (write(client, answer, strlen(answer)) < 0)
			break;
	}
	_exit(write(fd, heard, n) != (ssize_t)n);
}

/* What such a server reads until it is left. */
static void serve_gdb(const char *to_detach, bool detaches, bool *ret_detached, char *ret, size_t n_ret)
{
	uint16_t port = 0;
	int server = serve(AF_INET, &port), ends[2];
	struct source *source;
	struct diag diag;
	char uri[64];

	assert_true(server >= 0);
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0)
		be_gdb_server(server, to_detach, ends[1]);
	snprintf(uri, sizeof(uri), "gdb:127.0.0.1:%u", port);
	assert_int_equal(source_open(uri, &source, &diag), 0);
	if (detaches)
		source_detaches(source);
	*ret_detached = source_detach(source);
	close(ends[1]);
	ssize_t got = read(ends[0], ret, n_ret - 1);
	ret[got > 0 ? got : 0] = '\0';
	close(ends[0]);
	close(server);
	waitpid(pid, NULL, 0);
}

/* However a source is left, its target goes on; whether it does, is known. */
UNIT_TEST(a_gdb_server_lets_its_target_go)
{
	char heard[100];
	bool detached;

	serve_gdb("+$OK#9a", true, &detached, heard, sizeof(heard));
	assert_true(detached);
	assert_string_equal(heard, "+$?#3f+$D#44");
	serve_gdb("+$OK#9a", false, &detached, heard, sizeof(heard)); /* OpenOCD's: OK, and nothing else */
	assert_true(detached);
	assert_string_equal(heard, "+$?#3f+$D#44+$c#63");
	serve_gdb("+$#00", false, &detached, heard, sizeof(heard)); /* a server without D */
	assert_true(detached);
	assert_string_equal(heard, "+$?#3f+$D#44+$c#63");
	serve_gdb("+$E01#a6", false, &detached, heard, sizeof(heard));
	assert_false(detached);
	assert_not_opened("gdb:localhost", -EINVAL, "gdb:HOST:PORT");
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN); /* as memprof's main does: a socket that is gone is an error */
	return unit_run();
}
