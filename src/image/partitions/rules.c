/* The rules of ESP-IDF's generator for rows with offsets (verify() of gen_esp32part.py 1.5), and notes on rows
 * that are legal but probably mistakes. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/text.h"
#include "partitions/private.h"

enum {
	OTADATA_BYTES = 0x2000, /* two sectors, written in turn */
	NVS_LEAST_BYTES = 0x3000,
	NVS_READONLY_LEAST_BYTES = 0x1000,
};

/* ---- messages ---- */

void partition_note(struct partition_table *table, uint64_t line, const char *format, ...)
{
	struct partition_note *note;
	va_list args;

	if (table->n_notes == PARTITION_NOTES_MAX) /* a CSV may have any number of rows with faults */
		return;
	note = vec_add(table, notes);
	if (!note) {
		table->arena.error = -ENOMEM;
		return;
	}
	va_start(args, format);
	*note = (struct partition_note){ line, arena_vprintf(&table->arena, format, args) };
	va_end(args);
}

int partition_fault(const struct partition_table *table, const struct partition *row, uint32_t col, struct diag *diag,
		    const char *format, ...)
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

static bool is_data(const struct partition *row, uint32_t subtype)
{
	return row->type == PARTITION_TYPE_DATA && row->subtype == subtype;
}

/* ---- one row ---- */

typedef int row_rule(struct partition_table *t, const struct partition *row, struct diag *diag);

static int rule_32_bits(struct partition_table *t, const struct partition *row, struct diag *diag)
{
	if (row->offset > UINT32_MAX || row->size_bytes > UINT32_MAX ||
	    row->offset + row->size_bytes > (uint64_t)UINT32_MAX + 1)
		return partition_fault(t, row, 0, diag, "ends beyond 32 bits: at 0x%" PRIx64,
				       row->offset + row->size_bytes);
	return 0;
}

static int rule_alignment(struct partition_table *t, const struct partition *row, struct diag *diag)
{
	uint64_t align = row->type == PARTITION_TYPE_APP ? PARTITION_APP_ALIGN_BYTES : PARTITION_SECTOR_BYTES;

	if (row->offset % align)
		return partition_fault(t, row, 0, diag,
				       "offset 0x%" PRIx64 " is misaligned: %s begin at multiples of 0x%" PRIx64
				       "; the next one is 0x%" PRIx64,
				       row->offset, row->type == PARTITION_TYPE_APP ? "apps" : "partitions", align,
				       row->offset / align * align + align);
	if (row->type == PARTITION_TYPE_APP && row->size_bytes % PARTITION_SECTOR_BYTES)
		return partition_fault(t, row, 0, diag, "the size of an app, 0x%" PRIx64 ", is not a multiple of 0x%x",
				       row->size_bytes, PARTITION_SECTOR_BYTES);
	return 0;
}

static int rule_nvs(struct partition_table *t, const struct partition *row, struct diag *diag)
{
	if (!is_data(row, PARTITION_DATA_NVS))
		return 0;
	if (!(row->flags & PARTITION_READONLY) && row->size_bytes < NVS_LEAST_BYTES)
		return partition_fault(t, row, 0, diag, "a writable nvs needs 0x%x bytes or more; it has 0x%" PRIx64,
				       NVS_LEAST_BYTES, row->size_bytes);
	if (row->size_bytes < NVS_READONLY_LEAST_BYTES)
		return partition_fault(t, row, 0, diag, "a read-only nvs needs 0x%x bytes or more; it has 0x%" PRIx64,
				       NVS_READONLY_LEAST_BYTES, row->size_bytes);
	return 0;
}

static int rule_readonly(struct partition_table *t, const struct partition *row, struct diag *diag)
{
	if ((row->flags & PARTITION_READONLY) &&
	    (is_data(row, PARTITION_DATA_OTA) || is_data(row, PARTITION_DATA_COREDUMP)))
		return partition_fault(t, row, 0, diag, "must not be readonly: %s is written by the system",
				       partition_subtype_name(row->type, row->subtype));
	return 0;
}

static int rule_below_table(struct partition_table *t, const struct partition *row, struct diag *diag)
{
	uint64_t least = t->table_offset + PARTITION_SECTOR_BYTES;

	if (row->offset < least && !partition_is_primary(row))
		return partition_fault(t, row, 0, diag,
				       "offset 0x%" PRIx64 " lies below the end of the partition table, 0x%" PRIx64,
				       row->offset, least);
	return 0;
}

int partitions_check_row(struct partition_table *table, const struct partition *row, struct diag *diag)
{
	static row_rule *const rules[] = { rule_32_bits, rule_alignment, rule_nvs, rule_readonly, rule_below_table };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(rules); i++)
		r = rules[i](table, row, diag);
	return r;
}

static void note_oddities(struct partition_table *t, const struct partition *row)
{
	if (!row->size_bytes)
		partition_note(t, row->line, "\"%s\" is empty", row->name);
	else if (row->type != PARTITION_TYPE_APP && row->size_bytes % PARTITION_SECTOR_BYTES)
		partition_note(t, row->line,
			       "the size of \"%s\", 0x%" PRIx64
			       ", is not a multiple of 0x%x: the rest of its last sector is lost",
			       row->name, row->size_bytes, PARTITION_SECTOR_BYTES);
	if (partition_name_misleads(row))
		partition_note(t, row->line, "\"%s\" is also the name of another type or subtype than its own",
			       row->name);
	if ((row->type > PARTITION_TYPE_TABLE && row->type < PARTITION_TYPE_CUSTOM) || row->type == 0xff)
		partition_note(t, row->line, "type 0x%" PRIx32 " of \"%s\" is reserved; custom types are 0x40 to 0xfe",
			       row->type, row->name);
}

