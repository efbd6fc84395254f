#include "memprof/image/partitions.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/bytes.h"
#include "memprof/base/text.h"
#include "memprof/image/esp_image.h"
#include "memprof/image/foreign.h"
#include "memprof/image/image.h"
#include "partitions/private.h"

/* ---- reading ---- */

/* Rows for the bootloader and the table have their offsets; in a binary table these are the real ones. */
static void set_offsets_from_rows(struct partition_table *t, const struct partition_options *options)
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

/* Checks the options, and again the values of the input. */
static int check_offsets(const struct partition_table *t, struct diag *diag)
{
	struct place place = { .file = t->name };

	if (t->table_offset % PARTITION_SECTOR_BYTES || t->table_offset > UINT32_MAX)
		return diag_at(diag, place, -EINVAL,
			       "the offset of the partition table, 0x%" PRIx64
			       ", must be a multiple of 0x%x, below 4 GiB",
			       t->table_offset, PARTITION_SECTOR_BYTES);
	if (t->bootloader_offset != NOT_KNOWN && t->bootloader_offset >= t->table_offset)
		return diag_at(diag, place, -EINVAL,
			       "the bootloader, at 0x%" PRIx64 ", must lie below the partition table, at 0x%" PRIx64,
			       t->bootloader_offset, t->table_offset);
	return 0;
}

static void set_chip(struct partition_table *t, const struct esp_chip *chip)
{
	t->chip = chip;
	if (chip && t->bootloader_offset == NOT_KNOWN && chip->bootloader_offset < t->table_offset)
		t->bootloader_offset = chip->bootloader_offset;
}

/* The bytes that app images in a dump use of their partitions; 0 in an erased one. */
static void measure_apps(struct partition_table *t, const struct partition_dump *dump)
{
	struct esp_image image;

	for (size_t i = 0; i < t->n_rows; i++) {
		struct partition *row = &t->rows[i];
		if (row->type != PARTITION_TYPE_APP || row->offset < dump->base ||
		    row->offset - dump->base >= dump->n_bytes)
			continue;
		const uint8_t *there = dump->bytes + (row->offset - dump->base);
		size_t n_there = MIN(dump->n_bytes - (row->offset - dump->base), row->size_bytes);
		if (*there == 0xff) {
			row->used_bytes = 0;
			continue;
		}
		struct diag why = { .text = "" };
		if (esp_image_read(&image, t->name, there, n_there, &why) < 0) {
			partition_note(t, row->line, "no complete app image in \"%s\": %s", row->name, why.text);
			continue;
		}
		row->used_bytes = image.slot_bytes;
		if (!image.checksum_good || !image.hash_good)
			partition_note(t, row->line,
				       "the %s of the app image in \"%s\" is wrong: the board will not start it",
				       image.checksum_good ? "hash" : "checksum", row->name);
		if (!t->chip)
			set_chip(t, image.chip);
	}
}

static const uint16_t bootloader_offsets[] = { 0, 0x1000, 0x2000 }; /* of all chips (esp_chip.c) */

/* A dump of the whole flash has the bootloader where the chip's ROM expects it. A dump that begins with it starts at
 * that offset, as MicroPython's files do (ports/esp32/makeimg.py). */
static void find_bootloader(struct partition_table *t, struct partition_dump *dump)
{
	struct esp_image image;

	for (size_t i = 0; i < ARRAY_SIZE(bootloader_offsets) && !t->chip; i++) {
		size_t at = bootloader_offsets[i];
		if (at >= dump->n_bytes || !esp_image_is(dump->bytes + at, dump->n_bytes - at) ||
		    esp_image_read(&image, t->name, dump->bytes + at, dump->n_bytes - at, NULL) < 0 || !image.chip ||
		    (at > 0 && image.chip->bootloader_offset != at))
			continue;
		t->chip = image.chip;
		t->bootloader_bytes = image.slot_bytes;
	}
	if (!t->chip)
		return;
	if (t->bootloader_offset == NOT_KNOWN)
		t->bootloader_offset = t->chip->bootloader_offset;
	if (esp_image_is(dump->bytes, dump->n_bytes))
		dump->base = t->bootloader_offset;
	if (dump->base)
		partition_note(t, 0,
			       "begins with the bootloader of an %s: its first byte is at 0x%" PRIx64 " of the flash",
			       t->chip->title, dump->base);
}

/* Flash sizes are powers of two. A file that a build joins ends with its last part. */
static bool is_whole_flash(const struct partition_dump *dump)
{
	const size_t least_bytes = 1 << 20;

	return !dump->base && dump->n_bytes >= least_bytes && !(dump->n_bytes & (dump->n_bytes - 1));
}

