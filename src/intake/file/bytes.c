/* The bytes of a file: an ELF's segments, the blocks of a UF2, what an ESP image loads, or a .bin from its base on. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/strbuf.h"
#include "memprof/image/core.h"
#include "memprof/image/esp_image.h"
#include "memprof/image/uf2.h"
#include "memprof/protocol/decoder.h"
#include "private.h"

static int no_base(const struct intake_bytes *b, struct diag *diag)
{
	if (!b->base_text)
		return 0;
	return diag_at(diag, (struct place){ .file = b->name }, -EINVAL,
		       "--base is for what has no addresses of"
		       " its own; this file has");
}

/* ---- kinds of files ---- */

static bool elf_is(const uint8_t *bytes, size_t n_bytes) { return n_bytes >= 4 && memcmp(bytes, "\177ELF", 4) == 0; }

static int refuse_build(const struct intake_bytes *b, const char *of, const char *what, const char *why,
			struct diag *diag)
{
	return diag_at(diag, (struct place){ .file = of }, -EINVAL,
		       "it is not of the build of %.80s: %.80s %s there; an ELF"
		       " has names of its own: leave --elf and --map out",
		       b->name, what, why);
}

/* Names of another build would be put to bytes that are not theirs. */
static int check_names(const struct intake_bytes *b, const struct image *own, struct diag *diag)
{
	const struct image *const all[] = { &b->names.image, &b->more_names.image };

	for (size_t i = 0; i < ARRAY_SIZE(all) && all[i]->format; i++) {
		const struct image_section *differs;
		if (image_differing(own, all[i], &differs) < 0)
			return diag_at(diag, (struct place){ .file = b->name }, -ENOMEM, "out of memory");
		if (differs)
			return refuse_build(b, all[i]->name, differs->name, "has another place or size", diag);
	}
	return 0;
}

/* Builds of one layout differ in their bytes alone. */
static int check_bytes(const struct intake_bytes *b, bool is_elf, struct diag *diag)
{
	const struct input_image *elf = bytes_elf(b);
	uint64_t n_differ, n_both;

	if (!is_elf || !elf)
		return bytes_warn_of_build(b, diag);
	int error = bytes_compare(b, &n_differ, &n_both, diag);

	return error < 0 || n_differ == 0 ?
		       error :
		       refuse_build(b, elf->image.name, "the same places", "have other bytes", diag);
}

/* Without --elf and --map it tells the names too. */
static int elf_load(struct intake_bytes *b, struct diag *diag)
{
	const uint8_t *bytes = (const uint8_t *)b->blob.bytes;
	struct image own = { 0 }, *image = b->has_names ? &own : &b->names.image;
	int r = no_base(b, diag);

	if (r == 0)
		r = image_read(image, b->name, b->blob.bytes, b->blob.n_bytes, b->has_names ? 0 : IMAGE_WANT_SYMBOLS,
			       diag);
	if (r == 0 && b->has_names)
		r = check_names(b, image, diag);
	if (r == 0)
		r = memory_add_segments(&b->memory, image, bytes, b->blob.n_bytes, b->flash, diag);
	image_deinit(&own);
	b->has_names = b->has_names || r == 0;
	return r;
}

/* The family that most blocks are of: a file for several chips holds the same addresses for each. */
static const struct uf2_family *largest_family(const struct uf2 *uf2)
{
	const struct uf2_family *best = NULL;

	for (size_t i = 0; i < uf2->n_families; i++)
		if (!best || uf2->families[i].used_bytes > best->used_bytes)
			best = &uf2->families[i];
	return best;
}

static int add_family(struct intake_bytes *b, const struct uf2 *uf2, const struct uf2_family *family)
{
	int r = 0;

	b->bytes = malloc((size_t)family->used_bytes + 1);
	if (!b->bytes)
		return -ENOMEM;
	uf2_family_bytes(uf2, family, (const uint8_t *)b->blob.bytes, b->blob.n_bytes, b->bytes);
	for (size_t i = 0; i < family->n_ranges && r == 0; i++) {
		const struct uf2_range *range = &uf2->ranges[family->i_range + i];
		r = memory_add(&b->memory, range->start, b->bytes + range->offset_bytes, range->size_bytes);
	}
	return r;
}