/* ---- several rows ---- */

static int rule_names(const struct partition_table *t, struct diag *diag)
{
	for (size_t i = 0; i < t->n_rows; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(t->rows[i].name, t->rows[k].name) == 0)
				return partition_fault(t, &t->rows[i], 0, diag,
						       "same name (first 16 bytes) as the partition in %s %" PRIu64,
						       t->source == PARTITION_FROM_CSV ? "line" : "entry",
						       t->rows[k].line);
	return 0;
}

static int by_offset(const void *a, const void *b)
{
	const struct partition *const *x = a, *const *y = b;

	if ((*x)->offset != (*y)->offset)
		return (*x)->offset < (*y)->offset ? -1 : 1;
	return (*x)->line < (*y)->line ? -1 : (*x)->line > (*y)->line;
}

static int rule_overlap(const struct partition_table *t, struct diag *diag)
{
	const struct partition *sorted[PARTITIONS_MAX], *last = NULL;

	for (size_t i = 0; i < t->n_rows; i++)
		sorted[i] = &t->rows[i];
	qsort(sorted, t->n_rows, sizeof(sorted[0]), by_offset);
	for (size_t i = 0; i < t->n_rows; i++) {
		if (partition_is_primary(sorted[i]))
			continue;
		if (last && sorted[i]->offset < last->offset + last->size_bytes)
			return partition_fault(t, sorted[i], 0, diag,
					       "overlaps \"%s\", which takes 0x%" PRIx64 " to 0x%" PRIx64, last->name,
					       last->offset, last->offset + last->size_bytes);
		last = sorted[i];
	}
	return 0;
}

static int rule_otadata(const struct partition_table *t, uint32_t subtype, const char *what, struct diag *diag)
{
	const struct partition *first = NULL;

	for (size_t i = 0; i < t->n_rows; i++) {
		const struct partition *row = &t->rows[i];
		if (!is_data(row, subtype))
			continue;
		if (first)
			return partition_fault(t, row, 0, diag, "only one %s is allowed, and \"%s\" is one", what,
					       first->name);
		if (row->size_bytes != OTADATA_BYTES)
			return partition_fault(t, row, 0, diag, "the size of %s must be 0x%x; it is 0x%" PRIx64, what,
					       OTADATA_BYTES, row->size_bytes);
		first = row;
	}
	return 0;
}

static int rule_flash_end(const struct partition_table *t, uint64_t flash_bytes, struct diag *diag)
{
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct partition *row = &t->rows[i];
		uint64_t end = row->offset + row->size_bytes;
		if (end > flash_bytes)
			return partition_fault(t, row, 0, diag,
					       "ends at 0x%" PRIx64 ", 0x%" PRIx64
					       " bytes beyond the end of the flash at 0x%" PRIx64,
					       end, end - flash_bytes, flash_bytes);
	}
	return 0;
}

/* ESP-IDF's bootloader starts the app that otadata names, otherwise factory, otherwise the first slot
 * (bootloader_utility.c). Without otadata esp_ota_set_boot_partition() has nowhere to write. */
static void note_start(struct partition_table *t)
{
	size_t n_apps = 0, n_slots = 0;
	bool otadata = false;

	for (size_t i = 0; i < t->n_rows; i++) {
		const struct partition *row = &t->rows[i];
		bool app = row->type == PARTITION_TYPE_APP;
		n_apps += app;
		n_slots += app && row->subtype >= PARTITION_APP_OTA_0 && row->subtype <= PARTITION_APP_OTA_15;
		otadata = otadata || is_data(row, PARTITION_DATA_OTA);
	}
	if (!t->n_rows)
		partition_note(t, 0, "the table has no rows: the board has nothing to boot");
	else if (!n_apps)
		partition_note(t, 0, "no partition of type app: the board has nothing to boot");
	else if (n_slots > 1 && !otadata)
		partition_note(t, 0,
			       "%zu slots for updates (ota_0 …), but no data, ota partition that selects one: an update"
			       " is never booted",
			       n_slots);
}

int partitions_check(struct partition_table *table, uint64_t flash_bytes, struct diag *diag)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < table->n_rows; i++) {
		r = partitions_check_row(table, &table->rows[i], diag);
		note_oddities(table, &table->rows[i]);
	}
	if (r == 0)
		r = rule_names(table, diag);
	if (r == 0)
		r = rule_overlap(table, diag);
	if (r == 0)
		r = rule_otadata(table, PARTITION_DATA_OTA, "data, ota", diag);
	if (r == 0)
		r = rule_otadata(table, PARTITION_DATA_TEE_OTA, "data, tee_ota", diag);
	if (r == 0)
		r = rule_flash_end(table, flash_bytes, diag);
	if (r == 0)
		note_start(table);
	return r;
}
