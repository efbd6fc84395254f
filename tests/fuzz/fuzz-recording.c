#define _DEFAULT_SOURCE
#include <sqlite3.h>

#include "fault_vfs.h"
#include "fuzz.h"
#include "memprof/store/recording.h"

/* Any bytes as a file, whose last byte says how it is used: one of its sources, or what is at one of its moments, is
 * read. With -DCHANGED what can be saved of it is, or it is added to a sound one, and that is read. */
static const char path[] = "/fuzz"; /* in memory */

/* SQLite allocates much, and what it does with its memory is not at issue. So its memory is glibc's, without the checks
 * of a sanitizer; a size stands before each piece. */
extern void *__libc_realloc(void *p, size_t n);
extern void __libc_free(void *p);

static void *resize(void *p, int n)
{
	size_t *piece = __libc_realloc(p ? (size_t *)p - 2 : NULL, 2 * sizeof(size_t) + (size_t)n);

	MUST(piece);
	*piece = (size_t)n;
	return piece + 2;
}

static void *take(int n) { return resize(NULL, n); }
static void give_back(void *p) { __libc_free((size_t *)p - 2); }
static int size_of(void *p) { return (int)*((size_t *)p - 2); }
static int round_up(int n) { return (n + 7) & ~7; }
static int begin(void *ctx) { return ctx ? SQLITE_ERROR : SQLITE_OK; }
static void end(void *ctx) { (void)ctx; }

static void set_up(void)
{
	static const sqlite3_mem_methods methods = { take, give_back, resize, size_of, round_up, begin, end, NULL };
	static bool is_set_up;

	if (is_set_up)
		return;
	is_set_up = true;
	MUST(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK);
	MUST(sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) == SQLITE_OK);
	fault_vfs_register();
}

static int count(void *ctx, struct event *event)
{
	MUST(event->kind != EVENT_SNAPSHOT || heap_check(event->snapshot.heap) == 0);
	return ++*(size_t *)ctx > 100000 ? -ECANCELED : 0;
}

static void take_text(void *ctx, const char *bytes, size_t n_bytes)
{
	volatile char last = n_bytes ? bytes[n_bytes - 1] : 0;

	(void)ctx;
	(void)last;
}

static void read_it(const char *from, uint8_t how)
{
	static const char *const choices[] = { "#1", "+1s", "-1s", "label" };
	struct diag diag = { .text = "" };
	struct recording *r;
	struct board_info board;
	size_t n = 0;
	const struct recording_handler handler = { count, take_text, &n, NULL };
	char *kept;

	if (how % 8 == 7) {
		if (recording_kept(from, "label", &kept, &n, &diag) == 0)
			free(kept);
		return;
	}
	int error = recording_open(from, &r, &diag);
	MUST(error <= 0 && (error == 0 || diag.text[0]));
	if (error < 0)
		return;
	size_t n_sources = recording_n_sources(r);
	const char *choice = choices[how / 8 % 4];
	if (how % 2 == 0 && n_sources > 0) {
		const char *name = recording_source(r, how / 8 % n_sources)->name;
		MUST(strlen(name) < sizeof(recording_source(r, 0)->name));
		choice = name;
	}
	if (recording_choose(r, choice, &diag) == 0)
		recording_read(r, &handler, &diag);
	if (n_sources > 0)
		recording_board_of(r, &board);
	recording_close(r);
}

#ifdef CHANGED
static const char saved[] = "/saved";

/* A recording of one session, which is still the only one of its board. */
static void append(uint8_t how)
{
	const struct recording_session session = { "own", "log", 1 };
	const struct recording_wanted wanted = { .source = "own", .started_us = 1, .n_samples = 0 };
	struct event mark = { .kind = EVENT_MARK, .mark = { "m", 1 } };
	struct diag diag = { .text = "" };
	struct recording_writer *w;
	struct recording *r;

	MUST(recording_writer_open(saved, &w, &diag) == 0 && recording_begin(w, &session, &diag) == 0);
	recording_event(w, &mark, NULL, 0);
	MUST(recording_writer_close(w, &diag) == 0);
	int error = recording_append(saved, path, NULL, &diag);
	MUST(error <= 0 && (error == 0 || diag.text[0]));
	MUST(recording_open(saved, &r, &diag) == 0);
	MUST(recording_n_sources(r) > 0 && strcmp(recording_source(r, 0)->name, "own") == 0);
	MUST(recording_has(r, &wanted) && (error == 0 || recording_n_sources(r) == 1));
	recording_close(r);
	read_it(saved, how / 2);
	MUST(recording_writer_open(saved, &w, &diag) == 0 && recording_begin(w, &session, &diag) == 0);
	recording_event(w, &mark, NULL, 0);
	if (recording_writer_close(w, &diag) < 0) { /* rows of its session were there */
		fprintf(stderr, "%s\n", diag.text);
		MUST(false);
	}
}

static void use(uint8_t how)
{
	struct diag diag = { .text = "" };
	struct recording_sum sum;

	if (how % 4 == 3) {
		int v = recording_verify(path, &sum, &diag);
		MUST(v <= 0 && (v == 0 || diag.text[0]));
		return;
	}
	if (how % 2) {
		append(how);
		return;
	}
	int r = recording_recover(path, saved, &sum, &diag);
	MUST(r <= 0 && (r == 0 || diag.text[0]));
	if (r == 0)
		read_it(saved, how / 2);
}
#else
static void use(uint8_t how) { read_it(path, how); }
#endif

FUZZ(data, size)
{
	set_up();
	fault_vfs_put(path, data, size);
	use(size > 0 ? data[size - 1] : 0);
	MUST(fault_vfs_n_open() == 0);
	fault_vfs_reset();
}
