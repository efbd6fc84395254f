/* Which bytes are meant, and whose they are: what the kinds of names share. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "private.h"

enum {
	DEFAULT_BYTES = 256,
	PATCHED_MAX_BYTES = 16, /* a checksum, a serial number: a tool's work behind the linker, no other build */
	LIVE_MAX_BYTES = 1 << 20,
};

const char bytes_not_known[] = "not known to answer (--unsafe reads it)";

/* ---- names, and the build that they are of ---- */

/* Names of two builds at once are wrong names. */
static int join_names(struct intake_bytes *b, struct diag *diag)
{
	struct image *map = &b->names.image;
	const struct image *elf = &b->more_names.image;
	const struct image_section *differs;

	if (image_differing(map, elf, &differs) < 0 || (!differs && image_join(map, elf) < 0))
		return -ENOMEM;
	return differs ? diag_at(diag, (struct place){ .file = map->name }, -EINVAL,
				 "it is not of the build of %s: section %.80s has"
				 " another place or size there; give the map and the ELF of one build, or one of them",
				 elf->name, differs->name) :
			 0;
}

int intake_bytes_names(struct intake_bytes *b, const char *map, struct diag *diag)
{
	int error = 0;

	if (map)
		error = input_image_read(&b->names, map, IMAGE_WANT_SYMBOLS, diag);
	else if (b->elf)
		error = input_elf_read(&b->names, b->elf, IMAGE_WANT_SYMBOLS, diag);
	b->has_names = error == 0 && (map || b->elf);
	if (error < 0 || !map || !b->elf)
		return error;
	error = input_elf_read(&b->more_names, b->elf, IMAGE_WANT_SYMBOLS, diag);
	return error < 0 ? error : join_names(b, diag);
}

const struct input_image *bytes_elf(const struct intake_bytes *b)
{
	const struct input_image *all[] = { &b->names, &b->more_names };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i]->blob.bytes && strcmp(all[i]->image.format, image_elf.name) == 0)
			return all[i];
	return NULL;
}

int bytes_compare(const struct intake_bytes *b, uint64_t *ret_n_differ, uint64_t *ret_n_both, struct diag *diag)
{
	const struct input_image *elf = bytes_elf(b);
	struct memory built = { 0 };
	int r = 0;

	*ret_n_differ = *ret_n_both = 0;
	if (elf)
		r = memory_add_constants(&built, &elf->image, (const uint8_t *)elf->blob.bytes, elf->blob.n_bytes);
	if (r < 0)
		diag_set(diag, r, "%s: its sections cannot be compared: %s", elf->image.name, strerror(-r));
	memory_finalize(&built);
	if (r == 0)
		*ret_n_differ = memory_differing(&b->memory, &built, ret_n_both);
	memory_deinit(&built);
	return r;
}

int bytes_warn_of_build(const struct intake_bytes *b, struct diag *diag)
{
	uint64_t n_differ, n_both;
	int error = bytes_compare(b, &n_differ, &n_both, diag);

	if (error == 0 && n_differ > PATCHED_MAX_BYTES)
		notice_at(&b->notices, (struct place){ .file = bytes_elf(b)->image.name }, "warning",
			  "%" PRIu64 " of the %" PRIu64
			  " bytes that it shares with %s differ: it is of another build, and so are the names",
			  n_differ, n_both, b->name);
	return error;
}

/* ---- the address ---- */

static bool look_up(const struct intake_bytes *b, uint64_t *ret_start, uint64_t *ret_size_bytes)
{
	const struct hex_address *wanted = &b->wanted;

	for (size_t i = 0; i < b->partitions.n_rows; i++) {
		const struct partition *p = &b->partitions.rows[i];
		if (strlen(p->name) != wanted->n_name || memcmp(p->name, wanted->name, wanted->n_name) != 0)
			continue;
		*ret_start = p->offset;
		*ret_size_bytes = p->size_bytes;
		return true;
	}
	return hex_find(b->has_names ? &b->names.image : NULL, &b->heap, b->flash, wanted->name, wanted->n_name,
			ret_start, ret_size_bytes);
}

static int explain_no_name(const struct intake_bytes *b, struct diag *diag)
{
	static const char dropped[] = "; the program is position-independent, so names of its ELF are of no help";
	bool heap = b->heap.n_pools > 0;
	bool live = intake_kind_of(b->name) != INTAKE_FILE;

	if (heap && b->heap.pools[0].owners.by)
		return diag_set(diag, -ENOENT, "no %s of the heap is called '%.*s'; memprof objects lists objects%s",
				b->names_dropped ? "object" : "symbol, section or object", (int)b->wanted.n_name,
				b->wanted_text, b->names_dropped ? dropped : "");
	return diag_set(diag, -ENOENT, "no symbol or section named '%.*s'%s", (int)b->wanted.n_name, b->wanted_text,
			b->flash         ? ": in flash only partitions (--partitions) and sections (--elf) have names" :
			b->names_dropped ? dropped :
			b->has_names     ? ", and no area of the heap" :
			b->no_memory ? "; without --no-memory objects of the heap have names, with --elf FILE symbols" :
			heap || live ? "; give --elf FILE for symbols and sections" :
				       "; give --elf FILE for symbols and sections, --dump FILE for the heap");
}

bool bytes_know_name(const struct intake_bytes *b)
{
	uint64_t start, n_bytes;

	return !b->wanted.name || look_up(b, &start, &n_bytes);
}

int bytes_resolve(struct intake_bytes *b, struct diag *diag)
{
	const struct hex_address *wanted = &b->wanted;
	uint64_t start = 0, size_bytes = NOT_KNOWN;

	if (wanted->name && !look_up(b, &start, &size_bytes))
		return explain_no_name(b, diag);
	if (wanted->offset >= UINT64_MAX - start)
		return diag_set(diag, -ENOENT, "'%s' is beyond the last address", b->wanted_text);
	b->start = start + wanted->offset;
	b->n_bytes = b->wanted_bytes;
	if (b->n_bytes == NOT_KNOWN)
		b->n_bytes = size_bytes != NOT_KNOWN && size_bytes > wanted->offset ?
				     MIN(size_bytes - wanted->offset, (uint64_t)DEFAULT_BYTES) :
				     DEFAULT_BYTES;
	b->n_bytes = MIN(b->n_bytes, UINT64_MAX - b->start);
	return 0;
}

int bytes_resolve_live(struct intake_bytes *b, struct diag *diag)
{
	int error = bytes_resolve(b, diag);

	if (error < 0 || b->n_bytes <= LIVE_MAX_BYTES)
		return error;
	return diag_set(diag, -E2BIG, "of a live board at most %d bytes are read at a time, not %" PRIu64,
			LIVE_MAX_BYTES, b->n_bytes);
}

void bytes_drop_relocated(struct intake_bytes *b)
{
	const struct input_image *elf = bytes_elf(b);

	if (!elf || !elf->image.relocated)
		return;
	input_image_deinit(&b->names);
	input_image_deinit(&b->more_names);
	b->has_names = false;
	b->names_dropped = true;
}

void intake_bytes_deinit(struct intake_bytes *b)
{
	input_image_deinit(&b->names);
	input_image_deinit(&b->more_names);
	heap_deinit(&b->heap);
	objects_reading_deinit(&b->objects);
	partition_table_deinit(&b->partitions);
	memory_deinit(&b->memory);
	blob_deinit(&b->blob);
	free(b->bytes);
}
