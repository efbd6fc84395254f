/* objects of a memory file. */
#include <errno.h>
#include <string.h>

#include "memprof/cli/message.h"
#include "memprof/io/blob.h"
#include "objects/private.h"

/* ---- files ---- */

int objects_of_file(struct objects_job *job)
{
	struct blob blob = { .bytes = NULL };
	struct diag diag = { 0 };
	int error = blob_read(job->source, &blob, &diag);

	if (error == 0)
		error = memory_file_read(blob.bytes, blob.n_bytes, job->source, &job->file, &diag);
	blob_deinit(&blob);
	if (error == 0) {
		struct memory_reader reader = memory_file_reader(&job->file);
		error = objects_read(&reader, &job->file.ids, &job->objects, &diag);
		if (error == -EFAULT)
			diag_set(&diag, error, "the memory file lacks memory that its heap refers to");
	}
	if (error < 0 && !diag.at.file)
		diag.at.file = job->source;
	if (error < 0)
		message_at(diag.at, "error", "%s", diag.text[0] ? diag.text : strerror(-error));
	return error < 0 ? EXIT_INPUT : EXIT_FINE;
}
