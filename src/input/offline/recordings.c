/* In place of src/input/recordings.c, where SQLite is left out. */
#include <errno.h>
#include <string.h>

#include "recordings.h"

bool recording_log_is(const uint8_t *head, size_t n)
{
	static const char magic[16] = "SQLite format 3";

	return n >= sizeof(magic) && memcmp(head, magic, sizeof(magic)) == 0;
}

int recording_log_file(const char *path, const char *mark, char **ret_bytes, size_t *ret_n_bytes, struct diag *diag)
{
	(void)path;
	(void)mark;
	(void)ret_bytes;
	(void)ret_n_bytes;
	(void)diag;
	return -ENOENT;
}

size_t log_boards(const char *name, struct strbuf *out)
{
	strbuf_add(out, name, strlen(name) + 1);
	return 1;
}

int recording_log(struct log_reader *r, const char *path, const char *choice, struct diag *diag)
{
	(void)r;
	(void)choice;
	return diag_at(diag, (struct place){ .file = path }, -EINVAL,
		       "this is an SQLite file, and this build of memprof reads no recordings");
}
