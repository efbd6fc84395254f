/* A writer that is killed: records as fast as it can until somebody kills it.
 *
 * usage: kill-writer write FILE SEED FIRST   appends snapshots FIRST, FIRST + 1 ...; prints how many there are in FILE
 *                                            after each commit, before it goes on
 *        kill-writer check FILE SEED MIN     reads it: MIN snapshots at least, each with the heap that was written;
 *                                            prints how many there are */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memprof/base/number.h"
#include "recordings.h"

enum { MARK_EVERY = 7 };

static int fail(const char *what, const struct diag *diag)
{
	fprintf(stderr, "%s: %s\n", what, diag->text);
	return 1;
}

static int write_on(const char *path, uint32_t seed, uint32_t n)
{
	struct diag diag = { .text = "" };
	struct recording_writer *w = made_writer(path, "board", 0, &diag);
	char line[16];

	if (!w)
		return fail("open", &diag);
	for (uint32_t round = 0;; round++) {
		for (uint32_t k = 0; k <= round % 4; k++)
			made_snapshot(w, seed, n++);
		made_text(w, n);
		if (round % MARK_EVERY == 0)
			made_event(w, n);
		if (recording_flush(w, NOT_KNOWN, &diag) < 0)
			return fail("flush", &diag);
		int n_line = snprintf(line, sizeof(line), "%" PRIu32 "\n", n);
		if (write(1, line, (size_t)n_line) != n_line)
			return 1;
	}
}

static int check(const char *path, uint32_t seed, uint64_t min)
{
	struct made_seen seen = { .seed = seed, .compare = true };
	struct diag diag = { .text = "" };
	uint64_t n_bare;

	if (made_read(path, NULL, &seen, &n_bare, &diag) < 0)
		return fail("read", &diag);
	if (seen.n_snapshots < min || seen.n_wrong || n_bare || seen.n_tables != seen.n_snapshots) {
		fprintf(stderr, "%zu of %" PRIu64 " snapshots, %zu wrong (%s), %" PRIu64 " without a table\n",
			seen.n_snapshots, min, seen.n_wrong, seen.wrong ? seen.wrong : "", n_bare);
		return 1;
	}
	printf("%zu\n", seen.n_snapshots);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	uint32_t seed = (uint32_t)strtoul(argv[3], NULL, 10), n = (uint32_t)strtoul(argv[4], NULL, 10);
	return strcmp(argv[1], "write") == 0 ? write_on(argv[2], seed, n) : check(argv[2], seed, n);
}
