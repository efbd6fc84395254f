/* The bytes of the target of a GDB server, which is halted while they are read, and whose the blocks of its heap are.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "memprof/base/number.h"
#include "private.h"

/* RAM, and what an ELF has at the address: all else is read with --unsafe only. */
static void allow_known(const struct intake_bytes *b, struct memory_reader *r, const struct gdb_ram *ram)
{
	const struct input_image *elf = bytes_elf(b);

	for (size_t i = 0; i < ram->n_ranges; i++)
		reader_allow(r, ram->ranges[i].start, ram->ranges[i].n_bytes);
	for (size_t i = 0; elf && i < elf->image.n_sections; i++) {
		const struct image_section *s = &elf->image.sections[i];
		if (s->alloc && !s->tls && s->size_bytes > 0)
			reader_allow(r, s->vma, s->size_bytes);
	}
	if (b->unsafe)
		reader_allow(r, b->start, b->n_bytes);
}

/* While it is halted. */
static int read_wanted(void *ctx, struct memory_reader *r, const struct gdb_ram *ram, const struct objects *objects,
		       struct diag *diag)
{
	struct intake_bytes *b = ctx;
	int error = objects ? objects_heap(objects, &b->heap) : 0;

	if (error == 0)
		error = bytes_resolve_live(b, diag);
	if (error < 0)
		return error;
	b->bytes = malloc((size_t)b->n_bytes + 1);
	if (!b->bytes)
		return -ENOMEM;
	allow_known(b, r, ram);
	if (!reader_may(r, b->start, b->n_bytes))
		return diag_at(diag, (struct place){ .file = b->name }, -EINVAL, "0x%" PRIx64 "..0x%" PRIx64 ": %s",
			       b->start, b->start + b->n_bytes - 1, bytes_not_known);
	error = reader_read(r, b->start, (size_t)b->n_bytes, b->bytes);
	return error < 0 ? error : memory_add(&b->memory, b->start, b->bytes, b->n_bytes);
}

int target_bytes(struct intake_bytes *b, struct diag *diag)
{
	const struct objects_spec spec = {
		.name = b->name, .elf = b->elf, .board = b->board, .then = read_wanted, .ctx = b, .notices = b->notices
	};

	bytes_drop_relocated(b);
	int error = target_objects(&spec, &b->objects, diag);
	memory_finalize(&b->memory);
	if (error == 0)
		error = bytes_warn_of_build(b, diag);
	b->format = error == 0 ? "live" : NULL;
	return error;
}
