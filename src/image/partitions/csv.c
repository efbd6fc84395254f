/* partitions.csv, with the grammar of ESP-IDF's generator in Python: no quotes, no header row, no comment behind a row;
 * text after the sixth field is ignored. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/strbuf.h"
#include "memprof/base/text.h"
#include "memprof/base/vec.h"
#include "partitions/private.h"

enum { FIELD_NAME, FIELD_TYPE, FIELD_SUBTYPE, FIELD_OFFSET, FIELD_SIZE, FIELD_FLAGS, N_FIELDS };
enum { ROWS_WITH_MD5 = PARTITION_TABLE_BYTES / 32 - 2 }; /* the checksum and the end mark take two entries */

/* A slice of a line. */
struct csv_field {
	const char *text;
	size_t n_bytes;
	uint32_t col; /* of its first byte, from 1 */
};

struct csv_row {
	struct csv_field fields[N_FIELDS];
	struct partition partition;
	bool needs_offset;  /* the field is empty */
	int64_t size_bytes; /* < 0: the end address, negated */
};

struct csv {
	struct partition_table *table;
	struct diag *diag;
	uint64_t line;
	uint64_t end; /* of the last row */
	struct csv_row *row;
};

bool partition_is_text(const char *bytes, size_t n_bytes)
{
	const uint8_t *p = (const uint8_t *)bytes, *end = p + n_bytes;

	while (p < end) {
		size_t n = *p ? text_utf8(p, end, NULL) : 0;
		if (!n)
			return false;
		p += n;
	}
	return true;
}

bool partition_is_csv(const char *bytes, size_t n_bytes)
{
	return n_bytes <= PARTITION_CSV_MAX_BYTES && partition_is_text(bytes, n_bytes);
}

/* ---- fields ---- */

