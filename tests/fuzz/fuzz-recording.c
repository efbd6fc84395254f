#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "memprof/store/recording.h"

/* Any bytes as a file: all boards are read, one snapshot, and sometimes what can be saved is, and read again, or it
 * is added to a sound one. It ends, with 0 or with an error that has a text. */
static char path[64], saved[64];

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

static void read_all(const char *from)
{
	struct diag diag = { .text = "" };
	struct recording *r;
	struct board_info board;
	size_t n = 0;
	const struct recording_handler handler = { count, take_text, &n, NULL };
	int error = recording_open(from, &r, &diag);

	MUST(error <= 0 && (error == 0 || diag.text[0]));
	if (error < 0)
		return;
	static const char *const choices[] = { "#1", "+1s", "-1s", "label" };
	for (size_t i = 0; i < recording_n_sources(r) && i < 4; i++) {
		MUST(strlen(recording_source(r, i)->name) < sizeof(recording_source(r, i)->name));
		if (recording_choose(r, recording_source(r, i)->name, &diag) == 0)
			recording_read(r, &handler, &diag);
		recording_board_of(r, &board);
	}
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		if (recording_choose(r, choices[i], &diag) == 0)
			recording_read(r, &handler, &diag);
	recording_close(r);
	char *kept;
	if (recording_kept(from, "label", &kept, &n, &diag) == 0)
		free(kept);
}

/* A recording of one session, which is still the only one of its board. */
static void append(void)
{
	const struct recording_session session = { "own", "log", 1 };
	const struct recording_wanted wanted = { .source = "own", .started_us = 1, .n_samples = 0 };
	struct event mark = { .kind = EVENT_MARK, .mark = { "m", 1 } };
	struct diag diag = { .text = "" };
	struct recording_writer *w;
	struct recording *r;

	MUST(recording_writer_open(saved, &w, &diag) == 0 && recording_begin(w, &session, &diag) == 0);
	recording_event(w, &mark, 1, NULL, 0);
	MUST(recording_writer_close(w, &diag) == 0);
	int error = recording_append(saved, path, NULL, &diag);
	MUST(error <= 0 && (error == 0 || diag.text[0]));
	MUST(recording_open(saved, &r, &diag) == 0);
	MUST(recording_n_sources(r) > 0 && strcmp(recording_source(r, 0)->name, "own") == 0);
	MUST(recording_has(r, &wanted) && (error == 0 || recording_n_sources(r) == 1));
	recording_close(r);
	read_all(saved);
	MUST(recording_writer_open(saved, &w, &diag) == 0 && recording_begin(w, &session, &diag) == 0);
	recording_event(w, &mark, 1, NULL, 0);
	if (recording_writer_close(w, &diag) < 0) { /* rows of its session were there */
		fprintf(stderr, "%s\n", diag.text);
		MUST(false);
	}
}

static void leave(void)
{
	unlink(path);
	unlink(saved);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diag diag = { .text = "" };
	uint64_t n_saved, n_lost;

	if (!path[0]) {
		const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
		snprintf(path, sizeof(path), "%s/memprof-fuzz-%d", folder, (int)getpid());
		snprintf(saved, sizeof(saved), "%s/memprof-fuzz-%d-saved", folder, (int)getpid());
		atexit(leave);
	}
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
	read_all(path);
	if (size > 0 && data[size - 1] % 16 == 0) {
		unlink(saved);
		int r = recording_recover(path, saved, &n_saved, &n_lost, &diag);
		MUST(r <= 0 && (r == 0 || diag.text[0]));
		if (r == 0)
			read_all(saved);
	}
	if (size > 0 && data[size - 1] % 16 == 1) {
		unlink(saved);
		append();
	}
	return 0;
}
