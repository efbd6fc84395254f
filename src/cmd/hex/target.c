/* The bytes of the target of a GDB server, which is halted while they are read, and whose the blocks of its heap are.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "hex/hex.h"
#include "load.h"
#include "memprof/base/number.h"
#include "memprof/cli/command.h"

/* RAM, and what an ELF has at the address: all else is read with --unsafe only. */
static void allow_known(const struct hex_job *job, struct memory_reader *r, const struct gdb_ram *ram)
{
	const struct input_image *elf = hex_elf(job);

	for (size_t i = 0; i < ram->n_ranges; i++)
		reader_allow(r, ram->ranges[i].start, ram->ranges[i].n_bytes);
	for (size_t i = 0; elf && i < elf->image.n_sections; i++) {
		const struct image_section *s = &elf->image.sections[i];
		if (s->alloc && !s->tls && s->size_bytes > 0)
			reader_allow(r, s->vma, s->size_bytes);
	}
	if (job->args->unsafe)
		reader_allow(r, job->start, job->n_bytes);
}

/* While it is halted. */
static int read_wanted(void *ctx, struct memory_reader *r, const struct gdb_ram *ram, const struct objects *objects,
		       struct diag *diag)
{
	struct hex_job *job = ctx;
	int error = objects ? objects_heap(objects, &job->heap) : 0;

	if (error == 0 && hex_resolve_live(job) < 0)
		return -ECANCELED; /* reported */
	job->bytes = error == 0 ? malloc((size_t)job->n_bytes + 1) : NULL;
	if (!job->bytes)
		return diag_set(diag, -ENOMEM, "out of memory");
	allow_known(job, r, ram);
	if (!reader_may(r, job->start, job->n_bytes))
		return diag_set(diag, -EINVAL, "0x%" PRIx64 "..0x%" PRIx64 ": %s", job->start,
				job->start + job->n_bytes - 1, hex_not_known);
	error = reader_read(r, job->start, (size_t)job->n_bytes, job->bytes);
	return error < 0 ? error : memory_add(&job->memory, job->start, job->bytes, job->n_bytes);
}

int hex_target(struct hex_job *job)
{
	const struct objects_spec spec = { .name = job->source,
					   .elf = job->args->elf,
					   .board = job->args->of_board,
					   .then = read_wanted,
					   .ctx = job };
	int code;

	hex_drop_relocated(job);
	code = load_objects(&spec, NULL, &job->objects);
	memory_finalize(&job->memory);
	if (code == EXIT_FINE && job->memory.n_ranges > 0) {
		job->format = "live";
		if (hex_warn_of_build(job) < 0)
			code = EXIT_INPUT;
	}
	return code;
}
