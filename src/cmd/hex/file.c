/* The bytes of a file: an ELF's segments, the blocks of a UF2, what an ESP image loads, or a .bin from its base on. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hex/hex.h"
#include "load.h"
#include "memprof/base/strbuf.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/image/core.h"
#include "memprof/image/esp_image.h"
#include "memprof/image/uf2.h"
#include "memprof/protocol/decoder.h"

static int no_base(const struct hex_job *job, struct diag *diag)
{
	if (!job->args->base.text)
		return 0;
	return diag_at(diag, (struct place){ .file = job->source }, -EINVAL,
		       "--base is for what has no addresses of"
		       " its own; this file has");
}

/* ---- kinds of files ---- */

static bool elf_is(const uint8_t *bytes, size_t n_bytes) { return n_bytes >= 4 && memcmp(bytes, "\177ELF", 4) == 0; }

static int refuse_build(const struct hex_job *job, const char *of, const char *what, const char *why, struct diag *diag)
{
	return diag_at(diag, (struct place){ .file = of }, -EINVAL,
		       "it is not of the build of %.80s: %.80s %s there; an ELF"
		       " has names of its own: leave --elf and --map out",
		       job->source, what, why);
}

/* Names of another build would be put to bytes that are not theirs. */
static int check_names(const struct hex_job *job, const struct image *own, struct diag *diag)
{
	const struct image *const all[] = { &job->names.image, &job->more_names.image };

	for (size_t i = 0; i < ARRAY_SIZE(all) && all[i]->format; i++) {
		const struct image_section *differs;
		if (image_differing(own, all[i], &differs) < 0)
			return diag_at(diag, (struct place){ .file = job->source }, -ENOMEM, "out of memory");
		if (differs)
			return refuse_build(job, all[i]->name, differs->name, "has another place or size", diag);
	}
	return 0;
}

/* Builds of one layout differ in their bytes alone. */
static int check_bytes(const struct hex_job *job, bool is_elf)
{
	const struct input_image *elf = hex_elf(job);
	uint64_t n_differ, n_both;
	struct diag diag = { 0 };

	if (!is_elf || !elf)
		return hex_warn_of_build(job);
	if (hex_compare(job, &n_differ, &n_both) < 0)
		return -EINVAL;
	if (n_differ == 0)
		return 0;
	refuse_build(job, elf->image.name, "the same places", "have other bytes", &diag);
	message_diag(&diag);
	return -EINVAL;
}

