/* The bytes of a file: an ELF's segments, the blocks of a UF2, what an ESP image loads, or a .bin from its base on. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/strbuf.h"
#include "memprof/image/core.h"
#include "memprof/image/esp_image.h"
#include "memprof/image/foreign.h"
#include "memprof/image/partitions.h"
#include "memprof/image/uf2.h"
#include "memprof/input/kinds.h"
#include "memprof/protocol/decoder.h"
#include "private.h"

/* ---- kinds of files ---- */

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
	struct image own = { 0 }, *image = b->has_names ? &own : &b->names.image;
	int error = image_read(image, b->name, b->blob.bytes, b->blob.n_bytes, b->has_names ? 0 : IMAGE_WANT_SYMBOLS,
			       diag);

	if (error == 0 && b->has_names)
		error = check_names(b, image, diag);
	if (error == 0)
		error = memory_add_segments(&b->memory, image, (const uint8_t *)b->blob.bytes, b->blob.n_bytes,
					    b->flash, diag);
	image_deinit(&own);
	b->has_names = b->has_names || error == 0;
	return error;
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
	int error = 0;

	b->bytes = malloc((size_t)family->used_bytes + 1);
	if (!b->bytes)
		return -ENOMEM;
	uf2_family_bytes(uf2, family, (const uint8_t *)b->blob.bytes, b->blob.n_bytes, b->bytes);
	for (size_t i = 0; i < family->n_ranges && error == 0; i++) {
		const struct uf2_range *range = &uf2->ranges[family->i_range + i];
		error = memory_add(&b->memory, range->start, b->bytes + range->offset_bytes, range->size_bytes);
	}
	return error;
}

static int load_family(struct intake_bytes *b, const struct uf2 *uf2, struct diag *diag)
{
	const struct place at = { .file = b->name };
	const struct uf2_family *family = largest_family(uf2);

	if (!family)
		return diag_at(diag, at, -EINVAL, "it has no block for the main flash");
	const char *name = uf2_family_name(family->id);
	if (uf2->n_families > 1)
		notice_at(&b->notices, at, "note", "%zu chip families in it; this is the largest, %s", uf2->n_families,
			  name ? name : "which has no name");
	if (uf2->n_faults)
		notice_at(&b->notices, at, "warning",
			  "%" PRIu64 " blocks are left out; the first: block %" PRIu64 ": %s", uf2->n_faults,
			  uf2->faults[0].block, uf2->faults[0].what);
	int error = add_family(b, uf2, family);
	return error == -E2BIG ? diag_at(diag, at, error, "it has more than %d stretches of flash: no firmware has",
					 MEMORY_RANGES_MAX) :
				 error;
}

static int uf2_load(struct intake_bytes *b, struct diag *diag)
{
	struct uf2 uf2 = { 0 };
	int error = uf2_read(&uf2, b->name, (const uint8_t *)b->blob.bytes, b->blob.n_bytes, diag);

	if (error == 0)
		error = load_family(b, &uf2, diag);
	uf2_deinit(&uf2);
	return error;
}

/* The ROM copies or maps each segment to its address. */
static int add_esp_image(struct intake_bytes *b, size_t at, struct esp_image *ret, struct diag *diag)
{
	const uint8_t *bytes = (const uint8_t *)b->blob.bytes + at;
	size_t n_bytes = b->blob.n_bytes - at;
	int error = esp_image_read(ret, b->name, bytes, n_bytes, diag);

	for (uint32_t i = 0; error == 0 && i < ret->n_segments; i++) {
		const struct esp_image_segment *s = &ret->segments[i];
		error = memory_add(&b->memory, s->load_address, bytes + s->file_offset, s->size_bytes);
	}
	return error;
}

/* In flash it lies as it is, from --base on. An ESP8266 also sees the first MiB of its flash, with what lies behind the
 * image: most of the firmware. */
static int esp_load(struct intake_bytes *b, struct diag *diag)
{
	struct esp_image esp;
	int error = add_esp_image(b, 0, &esp, diag);

	if (error == 0 && esp.kind == ESP_IMAGE_ESP8266)
		error = memory_add(&b->memory, ESP8266_WINDOW, (const uint8_t *)b->blob.bytes,
				   MIN(b->blob.n_bytes, (size_t)ESP8266_WINDOW_BYTES));
	return error;
}

