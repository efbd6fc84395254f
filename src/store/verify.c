/* Reads all of a recording, to see whether it is as it was written. */
#include "memprof/base/number.h"
#include "reader.h"

static int pass(void *ctx, struct event *event)
{
	(void)ctx;
	(void)event;
	return 0;
}

int recording_verify(const char *path, struct recording_sum *ret, struct diag *diag)
{
	const struct recording_handler handler = { .on_event = pass };
	struct contents contents;
	struct recording *r;
	int error = recording_open(path, &r, diag);

	*ret = (struct recording_sum){ 0 };
	if (error < 0)
		return error;
	for (r->i_source = 0; r->i_source < r->n_sources; r->i_source++) {
		int read = recording_read(r, &handler, diag);
		error = read == -EBADMSG ? error : read;
		ret->n_samples += r->sources[r->i_source].about.n_samples - r->read.n_samples;
		r->found = recording_damage(r);
		r->read = (struct recording_damage){ 0 };
	}
	if (contents_get(r->db, &contents) == SQLITE_OK) {
		r->found.n_files += schema_damaged(r->db, TABLE_FILES, contents.n_files);
		ret->n_marks = contents.n_marks - MIN(contents.n_marks, r->found.n_marks);
		ret->n_files = contents.n_files - MIN(contents.n_files, r->found.n_files);
	}
	r->found.n_others += !schema_is_sound(r->db);
	ret->is_left = r->is_left;
	ret->n_boards = r->n_sources;
	ret->damage = recording_damage(r);
	recording_close(r);
	return error;
}