/* Without --elf and --map it tells the names too. */
static int elf_load(struct hex_job *job, struct diag *diag)
{
	const uint8_t *bytes = (const uint8_t *)job->blob.bytes;
	struct image own = { 0 }, *image = job->has_names ? &own : &job->names.image;
	int r = no_base(job, diag);

	if (r == 0)
		r = image_read(image, job->source, job->blob.bytes, job->blob.n_bytes,
			       job->has_names ? 0 : IMAGE_WANT_SYMBOLS, diag);
	if (r == 0 && job->has_names)
		r = check_names(job, image, diag);
	if (r == 0)
		r = memory_add_segments(&job->memory, image, bytes, job->blob.n_bytes, job->flash, diag);
	image_deinit(&own);
	job->has_names = job->has_names || r == 0;
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

static int add_family(struct hex_job *job, const struct uf2 *uf2, const struct uf2_family *family)
{
	int r = 0;

	job->bytes = malloc((size_t)family->used_bytes + 1);
	if (!job->bytes)
		return -ENOMEM;
	uf2_family_bytes(uf2, family, (const uint8_t *)job->blob.bytes, job->blob.n_bytes, job->bytes);
	for (size_t i = 0; i < family->n_ranges && r == 0; i++) {
		const struct uf2_range *range = &uf2->ranges[family->i_range + i];
		r = memory_add(&job->memory, range->start, job->bytes + range->offset_bytes, range->size_bytes);
	}
	return r;
}

static int uf2_load(struct hex_job *job, struct diag *diag)
{
	struct place at = { .file = job->source };
	struct uf2 uf2 = { 0 };
	int r = no_base(job, diag);

	if (r == 0)
		r = uf2_read(&uf2, job->source, (const uint8_t *)job->blob.bytes, job->blob.n_bytes, diag);
	const struct uf2_family *family = r == 0 ? largest_family(&uf2) : NULL;
	if (r == 0 && !family)
		r = diag_at(diag, at, -EINVAL, "it has no block for the main flash");
	if (family) {
		const char *name = uf2_family_name(family->id);
		if (uf2.n_families > 1)
			message_at(at, "note", "%zu families of chips are in it; this is the largest, %s",
				   uf2.n_families, name ? name : "which has no name");
		if (uf2.n_faults)
			message_at(at, "warning", "%" PRIu64 " blocks are left out; the first: block %" PRIu64 ": %s",
				   uf2.n_faults, uf2.faults[0].block, uf2.faults[0].what);
		r = add_family(job, &uf2, family);
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
static int esp_load(struct hex_job *job, struct diag *diag)
{
	const uint8_t *bytes = (const uint8_t *)job->blob.bytes;
	struct esp_image esp;
	int r = no_base(job, diag);

	if (r == 0)
		r = esp_image_read(&esp, job->source, bytes, job->blob.n_bytes, diag);
	for (uint32_t i = 0; r == 0 && i < esp.n_segments; i++) {
		const struct esp_image_segment *s = &esp.segments[i];
		if (memory_add(&job->memory, s->load_address, bytes + s->file_offset, s->size_bytes) < 0)
			r = diag_at(diag, (struct place){ .file = job->source }, -ENOMEM, "out of memory");
	}
	return r;
}

static int refuse_options(const struct hex_job *job, const char *what, struct diag *diag)
{
	return diag_at(diag, (struct place){ .file = job->source }, -EINVAL,
		       "%s has the heap of its own, and no flash: leave %s out", what,
		       job->flash ? "--space and --partitions" : "--dump");
}

/* By e_type, in either order of bytes. */
static bool core_is(const uint8_t *bytes, size_t n_bytes)
{
	enum { I_TYPE = 16, TYPE_CORE = 4 };

	return elf_is(bytes, n_bytes) && n_bytes > I_TYPE + 1 && bytes[I_TYPE] + bytes[I_TYPE + 1] == TYPE_CORE;
}

/* The heap that it has, with owners. 0; -EINVAL after a message; or another error. */
static int add_objects(struct hex_job *job, const char *elf)
{
	const struct objects_spec spec = { .name = job->source, .blob = &job->blob, .elf = elf };

	if (load_objects(&spec, NULL, &job->objects) != EXIT_FINE)
		return -EINVAL;
	return objects_heap(job->objects.objects, &job->heap);
}

/* A core file: all that it has, at the addresses of the process. */
static int core_load(struct hex_job *job, struct diag *diag)
{
	const char *elf = job->args->elf;
	struct core core;
	int r = no_base(job, diag);

	if (r == 0 && (job->flash || job->args->dump))
		return refuse_options(job, "a core file", diag);
	if (r < 0)
		return r;
	hex_drop_relocated(job);
	r = core_read(&core, job->blob.bytes, job->blob.n_bytes, diag);
	for (size_t i = 0; r == 0 && i < core.memory.n_ranges; i++) {
		const struct memory_range *range = &core.memory.ranges[i];
		r = memory_add(&job->memory, range->start, range->bytes, range->n_bytes);
	}
	core_deinit(&core);
	return r == 0 ? add_objects(job, elf) : r;
}

static bool memory_is(const uint8_t *bytes, size_t n_bytes) { return memory_file_is((const char *)bytes, n_bytes); }

/* A memory file of memprof's own: its heap, with owners, is there as well. */
static int memory_load(struct hex_job *job, struct diag *diag)
{
	const struct memory_file *file = &job->objects.file;
	int r = no_base(job, diag);

	if (r == 0 && (job->flash || job->args->dump))
		return refuse_options(job, "a memory file", diag);
	if (r == 0)
		r = add_objects(job, NULL);
	for (size_t i = 0; r == 0 && i < file->n_pieces; i++) {
		const struct memory_piece *piece = &file->pieces[i];
		r = memory_add(&job->memory, piece->start, (const uint8_t *)strbuf_text(&file->bytes) + piece->offset,
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
static int refuse_text(const struct hex_job *job, struct diag *diag)
{
	const char *bytes = job->blob.bytes;
	size_t n_head = MIN(job->blob.n_bytes, (size_t)DECODER_PROBE_BYTES);
	bool is_table;

	if (memchr(bytes, 0, n_head))
		return 0;
	const char *summary = image_text_hint(bytes, job->blob.n_bytes, &is_table);
	const struct decoder *decoder = decoder_for((const uint8_t *)bytes, n_head);
	/* That of dumps has words for any text that speaks of memory. */
	if (!summary && decoder && decoder != &decoder_mem_info)
		summary = "this is a log of a board; see it with memprof report";
	return summary ? diag_at(diag, (struct place){ .file = job->source }, -EINVAL,
				 "%s (with --base 0 its bytes are"
				 " shown all the same)",
				 summary) :
			 0;
}

static int bin_load(struct hex_job *job, struct diag *diag)
{
	int r = job->args->base.text ? 0 : refuse_text(job, diag);

	if (r < 0)
		return r;
	if (memory_add(&job->memory, job->args->base.value, (const uint8_t *)job->blob.bytes, job->blob.n_bytes) ==
	    -EINVAL)
		return diag_at(diag, (struct place){ .file = job->source }, -EINVAL,
			       "%zu bytes from 0x%" PRIx64 " on go beyond the last address", job->blob.n_bytes,
			       job->args->base.value);
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

static int ihex_load(struct hex_job *job, struct diag *diag)
{
	return diag_at(diag, (struct place){ .file = job->source }, -ENOTSUP,
		       "this is Intel HEX; make a .bin of it:"
		       " objcopy -I ihex -O binary FILE FILE.bin, and give its first address with --base");
}

static int srec_load(struct hex_job *job, struct diag *diag)
{
	return diag_at(diag, (struct place){ .file = job->source }, -ENOTSUP,
		       "these are S-records; make a .bin of"
		       " them: objcopy -I srec -O binary FILE FILE.bin, and give its first address with --base");
}

/* The first that takes it. */
static const struct {
	const char *name;
	bool (*is)(const uint8_t *bytes, size_t n_bytes);
	int (*load)(struct hex_job *job, struct diag *diag);
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
static bool would_be_there(const struct hex_job *job, const char *base, struct strbuf *out)
{
	uint64_t other, n_bytes = job->blob.n_bytes;

	if (base && hex_reading(base, &other) && job->start >= other && job->start - other < n_bytes)
		strbuf_printf(out, "; --base %s is decimal: did you mean 0x%s?", base, base);
	else if (!job->wanted.name && hex_reading(job->wanted_text, &other) && other >= job->args->base.value &&
		 other - job->args->base.value < n_bytes)
		strbuf_printf(out, "; %s is decimal: did you mean 0x%s?", job->wanted_text, job->wanted_text);
	return out->n_bytes > 0;
}

static void print_hint(const struct hex_job *job, bool is_bin, struct strbuf *out)
{
	if (is_bin && !would_be_there(job, job->args->base.text, out) && !job->args->base.text)
		strbuf_puts(out, "; --base ADDRESS says where its first byte lies");
}

/* What an ELF tells of without its bytes. False: there is no such thing at that place. */
static bool note_zeroed(const struct hex_job *job)
{
	struct strbuf what CLEANUP(strbuf_deinit) = STRBUF_INIT;
	uint64_t n;
	const char *why = memory_why(&job->memory, job->start, &n);
	const struct image_section *in = job->has_names ? image_section_at(&job->names.image, job->start) : NULL;

	if (!why || n < job->n_bytes)
		return false;
	if (job->wanted.name)
		strbuf_puts(&what, job->wanted_text);
	else
		strbuf_printf(&what, "0x%" PRIx64 "..0x%" PRIx64, job->start, job->start + job->n_bytes - 1);
	if (in && strcmp(strbuf_text(&what), in->name) != 0)
		strbuf_printf(&what, ", in %s,", in->name);
	message_at((struct place){ .file = job->source }, "error",
		   "%s is %s; a live board has bytes there:"
		   " memprof hex --elf %s SOURCE %s",
		   strbuf_text(&what), why, job->source, job->wanted_text);
	return true;
}

static void report_missing(const struct hex_job *job, bool is_bin)
{
	struct strbuf has CLEANUP(strbuf_deinit) = STRBUF_INIT, hint CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n = 0;
	uint64_t n_run;

	for (size_t i = 0; i < job->memory.n_ranges;) {
		uint64_t start = job->memory.ranges[i].start;
		memory_run(&job->memory, start, &n_run);
		while (i < job->memory.n_ranges && job->memory.ranges[i].start - start < n_run)
			i++;
		if (n++ < 6)
			strbuf_printf(&has, "%s0x%" PRIx64 "..0x%" PRIx64, n > 1 ? ", " : "", start, start + n_run - 1);
	}
	if (n > 6)
		strbuf_printf(&has, " and %zu more", n - 6);
	print_hint(job, is_bin, &hint);
	message_at((struct place){ .file = job->source }, "error",
		   "nothing of 0x%" PRIx64 "..0x%" PRIx64
		   " is in it; it"
		   " has %s%s",
		   job->start, job->start + job->n_bytes - 1, n ? strbuf_text(&has) : "no bytes at all",
		   strbuf_text(&hint));
}

/* "10000000" is 0x989680. What is round in the one way of reading and not in the other is meant so. */
static void hint_hexadecimal(const struct hex_job *job)
{
	const char *base = job->args->base.text;
	const uint64_t round_bytes = 0x100;
	uint64_t other;

	if (base && hex_reading(base, &other) && job->args->base.value % round_bytes && other % round_bytes == 0)
		message_at((struct place){ 0 }, "note", "--base %s is decimal, 0x%" PRIx64 "; did you mean 0x%s?", base,
			   job->args->base.value, base);
}

static bool any_bytes(const struct hex_job *job)
{
	uint64_t n;

	return memory_run(&job->memory, job->start, &n) || n < job->n_bytes;
}

int hex_file(struct hex_job *job)
{
	const uint8_t *bytes;
	struct diag diag = { 0 };
	size_t i = 0;

	if (blob_read(job->source, &job->blob, &diag) < 0) {
		message_diag(&diag);
		return EXIT_INPUT;
	}
	bytes = (const uint8_t *)job->blob.bytes;
	while (i < ARRAY_SIZE(kinds) && ((kinds[i].cpu_only && job->flash) || !kinds[i].is(bytes, job->blob.n_bytes)))
		i++;
	if (i == ARRAY_SIZE(kinds)) {
		message_at((struct place){ .file = job->source }, "error", "it is empty");
		return EXIT_INPUT;
	}
	int r = kinds[i].load(job, &diag);
	if (r < 0) {
		if (diag.text[0])
			message_diag(&diag);
		else if (r != -EINVAL) /* that was reported */
			message_at((struct place){ .file = job->source }, "error", "%s", strerror(-r));
		return EXIT_INPUT;
	}
	memory_finalize(&job->memory);
	if (check_bytes(job, kinds[i].load == elf_load) < 0 || hex_resolve(job) < 0)
		return EXIT_INPUT;
	if (!any_bytes(job)) {
		if (!note_zeroed(job))
			report_missing(job, kinds[i].load == bin_load);
		return EXIT_INPUT;
	}
	if (job->memory.doubled_bytes)
		message_at((struct place){ .file = job->source }, "warning",
			   "%" PRIu64
			   " bytes are in it twice, and"
			   " differ",
			   job->memory.doubled_bytes);
	hint_hexadecimal(job);
	job->format = kinds[i].name;
	return EXIT_FINE;
}
