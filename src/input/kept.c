#include "memprof/input/kept.h"

#include <errno.h>
#include <string.h>

#include "recordings.h"

static int refuse_whole(const char *name, struct diag *diag)
{
	return diag_at(diag, (struct place){ .file = name }, -EINVAL,
		       "this is a recording; a file that is kept with a mark of it has the name %s@MARK", name);
}

static bool is_recording(const char *path)
{
	char begin[100]; /* the header of an SQLite file */

	return recording_log_is((const uint8_t *)begin, blob_begin(path, begin, sizeof(begin)));
}

static int read_kept(const char *name, struct blob *ret, struct diag *diag)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *mark = NULL;
	struct diag other = { 0 };
	int error = -ENOENT;

	while (error == -ENOENT && log_choice(name, &mark, &path)) {
		if (!is_recording(strbuf_text(&path)))
			continue;
		*ret = (struct blob){ .name = name };
		error = recording_log_file(strbuf_text(&path), mark, &ret->bytes, &ret->n_bytes, &other);
		if (error < 0 && error != -ENOENT) {
			*diag = other;
			diag->at.file = name; /* it points to path, which ends here */
		}
	}
	return error;
}

int kept_read(const char *name, struct blob *ret, struct diag *diag)
{
	int error = blob_read(name, ret, diag);

	if (error == 0 && recording_log_is((const uint8_t *)ret->bytes, ret->n_bytes)) {
		blob_deinit(ret);
		return refuse_whole(name, diag);
	}
	return error == -ENOENT ? read_kept(name, ret, diag) : error;
}