/* The flash of an ESP32: the app that starts, where the processor sees it, and all by its offset, even if its table is
 * damaged. */
static int esp_flash_load(struct intake_bytes *b, struct diag *diag)
{
	const struct partition_options options = PARTITION_OPTIONS_INIT;
	const uint8_t *bytes = (const uint8_t *)b->blob.bytes;
	struct partition_table table;
	struct esp_image esp;
	size_t at = 0;
	int error = partition_table_read(&table, b->name, bytes, b->blob.n_bytes, &options, diag);
	const struct partition *app = error < 0 ? NULL : partition_table_app(&table, bytes, b->blob.n_bytes, &at);

	if (error == -EINVAL) {
		notice_at(&b->notices, diag->at, "warning", "%s; its bytes are shown by their offset in flash alone",
			  diag->text);
		error = 0;
	}
	if (app) {
		notice_at(&b->notices, (struct place){ .file = b->name }, "note",
			  "a flash with partitions: its firmware is the app in %s", app->name);
		error = add_esp_image(b, at, &esp, diag);
	}
	if (error == 0)
		error = memory_add(&b->memory, table.dump_base, bytes, b->blob.n_bytes);
	partition_table_deinit(&table);
	return error;
}

/* The heap that it has, with owners. */
static int add_objects(struct intake_bytes *b, struct diag *diag)
{
	const struct objects_spec spec = { .name = b->name, .blob = &b->blob, .elf = b->elf };
	int error = file_objects(&spec, &b->objects, diag);

	return error < 0 ? error : objects_heap(b->objects.objects, &b->heap);
}

/* A core file: all that it has, at the addresses of the process. */
static int core_load(struct intake_bytes *b, struct diag *diag)
{
	struct core core;

	bytes_drop_relocated(b);
	int error = core_read(&core, b->blob.bytes, b->blob.n_bytes, diag);
	for (size_t i = 0; error == 0 && i < core.memory.n_ranges; i++) {
		const struct memory_range *range = &core.memory.ranges[i];
		error = memory_add(&b->memory, range->start, range->bytes, range->n_bytes);
	}
	core_deinit(&core);
	return error < 0 ? error : add_objects(b, diag);
}

/* A memory file of memprof's own: its heap, with owners, is there as well. */
static int memory_load(struct intake_bytes *b, struct diag *diag)
{
	const struct memory_file *file = &b->objects.file;
	int error = add_objects(b, diag);

	for (size_t i = 0; error == 0 && i < file->n_pieces; i++) {
		const struct memory_piece *piece = &file->pieces[i];
		error = memory_add(&b->memory, piece->start, (const uint8_t *)strbuf_text(&file->bytes) + piece->offset,
				   piece->n_bytes);
	}
	return error;
}