static int field_fault(struct csv *csv, int i_field, const char *what)
{
	static const char *const names[N_FIELDS] = { "name", "type", "subtype", "offset", "size", "flag" };
	const struct csv_field *f = &csv->row->fields[i_field];
	CLEANUP(strbuf_deinit) struct strbuf shown = STRBUF_INIT;

	text_visible(&shown, f->text, MIN(f->n_bytes, (size_t)60), false);
	return diag_at(csv->diag, (struct place){ csv->table->name, csv->line, f->col }, -EINVAL, "%s \"%s%s\": %s",
		       names[i_field], strbuf_text(&shown), f->n_bytes > 60 ? "…" : "", what);
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

static struct csv_field trimmed(const char *line, const char *from, const char *to)
{
	while (from < to && is_blank(*from))
		from++;
	while (to > from && is_blank(to[-1]))
		to--;
	return (struct csv_field){ from, (size_t)(to - from), (uint32_t)(from - line) + 1 };
}

static void split(const char *line, const char *end, struct csv_field fields[N_FIELDS])
{
	const char *p = line;

	for (int i = 0; i < N_FIELDS; i++) {
		const char *comma = p < end ? memchr(p, ',', (size_t)(end - p)) : NULL;
		fields[i] = trimmed(line, p, comma ? comma : end);
		p = comma ? comma + 1 : end;
	}
}

static bool starts_variable(char c) { return c == '{' || c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/* The generator expands $NAME and ${NAME} from the environment of the build, which is unknown here. */
static int refuse_variables(struct csv *csv)
{
	for (int i = 0; i < N_FIELDS; i++) {
		const struct csv_field *f = &csv->row->fields[i];
		const char *end = f->text + f->n_bytes;
		const char *dollar = f->n_bytes ? memchr(f->text, '$', f->n_bytes) : NULL;

		if (dollar && dollar + 1 < end && starts_variable(dollar[1]))
			return field_fault(csv, i,
					   "variables of the build's environment are not expanded; write the value");
	}
	return 0;
}

/* A number of one byte, or a word. */
static int read_type(struct csv *csv)
{
	const struct csv_field *f = &csv->row->fields[FIELD_TYPE];
	int64_t value = 0;

	if (!f->n_bytes)
		return field_fault(csv, FIELD_TYPE,
				   "must not be empty: app, data, or a number from 0x40 to 0xfe (fields are separated"
				   " by commas, not by tabs or semicolons)");
	int r = partition_number(f->text, f->n_bytes, &value);
	if (r == -EINVAL)
		value = partition_type_of(f->text, f->n_bytes);
	if (r == -EINVAL && value < 0)
		return field_fault(csv, FIELD_TYPE,
				   "unknown keyword; expected app, data, bootloader, partition_table or a number"
				   " (a header line must begin with #)");
	if (value < 0 || value > 0xff)
		return field_fault(csv, FIELD_TYPE, "must be from 0 to 0xff");
	csv->row->partition.type = (uint32_t)value;
	return 0;
}

static int unknown_subtype(struct csv *csv)
{
	const struct csv_field *f = &csv->row->fields[FIELD_SUBTYPE];
	uint32_t type = csv->row->partition.type;

	if (!partition_type_has_subtype_names(type))
		return field_fault(csv, FIELD_SUBTYPE, "bad number; custom types have no names for subtypes");
	if (type == PARTITION_TYPE_APP && text_starts(f->text, f->n_bytes, "ota_"))
		return field_fault(csv, FIELD_SUBTYPE, "unknown keyword; the slots are ota_0 to ota_15");
	partition_note(csv->table, csv->line,
		       "ESP-IDF has no subtype \"%.*s\": the build fails unless the project adds it"
		       " (EXTRA_PARTITION_SUBTYPES)",
		       (int)MIN(f->n_bytes, (size_t)60), f->text);
	csv->row->partition.subtype = PARTITION_SUBTYPE_OTHER;
	return 0;
}

static int read_subtype(struct csv *csv)
{
	const struct csv_field *f = &csv->row->fields[FIELD_SUBTYPE];
	struct partition *row = &csv->row->partition;
	int64_t value = 0;

	if (!f->n_bytes && row->type == PARTITION_TYPE_APP)
		return field_fault(csv, FIELD_SUBTYPE, "an app needs a subtype: factory, test, ota_0 to ota_15");
	if (!f->n_bytes) {
		row->subtype = PARTITION_DATA_UNDEFINED;
		return 0;
	}
	int r = partition_number(f->text, f->n_bytes, &value);
	if (r == -EINVAL) {
		value = partition_subtype_of(row->type, f->text, f->n_bytes);
		if (value < 0)
			return unknown_subtype(csv);
	}
	if (value < 0 || value > 0xff)
		return field_fault(csv, FIELD_SUBTYPE, "must be from 0 to 0xff");
	row->subtype = (uint32_t)value;
	return 0;
}

static int read_number(struct csv *csv, int i_field, int64_t *ret)
{
	const struct csv_field *f = &csv->row->fields[i_field];
	int r = partition_number(f->text, f->n_bytes, ret);

	if (r == -ERANGE || (r == 0 && (*ret > UINT32_MAX || *ret < -(int64_t)UINT32_MAX)))
		return field_fault(csv, i_field, "more than 32 bits: flash ends at 4 GiB");
	return r < 0 ? field_fault(csv, i_field,
				   "bad number; expected a number such as 4096, 0x1000, 4K or 1M (not 010, and no"
				   " comment behind it)") :
		       0;
}

/* Bootloaders and tables have fixed places and sizes: their fields are not read. */
static int fixed_place(struct csv *csv)
{
	struct partition *row = &csv->row->partition;
	struct partition_table *t = csv->table;
	bool loader = row->type == PARTITION_TYPE_BOOTLOADER, primary = partition_is_primary(row);

	if (loader && !primary && t->bootloader_offset == NOT_KNOWN)
		return field_fault(csv, FIELD_SIZE,
				   "the size of a bootloader depends on the chip; give --board, --map or --elf");
	if (loader && t->bootloader_offset == NOT_KNOWN)
		partition_note(t, csv->line,
			       "the offset of the bootloader depends on the chip, which is not known: assumed to be 0");
	uint64_t loader_at = t->bootloader_offset == NOT_KNOWN ? 0 : t->bootloader_offset;
	csv->row->size_bytes = loader ? (int64_t)(t->table_offset - loader_at) : PARTITION_SECTOR_BYTES;
	if (primary)
		row->offset = loader ? loader_at : t->table_offset;
	return 0;
}

static int read_offset_and_size(struct csv *csv)
{
	struct partition *row = &csv->row->partition;
	bool fixed = row->type == PARTITION_TYPE_BOOTLOADER || row->type == PARTITION_TYPE_TABLE;
	int64_t offset = 0;
	int r = fixed ? fixed_place(csv) : 0;

	if (r < 0 || partition_is_primary(row))
		return r;
	csv->row->needs_offset = !csv->row->fields[FIELD_OFFSET].n_bytes;
	if (!csv->row->needs_offset) {
		r = read_number(csv, FIELD_OFFSET, &offset);
		if (r < 0)
			return r;
		if (offset < 0)
			return field_fault(csv, FIELD_OFFSET, "must not be negative");
		row->offset = (uint64_t)offset;
	}
	if (fixed)
		return 0;
	if (!csv->row->fields[FIELD_SIZE].n_bytes)
		return field_fault(csv, FIELD_SIZE,
				   "must not be empty; expected a size such as 0x6000, 24K or 1M (only an offset may"
				   " be left out)");
	return read_number(csv, FIELD_SIZE, &csv->row->size_bytes);
}

static int read_flags(struct csv *csv)
{
	static const struct {
		const char *word;
		uint32_t bit;
	} flags[] = {
		{ "encrypted", PARTITION_ENCRYPTED },
		{ "readonly", PARTITION_READONLY },
	};
	const struct csv_field *f = &csv->row->fields[FIELD_FLAGS];
	const char *p = f->text, *end = p + f->n_bytes;

	while (p < end) {
		const char *colon = memchr(p, ':', (size_t)(end - p));
		size_t n = (size_t)((colon ? colon : end) - p), i;
		for (i = 0; i < ARRAY_SIZE(flags); i++)
			if (strlen(flags[i].word) == n && memcmp(flags[i].word, p, n) == 0)
				break;
		if (n && i == ARRAY_SIZE(flags))
			return field_fault(
				csv, FIELD_FLAGS,
				"unknown flag; expected encrypted, readonly, or both with a ':' between them (a"
				" comment needs a line of its own)");
		if (n)
			csv->row->partition.flags |= flags[i].bit;
		p += n + (colon != NULL);
	}
	return 0;
}

static void read_name(struct csv *csv)
{
	const struct csv_field *f = &csv->row->fields[FIELD_NAME];
	struct partition *row = &csv->row->partition;

	memcpy(row->name, f->text, MIN(f->n_bytes, (size_t)PARTITION_NAME_BYTES));
	if (f->n_bytes > PARTITION_NAME_BYTES)
		partition_note(csv->table, csv->line, "the name is longer than 16 bytes: the board sees \"%s\"",
			       row->name);
	else if (!f->n_bytes)
		partition_note(csv->table, csv->line, "the name is empty");
}

/* ---- placing ---- */

static int place_row(struct csv *csv)
{
	struct partition *row = &csv->row->partition;
	uint64_t align = row->type == PARTITION_TYPE_APP ? PARTITION_APP_ALIGN_BYTES : PARTITION_SECTOR_BYTES;
	uint64_t table_end = csv->table->table_offset + PARTITION_SECTOR_BYTES;
	int64_t size_bytes = csv->row->size_bytes;

	if (partition_is_primary(row)) {
		row->size_bytes = (uint64_t)size_bytes;
		return 0;
	}
	if (csv->row->needs_offset)
		row->offset = (csv->end + align - 1) / align * align;
	else if (row->offset < table_end)
		return partition_fault(csv->table, row, csv->row->fields[FIELD_OFFSET].col, csv->diag,
				       "offset 0x%" PRIx64 " overlaps the partition table, which ends at 0x%" PRIx64,
				       row->offset, table_end);
	if (size_bytes < 0)
		size_bytes = -size_bytes - (int64_t)row->offset;
	if (size_bytes < 0)
		return partition_fault(csv->table, row, csv->row->fields[FIELD_SIZE].col, csv->diag,
				       "ends at 0x%" PRIx64 ", before its start at 0x%" PRIx64,
				       (uint64_t)-csv->row->size_bytes, row->offset);
	row->size_bytes = (uint64_t)size_bytes;
	return 0;
}

/* Checked before comparing rows: a misaligned row may make the next one look wrong. */
static int check_row(struct csv *csv) { return partitions_check_row(csv->table, &csv->row->partition, csv->diag); }

static int check_order(struct csv *csv)
{
	const struct partition *row = &csv->row->partition;

	if (partition_is_primary(row))
		return 0;
	if (row->offset < csv->end)
		return partition_fault(csv->table, row, csv->row->fields[FIELD_OFFSET].col, csv->diag,
				       "offset 0x%" PRIx64 " overlaps the row before it, which ends at 0x%" PRIx64
				       "; rows must be in ascending order",
				       row->offset, csv->end);
	csv->end = row->offset + row->size_bytes;
	return 0;
}

/* ---- lines ---- */

static bool is_row(const char *line, const char *end)
{
	struct csv_field all = trimmed(line, line, end);

	return all.n_bytes && *all.text != '#';
}

/* Parses the row of one line into csv->row. */
static int read_row(struct csv *csv, const char *line, const char *end)
{
	static int (*const steps[])(struct csv * csv) = {
		refuse_variables, read_type, read_subtype, read_offset_and_size, read_flags, place_row, check_row,
	};
	int r = 0;

	*csv->row = (struct csv_row){ .partition = { .line = csv->line, .used_bytes = NOT_KNOWN } };
	split(line, end, csv->row->fields);
	read_name(csv);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(steps); i++)
		r = steps[i](csv);
	return r;
}

static int read_line(struct csv *csv, const char *line, const char *end)
{
	struct csv_row csv_row;

	if (!is_row(line, end))
		return 0;
	csv->row = &csv_row;
	int r = read_row(csv, line, end);
	if (r == 0)
		r = check_order(csv);
	if (r < 0)
		return r;
	if (csv->table->n_rows == ROWS_WITH_MD5)
		return partition_fault(csv->table, &csv_row.partition, 0, csv->diag,
				       "too many rows: the binary table has room for %d and a checksum", ROWS_WITH_MD5);
	return vec_push(csv->table, rows, csv_row.partition);
}

/* NULL: the end. */
static const char *next_line(const char **p, const char *end, const char **ret_end)
{
	const char *line = *p, *stop = line;

	if (line == end)
		return NULL;
	while (stop < end && *stop != '\n' && *stop != '\r')
		stop++;
	*ret_end = stop;
	*p = stop + (end - stop > 1 && stop[0] == '\r' && stop[1] == '\n') + (stop < end);
	return line;
}

int partitions_read_csv(struct partition_table *table, const char *bytes, size_t n_bytes, struct diag *diag)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	struct csv csv = { .table = table, .diag = diag, .end = table->table_offset + PARTITION_SECTOR_BYTES };
	const char *p = bytes, *end = bytes + n_bytes, *line, *line_end;
	int r = 0;

	if (text_starts(bytes, n_bytes, byte_order_mark))
		p += strlen(byte_order_mark);
	while (r == 0 && (line = next_line(&p, end, &line_end))) {
		csv.line++;
		r = read_line(&csv, line, line_end);
	}
	return r;
}