static int uf2_load(struct intake_bytes *b, struct diag *diag)
{
	struct place at = { .file = b->name };
	struct uf2 uf2 = { 0 };
	int r = no_base(b, diag);

	if (r == 0)
		r = uf2_read(&uf2, b->name, (const uint8_t *)b->blob.bytes, b->blob.n_bytes, diag);
	const struct uf2_family *family = r == 0 ? largest_family(&uf2) : NULL;
	if (r == 0 && !family)
		r = diag_at(diag, at, -EINVAL, "it has no block for the main flash");
	if (family) {
		const char *name = uf2_family_name(family->id);
		if (uf2.n_families > 1)
			notice_at(&b->notices, at, "note", "%zu families of chips are in it; this is the largest, %s",
				  uf2.n_families, name ? name : "which has no name");
		if (uf2.n_faults)
			notice_at(&b->notices, at, "warning",
				  "%" PRIu64 " blocks are left out; the first: block %" PRIu64 ": %s", uf2.n_faults,
				  uf2.faults[0].block, uf2.faults[0].what);
		r = add_family(b, &uf2, family);
		if (r < 0)
			r = diag_at(diag, at, r,
				    r == -E2BIG ? "it has more than %d stretches of flash: no firmware has" :
						  "out of memory",
				    MEMORY_RANGES_MAX);
	}
	uf2_deinit(&uf2);
	return r;
}

/* In flash it lies as it is, from --base on; the ROM copies or maps each segment to its address. */
static int esp_load(struct intake_bytes *b, struct diag *diag)
{
	const uint8_t *bytes = (const uint8_t *)b->blob.bytes;
	struct esp_image esp;
	int r = no_base(b, diag);

	if (r == 0)
		r = esp_image_read(&esp, b->name, bytes, b->blob.n_bytes, diag);
	for (uint32_t i = 0; r == 0 && i < esp.n_segments; i++) {
		const struct esp_image_segment *s = &esp.segments[i];
		if (memory_add(&b->memory, s->load_address, bytes + s->file_offset, s->size_bytes) < 0)
			r = diag_at(diag, (struct place){ .file = b->name }, -ENOMEM, "out of memory");
	}
	return r;
}

static int refuse_options(const struct intake_bytes *b, const char *what, struct diag *diag)
{
	return diag_at(diag, (struct place){ .file = b->name }, -EINVAL,
		       "%s has the heap of its own, and no flash: leave %s out", what,
		       b->flash ? "--space and --partitions" : "--dump");
}

/* By e_type, in either order of bytes. */
static bool core_is(const uint8_t *bytes, size_t n_bytes)
{
	enum { I_TYPE = 16, TYPE_CORE = 4 };

	return elf_is(bytes, n_bytes) && n_bytes > I_TYPE + 1 && bytes[I_TYPE] + bytes[I_TYPE + 1] == TYPE_CORE;
}

/* The heap that it has, with owners. */
static int add_objects(struct intake_bytes *b, const char *elf, struct diag *diag)
{
	const struct objects_spec spec = { .name = b->name, .blob = &b->blob, .elf = elf };

	int error = file_objects(&spec, &b->objects, diag);

	return error < 0 ? error : objects_heap(b->objects.objects, &b->heap);
}

/* A core file: all that it has, at the addresses of the process. */
static int core_load(struct intake_bytes *b, struct diag *diag)
{
	const char *elf = b->elf;
	struct core core;
	int r = no_base(b, diag);

	if (r == 0 && (b->flash || b->has_dump))
		return refuse_options(b, "a core file", diag);
	if (r < 0)
		return r;
	bytes_drop_relocated(b);
	r = core_read(&core, b->blob.bytes, b->blob.n_bytes, diag);
	for (size_t i = 0; r == 0 && i < core.memory.n_ranges; i++) {
		const struct memory_range *range = &core.memory.ranges[i];
		r = memory_add(&b->memory, range->start, range->bytes, range->n_bytes);
	}
	core_deinit(&core);
	return r == 0 ? add_objects(b, elf, diag) : r;
}

static bool memory_is(const uint8_t *bytes, size_t n_bytes) { return memory_file_is((const char *)bytes, n_bytes); }

/* A memory file of memprof's own: its heap, with owners, is there as well. */
static int memory_load(struct intake_bytes *b, struct diag *diag)
{
	const struct memory_file *file = &b->objects.file;
	int r = no_base(b, diag);

	if (r == 0 && (b->flash || b->has_dump))
		return refuse_options(b, "a memory file", diag);
	if (r == 0)
		r = add_objects(b, NULL, diag);
	for (size_t i = 0; r == 0 && i < file->n_pieces; i++) {
		const struct memory_piece *piece = &file->pieces[i];
		r = memory_add(&b->memory, piece->start, (const uint8_t *)strbuf_text(&file->bytes) + piece->offset,
			       piece->n_bytes);
	}
	return r;
}

static bool bin_is(const uint8_t *bytes, size_t n_bytes)
{
	(void)bytes;
	return n_bytes > 0;
}