/* ":10000000…", a whole line of it, and "S1130000…": text, whose bytes nobody wants to see. */
static int refuse_encoded(const struct intake_bytes *b, struct diag *diag)
{
	static const struct {
		char head;
		const char *advice;
	} rows[] = {
		{ ':', "this is Intel HEX; make a .bin of it: objcopy -I ihex -O binary FILE FILE.bin" },
		{ 'S', "these are S-records; make a .bin of them: objcopy -I srec -O binary FILE FILE.bin" },
	};
	enum { HEAD_CHARS = 11 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (b->blob.bytes[0] == rows[i].head &&
		    strspn(b->blob.bytes + 1, "0123456789ABCDEFabcdef") >= HEAD_CHARS - 1)
			return diag_at(diag, (struct place){ .file = b->name }, -ENOTSUP,
				       "%s, and give its first address with --base", rows[i].advice);
	return 0;
}

/* A text that another command reads was hardly meant. */
static int refuse_text(const struct intake_bytes *b, struct diag *diag)
{
	const char *bytes = b->blob.bytes;
	size_t n_head = MIN(b->blob.n_bytes, (size_t)DECODER_PROBE_BYTES);
	bool is_table;

	if (memchr(bytes, 0, n_head))
		return 0;
	const char *summary = foreign_text_hint(bytes, b->blob.n_bytes, &is_table);
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
	int error = refuse_encoded(b, diag);

	if (error == 0 && !b->base_text)
		error = refuse_text(b, diag);
	if (error == 0)
		error = memory_add(&b->memory, b->base, (const uint8_t *)b->blob.bytes, b->blob.n_bytes);
	return error == -EINVAL && !diag->text[0] ?
		       diag_at(diag, (struct place){ .file = b->name }, error,
			       "%zu bytes from 0x%" PRIx64 " on go beyond the last address", b->blob.n_bytes, b->base) :
		       error;
}

static const struct file_kind {
	enum input_kind kind;
	bool (*is)(const uint8_t *bytes, size_t n_bytes); /* of a firmware; NULL: all are */
	const char *name;
	int (*load)(struct intake_bytes *b, struct diag *diag);
	bool cpu_only;         /* its bytes are no longer what they are in flash */
	const char *with_heap; /* of its own, and without flash */
} file_kinds[] = {
	{ INPUT_CORE, NULL, "core", core_load, false, "a core file" },
	{ INPUT_ELF, NULL, "elf", elf_load, false, NULL },
	{ INPUT_MEMORY, NULL, "memory", memory_load, false, "a memory file" },
	{ INPUT_FIRMWARE, uf2_is, "uf2", uf2_load, false, NULL },
	{ INPUT_FIRMWARE, esp_image_is, "esp-image", esp_load, true, NULL },
};
static const struct file_kind esp_flash = { .name = "esp-image", .load = esp_flash_load };
static const struct file_kind plain = { .name = "bin", .load = bin_load };

static const struct file_kind *kind_of(const struct intake_bytes *b)
{
	enum input_kind kind = input_kind_of(b->name, b->blob.bytes, MIN(b->blob.n_bytes, (size_t)INPUT_HEAD_BYTES));

	if (!b->flash && !b->base_text && partition_dump_is((const uint8_t *)b->blob.bytes, b->blob.n_bytes))
		return &esp_flash;
	for (size_t i = 0; i < ARRAY_SIZE(file_kinds); i++) {
		const struct file_kind *k = &file_kinds[i];
		if (k->kind == kind && !(k->cpu_only && b->flash) &&
		    (!k->is || k->is((const uint8_t *)b->blob.bytes, b->blob.n_bytes)))
			return k;
	}
	return &plain;
}

/* Options that are not for this kind. */
static int check_kind(const struct intake_bytes *b, const struct file_kind *kind, struct diag *diag)
{
	const struct place at = { .file = b->name };

	if (kind != &plain && b->base_text)
		return diag_at(diag, at, -EINVAL, "--base is for what has no addresses of its own; this file has");
	if (kind->with_heap && (b->flash || b->has_dump))
		return diag_at(diag, at, -EINVAL, "%s has the heap of its own, and no flash: leave %s out",
			       kind->with_heap, b->flash ? "--space and --partitions" : "--dump");
	return 0;
}

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
		       "0x%" PRIx64 "..0x%" PRIx64 " is not in it; it has %s%s", b->start, b->start + b->n_bytes - 1,
		       n ? strbuf_text(&has) : "no bytes at all", strbuf_text(&hint));
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

	if (error == 0 && b->blob.n_bytes == 0)
		error = diag_at(diag, at, -EINVAL, "it is empty");
	if (error < 0)
		return error;
	const struct file_kind *kind = kind_of(b);
	error = check_kind(b, kind, diag);
	if (error == 0)
		error = kind->load(b, diag);
	memory_finalize(&b->memory);
	if (error == 0)
		error = check_bytes(b, kind->load == elf_load, diag);
	if (error == 0)
		error = bytes_resolve(b, diag);
	if (error < 0)
		return diag->text[0] ? error : diag_at(diag, at, error, "%s", strerror(-error));
	if (!any_bytes(b))
		return explain_zeroed(b, diag) ? -EINVAL : explain_missing(b, kind == &plain, diag);
	if (b->memory.doubled_bytes)
		notice_at(&b->notices, at, "warning", "%" PRIu64 " bytes are in it twice, and differ",
			  b->memory.doubled_bytes);
	hint_hexadecimal(b);
	b->format = kind->name;
	return 0;
}
