#include "memprof/partitions.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "memprof/esp_image.h"
#include "memprof/text.h"
#include "partitions_private.h"

/* ---- words about rows ---- */

void partition_note(struct partition_table *table, uint64_t line, const char *format, ...)
{
	char text[320];
	struct partition_note *note = vec_add(table, notes);
	va_list args;

	if (!note) {
		table->arena.error = -ENOMEM;
		return;
	}
	va_start(args, format);
	int n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	*note = (struct partition_note){ line, arena_text(&table->arena, text,
							  MIN((size_t)MAX(n, 0), sizeof(text) - 1)) };
}

int partition_fault(const struct partition_table *table, const struct partition *row, uint32_t col,
		    struct diag *diag, const char *format, ...)
{
	bool csv = table->source == PARTITION_FROM_CSV;
	CLEANUP(strbuf_deinit) struct strbuf name = STRBUF_INIT;
	char text[320], entry[40] = "";
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	text_visible(&name, row->name, strlen(row->name), false);
	if (!csv)
		snprintf(entry, sizeof(entry), "entry %" PRIu64 ", ", row->line);
	return diag_at(diag, (struct place){ table->name, csv ? row->line : 0, csv ? MAX(col, 1) : 0 }, -EINVAL,
		       "%spartition \"%s\": %s", entry, strbuf_text(&name), text);
}

/* ---- reading ---- */

/* A boot loader or table that is a row says where it is, and the binary has their real places. */
static void learn_from_primaries(struct partition_table *t, const struct partition_options *options)
{
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct partition *row = &t->rows[i];
		if (!partition_is_primary(row))
			continue;
		if (row->type == PARTITION_TYPE_BOOTLOADER && options->bootloader_offset == NOT_KNOWN)
			t->bootloader_offset = row->offset;
		if (row->type == PARTITION_TYPE_TABLE && options->table_offset == NOT_KNOWN &&
		    t->source == PARTITION_FROM_TABLE)
			t->table_offset = row->offset;
	}
}

/* What the images in a dump use of their partitions; 0 where an app partition is erased or holds none. */
static void measure_apps(struct partition_table *t, const uint8_t *bytes, size_t n_bytes)
{
	struct esp_image image;

	for (size_t i = 0; i < t->n_rows; i++) {
		struct partition *row = &t->rows[i];
		if (row->type != PARTITION_TYPE_APP || row->offset >= n_bytes)
			continue;
		size_t n_there = MIN(n_bytes - row->offset, row->size_bytes);
		if (bytes[row->offset] == 0xff) {
			row->used_bytes = 0;
			continue;
		}
		struct diag why = { .text = "" };
		if (esp_image_read(&image, t->name, bytes + row->offset, n_there, &why) == 0)
			row->used_bytes = image.slot_bytes;
		else
			partition_note(t, row->line, "no whole app image is in \"%s\": %s", row->name, why.text);
	}
}

static int read_dump(struct partition_table *t, const uint8_t *bytes, size_t n_bytes, uint64_t wanted,
		     struct diag *diag)
{
	uint64_t at = partitions_find(bytes, n_bytes, wanted);

	if (at == NOT_KNOWN && wanted != NOT_KNOWN)
		return diag_at(diag, (struct place){ .file = t->name }, -EINVAL, "no partition table at 0x%" PRIx64
			       ": expected entries that begin with aa 50", wanted);
	if (at == NOT_KNOWN)
		return diag_at(diag, (struct place){ .file = t->name }, -EINVAL, "this is no partitions.csv (not UTF-8 text)"
			       ", no binary table (aa 50), and has no table at 0x8000 or elsewhere up to 0x20000, as a dump"
			       " of flash would; if its table lies elsewhere, say where");
	t->source = PARTITION_FROM_DUMP;
	t->table_offset = at;
	return partitions_read_table(t, bytes + at, n_bytes - at, at, diag);
}

int partition_table_read(struct partition_table *table, const char *name, const void *bytes, size_t n_bytes,
			 const struct partition_options *options, struct diag *diag)
{
	int r;

	*table = (struct partition_table){ .name = name, .bootloader_offset = options->bootloader_offset,
					   .table_offset = options->table_offset };
	if (options->table_offset == NOT_KNOWN)
		table->table_offset = PARTITION_TABLE_OFFSET;
	if (table->table_offset % PARTITION_SECTOR_BYTES || table->table_offset > UINT32_MAX)
		return diag_set(diag, -EINVAL, "the offset of the partition table, 0x%" PRIx64 ", must be a multiple of 0x%x",
				table->table_offset, PARTITION_SECTOR_BYTES);
	if (options->bootloader_offset != NOT_KNOWN && options->bootloader_offset >= table->table_offset)
		return diag_set(diag, -EINVAL, "the boot loader, at 0x%" PRIx64 ", must lie below the partition table, at 0x%"
				PRIx64, options->bootloader_offset, table->table_offset);
	if (partition_is_table(bytes, n_bytes)) {
		table->source = PARTITION_FROM_TABLE;
		r = partitions_read_table(table, bytes, n_bytes, 0, diag);
	} else if (partition_is_csv(bytes, n_bytes)) {
		r = partitions_read_csv(table, bytes, n_bytes, diag);
	} else {
		r = read_dump(table, bytes, n_bytes, options->table_offset, diag);
	}
	if (r < 0)
		return r;
	learn_from_primaries(table, options);
	r = partitions_check(table, options->flash_bytes, diag);
	if (r < 0)
		return r;
	if (table->source == PARTITION_FROM_DUMP)
		measure_apps(table, bytes, n_bytes);
	if (!table->n_rows)
		partition_note(table, 0, "the table has no rows");
	return arena_error(&table->arena);
}

