/* objects of a memory file, or of a core file. */
#include <errno.h>
#include <string.h>

#include "memprof/cli/message.h"
#include "memprof/image/core.h"
#include "memprof/input/kept.h"
#include "objects/private.h"

static int report(int error, struct diag *diag, const char *name)
{
	if (error < 0 && !diag->at.file)
		diag->at.file = name;
	if (error < 0)
		message_at(diag->at, "error", "%s", diag->text[0] ? diag->text : strerror(-error));
	return error < 0 ? EXIT_INPUT : EXIT_FINE;
}

int objects_of_memory(const char *bytes, size_t n_bytes, const char *name, const char *elf, struct memory_file *file,
		      struct objects **ret)
{
	struct diag diag = { 0 };
	bool is_core = core_is_elf(bytes, n_bytes);
	int error = is_core ? objects_of_core(bytes, n_bytes, elf, file, ret, &diag) :
			      memory_file_read(bytes, n_bytes, name, file, &diag);

	if (error == 0 && !is_core) {
		struct memory_reader reader = memory_file_reader(file);
		error = objects_read(&reader, &file->ids, ret, &diag);
		if (error == -EFAULT)
			diag_set(&diag, error, "the memory file lacks memory that its heap refers to");
	}
	return report(error, &diag, name);
}

int objects_to_feed(const struct objects *objects, struct feed *feed, const char *format)
{
	struct event event = { .kind = EVENT_SNAPSHOT, .at_us = NOT_KNOWN, .snapshot = EVENT_SNAPSHOT_INIT };
	struct heap heap;

	heap_init(&heap);
	int error = objects_heap(objects, &heap);
	if (error == 0) {
		event.snapshot.heap = &heap;
		event.snapshot.reported.format = format;
		event.snapshot.n_lines = 1;
		feed_event(feed, &event);
	} else {
		message_error("out of memory");
	}
	heap_deinit(&heap);
	return error < 0 ? EXIT_INPUT : EXIT_FINE;
}

int objects_on_memory(void *ctx, struct feed *feed, const char *name, const struct strbuf *memory)
{
	struct objects_met *met = ctx;
	struct memory_file file = { .n_pieces = 0 };
	struct objects **objects = vec_add(met, objects);
	int code = EXIT_INPUT;

	if (objects)
		code = objects_of_memory(strbuf_text(memory), memory->n_bytes, name, met->elf, &file, objects);
	else
		message_error("out of memory");
	memory_file_deinit(&file);
	if (code == EXIT_FINE)
		code = objects_to_feed(*objects, feed, NULL);
	return code == EXIT_FINE ? 0 : -EINVAL;
}

void objects_met_deinit(struct objects_met *met)
{
	for (size_t i = 0; i < met->n_objects; i++)
		objects_free(met->objects[i]);
	vec_deinit(met, objects);
}

int objects_of_file(struct objects_job *job)
{
	struct blob blob = { .bytes = NULL };
	struct diag diag = { 0 };
	const char *elf = job->args ? job->args->elf : NULL; /* of --since there are none */
	int error = kept_read(job->source, &blob, &diag);

	if (error == 0 && elf && !core_is_elf(blob.bytes, blob.n_bytes))
		error = diag_set(&diag, -EINVAL, "--elf is for a GDB server and for a core file, and it is neither");
	int code = error < 0 ? report(error, &diag, job->source) :
			       objects_of_memory(blob.bytes, blob.n_bytes, job->source, elf, &job->file, &job->objects);

	blob_deinit(&blob);
	return code;
}