static int read_dump(struct partition_table *t, struct partition_dump *dump, uint64_t wanted, struct diag *diag)
{
	struct place place = { .file = t->name };

	find_bootloader(t, dump);
	uint64_t at = partitions_find(dump, wanted);
	if (at == NOT_KNOWN && wanted != NOT_KNOWN)
		return diag_at(diag, place, -EINVAL,
			       "no partition table at 0x%" PRIx64 ": expected entries that begin with aa 50", wanted);
	if (at == NOT_KNOWN && esp_image_is(dump->bytes, dump->n_bytes))
		return diag_at(diag, place, -EINVAL,
			       "an ESP image (app or bootloader) without a partition table; give partitions.csv or"
			       " partition-table.bin of the same build");
	if (at == NOT_KNOWN)
		return diag_at(
			diag, place, -EINVAL,
			"not a partitions.csv (%s), not a binary table (aa 50), and not a flash dump with a table"
			" at 0x8000 or elsewhere up to 0x20000; memprof layout --table-offset sets another offset",
			partition_is_text((const char *)dump->bytes, dump->n_bytes) ? "text, but more than 1 MiB" :
										      "not UTF-8 text");
	t->source = PARTITION_FROM_DUMP;
	t->table_offset = at;
	if (is_whole_flash(dump))
		t->flash_bytes = dump->n_bytes;
	at -= dump->base;
	return partitions_read_table(t, dump->bytes + at, dump->n_bytes - at, at, diag);
}

/* Names the option that reads this kind of file. Only for a refused one: the comments of a good table may look like
 * anything. */
static int refuse_other(const struct partition_table *t, const struct partition_dump *dump, int r, struct diag *diag)
{
	const char *bytes = (const char *)dump->bytes, *hint = NULL;
	bool is_table = false;

	if (r != -EINVAL)
		return r;
	if (text_starts(bytes, dump->n_bytes, "\177ELF"))
		hint = "this is an ELF; give it with --elf";
	else
		hint = foreign_text_hint(bytes, dump->n_bytes, &is_table);
	return !hint || is_table ?
		       r :
		       diag_at(diag, (struct place){ .file = t->name }, r, "%s; expected a partition table", hint);
}

static int read_rows(struct partition_table *t, struct partition_dump *dump, uint64_t wanted, struct diag *diag)
{
	const char *text = (const char *)dump->bytes;

	if (partition_is_table(dump->bytes, dump->n_bytes)) {
		t->source = PARTITION_FROM_TABLE;
		return partitions_read_table(t, dump->bytes, dump->n_bytes, 0, diag);
	}
	int r = partition_is_csv(text, dump->n_bytes) ? partitions_read_csv(t, text, dump->n_bytes, diag) :
							read_dump(t, dump, wanted, diag);
	return refuse_other(t, dump, r, diag);
}

int partition_table_read(struct partition_table *table, const char *name, const void *bytes, size_t n_bytes,
			 const struct partition_options *options, struct diag *diag)
{
	struct partition_dump dump = { .bytes = bytes, .n_bytes = n_bytes };

	*table = (struct partition_table){ .name = name,
					   .bootloader_offset = options->bootloader_offset,
					   .bootloader_bytes = NOT_KNOWN,
					   .flash_bytes = NOT_KNOWN,
					   .table_offset = options->table_offset };
	if (options->table_offset == NOT_KNOWN)
		table->table_offset = PARTITION_TABLE_OFFSET;
	int r = check_offsets(table, diag);
	if (r == 0)
		r = read_rows(table, &dump, options->table_offset, diag);
	table->dump_base = dump.base;
	if (r == 0) {
		set_offsets_from_rows(table, options);
		r = check_offsets(table, diag);
	}
	if (r == 0)
		r = partitions_check(table, options->flash_bytes, diag);
	if (r == 0 && table->source == PARTITION_FROM_DUMP)
		measure_apps(table, &dump);
	if (r == 0)
		r = arena_error(&table->arena);
	return r == -ENOMEM ? diag_at(diag, (struct place){ .file = name }, r, "out of memory") : r;
}

/* ---- the app of a dump ---- */

bool partition_dump_is(const uint8_t *bytes, size_t n_bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(bootloader_offsets); i++) {
		const struct partition_dump dump = { bytes, n_bytes, bootloader_offsets[i] };
		bool may_be = dump.base == 0 || esp_image_is(bytes, n_bytes); /* it begins with the bootloader */
		if (may_be && partitions_find(&dump, PARTITION_TABLE_OFFSET) != NOT_KNOWN)
			return true;
	}
	return false;
}

