#include "memprof/input/kinds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/image/core.h"
#include "memprof/image/esp_image.h"
#include "memprof/image/image.h"
#include "memprof/image/uf2.h"
#include "memprof/io/blob.h"
#include "memprof/io/input_fd.h"
#include "memprof/objects/memory_file.h"
#include "memprof/protocol/decoder.h"
#include "recordings.h"

struct head {
	const char *name, *bytes;
	size_t n_bytes;
};

/* ---- how each is told ---- */

static bool has(const struct head *h, const char *words)
{
	return text_find(h->bytes, MIN(h->n_bytes, (size_t)4096), words) != NULL;
}

static bool is_image(const struct head *h, const struct image_format **ret)
{
	struct diag unused = { 0 };

	*ret = h->n_bytes > 0 ? image_format_of(h->name, h->bytes, h->n_bytes, &unused) : NULL;
	return *ret != NULL;
}

static bool is_recording(const struct head *h) { return recording_log_is((const uint8_t *)h->bytes, h->n_bytes); }

static bool is_memory(const struct head *h) { return memory_file_is(h->bytes, h->n_bytes); }

/* An ELF of type ET_CORE, of either byte order. */
static bool is_core(const struct head *h)
{
	return core_is_elf(h->bytes, h->n_bytes) && h->n_bytes > 17 && h->bytes[16] + h->bytes[17] == 4;
}

static bool is_elf(const struct head *h)
{
	const struct image_format *format;

	return is_image(h, &format) && format == &image_elf;
}

static bool is_partitions(const struct head *h)
{
	return has(h, "# ESP-IDF Partition Table") || (h->n_bytes > 2 && memcmp(h->bytes, "\xaa\x50", 2) == 0);
}

static bool is_firmware(const struct head *h)
{
	const uint8_t *bytes = (const uint8_t *)h->bytes;

	return uf2_is(bytes, h->n_bytes) || esp_image_is(bytes, h->n_bytes);
}

static bool is_log(const struct head *h)
{
	const struct decoder *decoder = decoder_for((const uint8_t *)h->bytes,
						    MIN(h->n_bytes, (size_t)DECODER_PROBE_BYTES));

	return (decoder && decoder != &decoder_mem_info) || has(h, "GC: total:");
}

static bool is_map(const struct head *h)
{
	const struct image_format *format;

	return is_image(h, &format) && !format->in_logs;
}

/* The output of a link, which may stand in what else is a log. */
static bool is_link(const struct head *h)
{
	const struct image_format *format;

	return is_image(h, &format);
}

/* The first that it is, by its name, its schema or what it has; else a log, as a dump may stand behind anything. */
static const struct kind {
	enum input_kind kind;
	const char *name;
	bool (*is)(const struct head *h);
	const char *schema; /* of a JSON document */
	const char *suffixes[4];
} kinds[] = {
	{ INPUT_RECORDING, "a recording", is_recording },
	{ INPUT_MEMORY, "a memory file", is_memory },
	{ INPUT_CORE, "a core file", is_core },
	{ INPUT_ELF, "an ELF", is_elf },
	{ INPUT_FIRMWARE, "a firmware image", is_firmware },
	{ INPUT_PROGRAM, "a program", .suffixes = { ".py" } },
	{ INPUT_SCRIPT, "a linker script", .suffixes = { ".ld", ".lds", ".ld.S", ".ld.in" } },
	{ INPUT_PROFILE, "an allocation profile", .schema = "\"memprof.sites/" },
	{ INPUT_BUDGET, "a budget", .schema = "\"memprof.budget/" },
	{ INPUT_BOARD_FILE, "a board file", .schema = "\"memprof.board/" },
	{ INPUT_PARTITIONS, "a partition table", is_partitions, .suffixes = { ".csv" } },
	{ INPUT_MAP, "a linker map", is_map },
	{ INPUT_LOG, "a log", is_log },
	{ INPUT_MAP, "the output of a link", is_link },
};

/* A document, not a log that quotes one. */
static bool is_document(const struct head *h)
{
	size_t i = 0;

	while (i < h->n_bytes && strchr(" \t\r\n", h->bytes[i]) && h->bytes[i])
		i++;
	return i < h->n_bytes && h->bytes[i] == '{';
}

static bool is_of(const struct kind *k, const struct head *h)
{
	size_t n = strlen(h->name), n_suffix;

	for (size_t i = 0; i < ARRAY_SIZE(k->suffixes) && k->suffixes[i]; i++) {
		n_suffix = strlen(k->suffixes[i]);
		if (n > n_suffix && strcmp(h->name + n - n_suffix, k->suffixes[i]) == 0)
			return true;
	}
	return (k->schema && is_document(h) && has(h, k->schema)) || (k->is && k->is(h));
}

const char *input_kind_name(enum input_kind kind)
{
	size_t i = 0;

	while (kinds[i].kind != kind)
		i++;
	return kinds[i].name;
}

enum input_kind input_kind_of(const char *name, const char *head, size_t n_bytes)
{
	const struct head h = { name, head, n_bytes };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (is_of(&kinds[i], &h))
			return kinds[i].kind;
	return INPUT_LOG;
}

int input_kind_read(const char *name, enum input_kind *ret, struct diag *diag)
{
	struct blob whole = { .bytes = NULL };
	int r = input_keep(name, diag);
	char *head = malloc(INPUT_HEAD_BYTES);

	if (!head)
		return diag_set(diag, -ENOMEM, "out of memory");
	size_t n = r == 0 ? blob_begin(name, head, INPUT_HEAD_BYTES) : 0;
	*ret = input_kind_of(name, head, n);
	if (r == 0 && n == 0 && strcmp(name, "-") != 0) /* what is wrong with it */
		r = blob_read(name, &whole, diag);
	blob_deinit(&whole);
	free(head);
	if (r == -ENOENT && strchr(name, '@')) {
		*ret = INPUT_RECORDING;
		r = 0;
	}
	return r;
}