/* A text that another command reads was hardly meant. */
static int refuse_text(const struct intake_bytes *b, struct diag *diag)
{
	const char *bytes = b->blob.bytes;
	size_t n_head = MIN(b->blob.n_bytes, (size_t)DECODER_PROBE_BYTES);
	bool is_table;

	if (memchr(bytes, 0, n_head))
		return 0;
	const char *summary = image_text_hint(bytes, b->blob.n_bytes, &is_table);
	const struct decoder *decoder = decoder_for((const uint8_t *)bytes, n_head);
	/* That of dumps has words for any text that speaks of memory. */
	if (!summary && decoder && decoder != &decoder_mem_info)
		summary = "this is a log of a board; see it with memprof report";
	return summary ? diag_at(diag, (struct place){ .file = b->name }, -EINVAL,
				 "%s (with --base 0 its bytes are"
				 " shown all the same)",
				 summary) :
			 0;
}

static int bin_load(struct intake_bytes *b, struct diag *diag)
{
	int r = b->base_text ? 0 : refuse_text(b, diag);

	if (r < 0)
		return r;
	if (memory_add(&b->memory, b->base, (const uint8_t *)b->blob.bytes, b->blob.n_bytes) == -EINVAL)
		return diag_at(diag, (struct place){ .file = b->name }, -EINVAL,
			       "%zu bytes from 0x%" PRIx64 " on go beyond the last address", b->blob.n_bytes, b->base);
	return 0;
}

/* ":10000000…", a whole line of it, and "S1130000…": text, whose bytes nobody wants to see. */
static bool text_of_bytes(const uint8_t *bytes, size_t n_bytes, size_t n_head, const char *head)
{
	static const char digits[] = "0123456789ABCDEFabcdef";

	if (n_bytes < 11 || !strchr(head, bytes[0]) || !bytes[0])
		return false;
	for (size_t i = n_head; i < 11; i++)
		if (!bytes[i] || !strchr(digits, bytes[i]))
			return false;
	return true;
}

static bool ihex_is(const uint8_t *bytes, size_t n_bytes) { return text_of_bytes(bytes, n_bytes, 1, ":"); }
static bool srec_is(const uint8_t *bytes, size_t n_bytes) { return text_of_bytes(bytes, n_bytes, 1, "S"); }

static int ihex_load(struct intake_bytes *b, struct diag *diag)
{
	return diag_at(diag, (struct place){ .file = b->name }, -ENOTSUP,
		       "this is Intel HEX; make a .bin of it:"
		       " objcopy -I ihex -O binary FILE FILE.bin, and give its first address with --base");
}

static int srec_load(struct intake_bytes *b, struct diag *diag)
{
	return diag_at(diag, (struct place){ .file = b->name }, -ENOTSUP,
		       "these are S-records; make a .bin of"
		       " them: objcopy -I srec -O binary FILE FILE.bin, and give its first address with --base");
}

/* The first that takes it. */
static const struct {
	const char *name;
	bool (*is)(const uint8_t *bytes, size_t n_bytes);
	int (*load)(struct intake_bytes *b, struct diag *diag);
	bool cpu_only; /* its bytes are no longer what they are in flash */
} kinds[] = {
	/* clang-format off */
	{ "core",      core_is,      core_load,   false },
	{ "elf",       elf_is,       elf_load,    false },
	{ "memory",    memory_is,    memory_load, false },
	{ "uf2",       uf2_is,       uf2_load,    false },
	{ "esp-image", esp_image_is, esp_load,    true  },
	{ "ihex",      ihex_is,      ihex_load,   false },
	{ "srec",      srec_is,      srec_load,   false },
	{ "bin",       bin_is,       bin_load,    false },
	/* clang-format on */
};

/* ---- the file ---- */

/* "10001000" as an address, or as --base, where 0x10001000 is in the file. */
static bool would_be_there(const struct intake_bytes *b, const char *base, struct strbuf *out)
{
	uint64_t other, n_bytes = b->blob.n_bytes;

	if (base && hex_reading(base, &other) && b->start >= other && b->start - other < n_bytes)
		strbuf_printf(out, "; --base %s is decimal: did you mean 0x%s?", base, base);
	else if (!b->wanted.name && hex_reading(b->wanted_text, &other) && other >= b->base &&
		 other - b->base < n_bytes)
		strbuf_printf(out, "; %s is decimal: did you mean 0x%s?", b->wanted_text, b->wanted_text);
	return out->n_bytes > 0;
}

