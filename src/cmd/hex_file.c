/* The bytes of a file: an ELF's segments, the blocks of a UF2, what an ESP image loads, or a .bin from its base on. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "hex.h"
#include "memprof/esp_image.h"
#include "memprof/strbuf.h"
#include "memprof/uf2.h"
#include "message.h"

static int no_base(const struct hex_job *job, struct diag *diag)
{
	if (!job->base_given)
		return 0;
	return diag_at(diag, (struct place){ .file = job->source }, -EINVAL, "--base is for what has no addresses of"
		       " its own; this file has");
}

/* ---- kinds of files ---- */

static bool elf_is(const uint8_t *bytes, size_t n_bytes)
{
	return n_bytes >= 4 && memcmp(bytes, "\177ELF", 4) == 0;
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
		r = diag_at(diag, at, -EINVAL, "no block in it is for the main flash");
	if (family) {
		const char *name = uf2_family_name(family->id);
		if (uf2.n_families > 1)
			message_at(at, "note", "%zu families of chips are in it; this is the largest, %s", uf2.n_families,
				   name ? name : "which has no name");
		if (uf2.n_faults)
			message_at(at, "warning", "%" PRIu64 " blocks are left out; the first: block %" PRIu64 ": %s",
				   uf2.n_faults, uf2.faults[0].block, uf2.faults[0].what);
		r = add_family(job, &uf2, family);
		if (r < 0)
			r = diag_at(diag, at, r, r == -E2BIG ? "it has more than %d stretches of flash: no firmware has" :
				    "out of memory", MEMORY_RANGES_MAX);
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

static bool bin_is(const uint8_t *bytes, size_t n_bytes)
{
	(void)bytes;
	return n_bytes > 0;
}

static int bin_load(struct hex_job *job, struct diag *diag)
{
	if (memory_add(&job->memory, job->base, (const uint8_t *)job->blob.bytes, job->blob.n_bytes) == -EINVAL)
		return diag_at(diag, (struct place){ .file = job->source }, -EINVAL, "%zu bytes from 0x%" PRIx64
			       " on go beyond the last address", job->blob.n_bytes, job->base);
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
	return diag_at(diag, (struct place){ .file = job->source }, -ENOTSUP, "this is Intel HEX; make a .bin of it:"
		       " objcopy -I ihex -O binary FILE FILE.bin, and give its first address with --base");
}

static int srec_load(struct hex_job *job, struct diag *diag)
{
	return diag_at(diag, (struct place){ .file = job->source }, -ENOTSUP, "these are S-records; make a .bin of"
		       " them: objcopy -I srec -O binary FILE FILE.bin, and give its first address with --base");
}

/* The first that takes it. */
static const struct {
	const char *name;
	bool (*is)(const uint8_t *bytes, size_t n_bytes);
	int  (*load)(struct hex_job *job, struct diag *diag);
	bool cpu_only;          /* its bytes are no longer what they are in flash */
} kinds[] = {
	{ "elf", elf_is, elf_load, false },
	{ "uf2", uf2_is, uf2_load, false },
	{ "esp-image", esp_image_is, esp_load, true },
	{ "ihex", ihex_is, ihex_load, false },
	{ "srec", srec_is, srec_load, false },
	{ "bin", bin_is, bin_load, false },
};

/* ---- the file ---- */

static void say_not_there(const struct hex_job *job)
{
	struct strbuf has CLEANUP(strbuf_deinit) = STRBUF_INIT;
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
	message_at((struct place){ .file = job->source }, "error", "nothing of 0x%" PRIx64 "..0x%" PRIx64 " is in it; it"
		   " has %s", job->start, job->start + job->n_bytes - 1, n ? strbuf_text(&has) : "no bytes at all");
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
	if (kinds[i].load(job, &diag) < 0) {
		message_diag(&diag);
		return EXIT_INPUT;
	}
	memory_settle(&job->memory);
	if (hex_resolve(job) < 0)
		return EXIT_INPUT;
	if (!any_bytes(job)) {
		say_not_there(job);
		return EXIT_INPUT;
	}
	if (job->memory.doubled_bytes)
		message_at((struct place){ .file = job->source }, "warning", "%" PRIu64 " bytes are in it twice, and"
			   " differ", job->memory.doubled_bytes);
	job->format = kinds[i].name;
	return EXIT_FINE;
}