void partition_table_deinit(struct partition_table *table)
{
	vec_deinit(table, rows);
	vec_deinit(table, notes);
	arena_deinit(&table->arena);
}

/* ---- questions ---- */

uint64_t partition_table_end(const struct partition_table *table)
{
	uint64_t end = table->table_offset + PARTITION_SECTOR_BYTES;

	for (size_t i = 0; i < table->n_rows; i++)
		end = MAX(end, table->rows[i].offset + table->rows[i].size_bytes);
	return end;
}

/* MicroPython, ports/esp32: the partition is registered at boot if esp_partition_find_first() knows neither name. */
bool partition_table_vfs(const struct partition_table *table, uint64_t flash_bytes, struct partition_vfs *ret)
{
	uint64_t end = partition_table_end(table);
	bool assumed = flash_bytes == NOT_KNOWN;

	for (size_t i = 0; i < table->n_rows; i++)
		if (strcmp(table->rows[i].name, "vfs") == 0 || strcmp(table->rows[i].name, "ffat") == 0)
			return false;
	for (uint64_t power = 1; assumed; power <<= 1)
		if (power >= end) {
			flash_bytes = power;
			break;
		}
	if (flash_bytes <= end)
		return false;
	*ret = (struct partition_vfs){ end, flash_bytes - end, flash_bytes, assumed };
	return true;
}

static bool is_slot(const struct partition *row, enum partition_fit_kind kind)
{
	bool tee = row->subtype == PARTITION_APP_TEE_0 || row->subtype == PARTITION_APP_TEE_1;

	return row->type == PARTITION_TYPE_APP && tee == (kind == PARTITION_FIT_TEE);
}

/* github.com/adafruit/tinyuf2: its own place is an app partition, subtype factory. */
static bool is_tinyuf2(const struct partition *row)
{
	return row->subtype == PARTITION_APP_FACTORY && strcmp(row->name, "uf2") == 0;
}

static enum partition_verdict verdict_of(const struct partition_fit *fit, size_t n_fitting)
{
	const uint64_t tight_percent = 5;       /* ESP-IDF, check_sizes.py */

	if (!fit->n_slots)
		return PARTITION_NO_SLOTS;
	if (n_fitting < fit->n_slots)
		return n_fitting ? PARTITION_FITS_SOME : PARTITION_FITS_NONE;
	return fit->smallest->free_bytes < fit->smallest->row->size_bytes * tight_percent / 100 ?
	       PARTITION_FITS_TIGHTLY : PARTITION_FITS;
}

void partition_table_fit(const struct partition_table *table, uint64_t image_bytes, enum partition_fit_kind kind,
			 struct partition_fit *ret)
{
	size_t n_apps = 0, n_fitting = 0;

	*ret = (struct partition_fit){ .image_bytes = image_bytes };
	for (size_t i = 0; i < table->n_rows; i++)
		n_apps += is_slot(&table->rows[i], kind);
	for (size_t i = 0; i < table->n_rows && ret->n_slots < PARTITIONS_MAX; i++) {
		const struct partition *row = &table->rows[i];
		if (!is_slot(row, kind) || (n_apps > 1 && is_tinyuf2(row)))
			continue;
		struct partition_slot *slot = &ret->slots[ret->n_slots++];
		*slot = (struct partition_slot){ .row = row };
		if (image_bytes <= row->size_bytes)
			slot->free_bytes = row->size_bytes - image_bytes;
		else
			slot->over_bytes = image_bytes - row->size_bytes;
		n_fitting += !slot->over_bytes;
		if (!ret->smallest || row->size_bytes < ret->smallest->row->size_bytes)
			ret->smallest = slot;
	}
	ret->verdict = verdict_of(ret, n_fitting);
	if (ret->smallest && ret->smallest->row->size_bytes)
		ret->free_permille = (uint32_t)(ret->smallest->free_bytes * 1000 / ret->smallest->row->size_bytes);
}