static void add_hint(const struct intake_bytes *b, bool is_bin, struct strbuf *out)
{
	if (is_bin && !would_be_there(b, b->base_text, out) && !b->base_text)
		strbuf_puts(out, "; --base ADDRESS says where its first byte lies");
}

/* What an ELF tells of without its bytes. False: there is no such thing at that place. */
static bool explain_zeroed(const struct intake_bytes *b, struct diag *diag)
{
	struct strbuf what CLEANUP(strbuf_deinit) = STRBUF_INIT;
	uint64_t n;
	const char *why = memory_why(&b->memory, b->start, &n);
	const struct image_section *in = b->has_names ? image_section_at(&b->names.image, b->start) : NULL;

	if (!why || n < b->n_bytes)
		return false;
	if (b->wanted.name)
		strbuf_puts(&what, b->wanted_text);
	else
		strbuf_printf(&what, "0x%" PRIx64 "..0x%" PRIx64, b->start, b->start + b->n_bytes - 1);
	if (in && strcmp(strbuf_text(&what), in->name) != 0)
		strbuf_printf(&what, ", in %s,", in->name);
	diag_at(diag, (struct place){ .file = b->name }, -EINVAL,
		"%s is %s; a live board has bytes there:"
		" memprof hex --elf %s SOURCE %s",
		strbuf_text(&what), why, b->name, b->wanted_text);
	return true;
}

static int explain_missing(const struct intake_bytes *b, bool is_bin, struct diag *diag)
{
	struct strbuf has CLEANUP(strbuf_deinit) = STRBUF_INIT, hint CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n = 0;
	uint64_t n_run;

	for (size_t i = 0; i < b->memory.n_ranges;) {
		uint64_t start = b->memory.ranges[i].start;
		memory_run(&b->memory, start, &n_run);
		while (i < b->memory.n_ranges && b->memory.ranges[i].start - start < n_run)
			i++;
		if (n++ < 6)
			strbuf_printf(&has, "%s0x%" PRIx64 "..0x%" PRIx64, n > 1 ? ", " : "", start, start + n_run - 1);
	}
	if (n > 6)
		strbuf_printf(&has, " and %zu more", n - 6);
	add_hint(b, is_bin, &hint);
	return diag_at(diag, (struct place){ .file = b->name }, -EINVAL,
		       "nothing of 0x%" PRIx64 "..0x%" PRIx64
		       " is in it; it"
		       " has %s%s",
		       b->start, b->start + b->n_bytes - 1, n ? strbuf_text(&has) : "no bytes at all",
		       strbuf_text(&hint));
}

/* "10000000" is 0x989680. What is round in the one way of reading and not in the other is meant so. */
static void hint_hexadecimal(const struct intake_bytes *b)
{
	const char *base = b->base_text;
	const uint64_t round_bytes = 0x100;
	uint64_t other;

	if (base && hex_reading(base, &other) && b->base % round_bytes && other % round_bytes == 0)
		notice_at(&b->notices, (struct place){ 0 }, "note",
			  "--base %s is decimal, 0x%" PRIx64 "; did you mean 0x%s?", base, b->base, base);
}

static bool any_bytes(const struct intake_bytes *b)
{
	uint64_t n;

	return memory_run(&b->memory, b->start, &n) || n < b->n_bytes;
}

int file_bytes(struct intake_bytes *b, struct diag *diag)
{
	const struct place at = { .file = b->name };
	int error = blob_read(b->name, &b->blob, diag);
	size_t i = 0;

	if (error < 0)
		return error;
	while (i < ARRAY_SIZE(kinds) &&
	       ((kinds[i].cpu_only && b->flash) || !kinds[i].is((const uint8_t *)b->blob.bytes, b->blob.n_bytes)))
		i++;
	if (i == ARRAY_SIZE(kinds))
		return diag_at(diag, at, -EINVAL, "it is empty");
	error = kinds[i].load(b, diag);
	if (error < 0)
		return diag->text[0] ? error : diag_at(diag, at, error, "%s", strerror(-error));
	memory_finalize(&b->memory);
	error = check_bytes(b, kinds[i].load == elf_load, diag);
	if (error == 0)
		error = bytes_resolve(b, diag);
	if (error < 0)
		return error;
	if (!any_bytes(b))
		return explain_zeroed(b, diag) ? -EINVAL : explain_missing(b, kinds[i].load == bin_load, diag);
	if (b->memory.doubled_bytes)
		notice_at(&b->notices, at, "warning", "%" PRIu64 " bytes are in it twice, and differ",
			  b->memory.doubled_bytes);
	hint_hexadecimal(b);
	b->format = kinds[i].name;
	return 0;
}