static bool in_dump(const struct partition_table *t, size_t n_bytes, uint64_t offset, size_t least, size_t *ret_at)
{
	if (offset < t->dump_base || offset - t->dump_base > n_bytes || n_bytes - (offset - t->dump_base) < least)
		return false;
	*ret_at = (size_t)(offset - t->dump_base);
	return true;
}

/* esp_rom_crc32_le(UINT32_MAX, &number, 4), which inverts its start value and its result. */
static uint32_t crc_of(uint32_t number)
{
	for (int i = 0; i < 32; i++)
		number = number >> 1 ^ (number & 1 ? 0xedb88320 : 0);
	return ~number;
}

/* The number of the slot that the newest of two entries names, from 1 and not divided by how many there are; 0: neither
 * is valid (ESP-IDF, esp_ota_select_entry_t). */
static uint32_t newest_ota(const struct partition_table *t, const uint8_t *bytes, size_t n_bytes)
{
	enum { ENTRY_BYTES = 32, STATE_AT = 24, CRC_AT = 28, STATE_INVALID = 3, STATE_ABORTED = 4 };
	uint32_t newest = 0;
	size_t at;

	for (size_t i = 0; i < 2 * t->n_rows; i++) {
		const struct partition *row = &t->rows[i / 2];
		if (row->type != PARTITION_TYPE_DATA || row->subtype != PARTITION_DATA_OTA ||
		    !in_dump(t, n_bytes, row->offset + i % 2 * PARTITION_SECTOR_BYTES, ENTRY_BYTES, &at))
			continue;
		uint32_t number = bytes_u32(bytes + at), state = bytes_u32(bytes + at + STATE_AT);
		if (bytes_u32(bytes + at + CRC_AT) == crc_of(number) && number != UINT32_MAX &&
		    state != STATE_INVALID && state != STATE_ABORTED)
			newest = MAX(newest, number);
	}
	return newest;
}

const struct partition *partition_table_app(const struct partition_table *t, const uint8_t *bytes, size_t n_bytes,
					    size_t *ret_at)
{
	uint32_t newest = newest_ota(t, bytes, n_bytes), n_slots = 0, best = UINT32_MAX;
	const struct partition *app = NULL;

	for (size_t i = 0; i < t->n_rows; i++)
		n_slots += t->rows[i].type == PARTITION_TYPE_APP && t->rows[i].subtype >= PARTITION_APP_OTA_0 &&
			   t->rows[i].subtype <= PARTITION_APP_OTA_15;
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct partition *row = &t->rows[i];
		size_t at;
		if (row->type != PARTITION_TYPE_APP || row->subtype > PARTITION_APP_OTA_15 || row->used_bytes == 0 ||
		    row->used_bytes == NOT_KNOWN || !in_dump(t, n_bytes, row->offset, 1, &at))
			continue;
		bool is_newest = newest > 0 && n_slots > 0 &&
				 row->subtype == PARTITION_APP_OTA_0 + (newest - 1) % n_slots;
		uint32_t rank = is_newest ? 0 : 1 + row->subtype;
		if (rank < best) {
			best = rank;
			app = row;
			*ret_at = at;
		}
	}
	return app;
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

/* MicroPython, ports/esp32: the partition is registered at boot if esp_partition_find_first() finds neither name. */
bool partition_table_vfs(const struct partition_table *table, uint64_t flash_bytes, struct partition_vfs *ret)
{
	uint64_t end = partition_table_end(table);
	bool assumed = flash_bytes == NOT_KNOWN;
	static const char *const names[] = { "vfs", "ffat", "user_fs" };

	for (size_t i = 0; i < table->n_rows; i++)
		for (size_t k = 0; k < ARRAY_SIZE(names); k++)
			if (strcmp(table->rows[i].name, names[k]) == 0)
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

/* github.com/adafruit/tinyuf2: it lies in an app partition of subtype factory. */
static bool is_tinyuf2(const struct partition *row)
{
	return row->subtype == PARTITION_APP_FACTORY && strcmp(row->name, "uf2") == 0;
}

static enum partition_verdict verdict_of(const struct partition_fit *fit, size_t n_fitting)
{
	const uint64_t tight_percent = 5; /* ESP-IDF, check_sizes.py */

	if (!fit->n_slots)
		return PARTITION_NO_SLOTS;
	if (n_fitting < fit->n_slots)
		return n_fitting ? PARTITION_FITS_SOME : PARTITION_FITS_NONE;
	return fit->smallest->free_bytes < fit->smallest->row->size_bytes * tight_percent / 100 ?
		       PARTITION_FITS_TIGHTLY :
		       PARTITION_FITS;
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
