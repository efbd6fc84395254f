#define _DEFAULT_SOURCE /* usleep */
#include "memprof/source.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "unit.h"

/* ---- the table ---- */

static void the_table_is_whole(void **state)
{
	(void)state;
	assert_non_null(source_kinds[0]);
	for (size_t i = 0; source_kinds[i]; i++) {
		const struct source_kind *kind = source_kinds[i];
		assert_true(strlen(kind->name) > 0);
		assert_true(strlen(kind->says) > 0 && strlen(kind->says) <= 60);
		assert_non_null(kind->takes);
		assert_non_null(kind->open);
		assert_non_null(kind->close);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(kind->name, source_kinds[k]->name);
	}
}

static void every_uri_has_a_kind(void **state)
{
	(void)state;
	assert_ptr_equal(source_kind_of("exec:micropython"), &source_exec);
	assert_ptr_equal(source_kind_of("exec:"), &source_exec);
	assert_ptr_equal(source_kind_of("/dev/pts/1000000"), &source_file);     /* is not there */
	assert_ptr_equal(source_kind_of("crash.log"), &source_file);
	assert_ptr_equal(source_kind_of("-"), &source_file);
	assert_ptr_equal(source_kind_of(""), &source_file);
}

/* ---- files ---- */

static void a_file_is_read_to_its_end(void **state)
{
	struct source *source;
	struct diag diag = { 0 };
	char bytes[4096];
	ssize_t n, n_all = 0;

	(void)state;
	assert_int_equal(
		source_open(TESTS_DIR "/data/dumps/npmold-1.10.0-fresh-64k.txt", &source, &diag),
		0);
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

static void what_cannot_be_opened_says_why(void **state)
{
	(void)state;
	assert_not_opened("/nowhere/crash.log", -ENOENT, "No such file");
	assert_not_opened("", -ENOENT, "No such file");
	assert_not_opened(TESTS_DIR, -EISDIR, "folder");
	assert_not_opened("/dev/ttyACM99", -ENOENT, "no such port");
	assert_not_opened("tcp:localhost:1", -ECONNREFUSED, "cannot connect");
	assert_not_opened("usb:2e8a:0005", -ENOTSUP, "usb:");
	assert_not_opened("exec:", -EINVAL, "exec:micropython");
}

/* ---- subprocesses ---- */

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
			struct pollfd p = { .fd = source_fd(source), .events = POLLIN };
			assert_int_equal(poll(&p, 1, 10000), 1);
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

static void a_program_on_a_pty(void **state)
{
	CLEANUP(strbuf_deinit) struct strbuf said = STRBUF_INIT;
	struct source *source =
		start("exec:test -t 0 && test -t 1 && printf 'a\\nb\\r\\n'; exit 3");

	(void)state;
	read_all(source, &said);
	assert_string_equal(strbuf_text(&said), "a\nb\r\n");    /* nothing is translated */
	assert_int_equal(source_exit_code(source), 3);
	source_close(source);
}

static void what_is_written_arrives_and_is_not_echoed(void **state)
{
	CLEANUP(strbuf_deinit) struct strbuf said = STRBUF_INIT;
	struct source *source = start("exec:head -c 5 | tr a-e A-E");

	(void)state;
	assert_int_equal(source_write(source, "a\rc\x04" "e", 5), 5);
	read_all(source, &said);
	assert_string_equal(strbuf_text(&said), "A\rC\x04" "E");
	assert_int_equal(source_exit_code(source), 0);
	source_close(source);
}

static void a_program_that_a_signal_ends(void **state)
{
	CLEANUP(strbuf_deinit) struct strbuf said = STRBUF_INIT;
	struct source *source = start("exec:kill -9 $$");

	(void)state;
	read_all(source, &said);
	assert_int_equal(source_exit_code(source), 128 + 9);
	source_close(source);
}

static void a_program_that_is_not_there(void **state)
{
	CLEANUP(strbuf_deinit) struct strbuf said = STRBUF_INIT;
	struct source *source = start("exec:/nowhere/micropython");

	(void)state;
	read_all(source, &said);
	assert_int_equal(source_exit_code(source), 127);
	source_close(source);
}

/* Whoever closes a source leaves no program behind, not even one that wants to stay. */
static void closing_ends_the_program(void **state)
{
	CLEANUP(strbuf_deinit) struct strbuf said = STRBUF_INIT;
	struct source *source = start("exec:trap '' HUP; echo $$; while :; do sleep 1; done");
	char path[64], bytes[32];
	ssize_t n;

	(void)state;
	while (!strchr(strbuf_text(&said), '\n')) {
		n = source_read(source, bytes, sizeof(bytes));
		if (n > 0)
			strbuf_add(&said, bytes, (size_t)n);
		else
			usleep(1000);
	}
	source_close(source);
	snprintf(path, sizeof(path), "/proc/%d", atoi(strbuf_text(&said)));
	assert_int_not_equal(access(path, F_OK), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_whole),
		cmocka_unit_test(every_uri_has_a_kind),
		cmocka_unit_test(a_file_is_read_to_its_end),
		cmocka_unit_test(what_cannot_be_opened_says_why),
		cmocka_unit_test(a_program_on_a_pty),
		cmocka_unit_test(what_is_written_arrives_and_is_not_echoed),
		cmocka_unit_test(a_program_that_a_signal_ends),
		cmocka_unit_test(a_program_that_is_not_there),
		cmocka_unit_test(closing_ends_the_program),
	};

	return RUN(tests);
}
