/* partitions.csv, with the grammar of ESP-IDF's generator in Python: no quotes, no header row, no comment behind a row;
 * text after the sixth field is ignored. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "bytes.h"
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

/* ---- encodings ---- */

struct encoding {
	const char *mark;
	size_t n_mark, unit_bytes;
	bool big;
	const char *name;
};

/* Longest first: the mark of UTF-32 begins with that of UTF-16. */
static const struct encoding encodings[] = {
	{ "\xff\xfe\0\0", 4, 4, false, "UTF-32" }, { "\0\0\xfe\xff", 4, 4, true, "UTF-32" },
	{ "\xff\xfe", 2, 2, false, "UTF-16" },     { "\xfe\xff", 2, 2, true, "UTF-16" },
	{ "\xef\xbb\xbf", 3, 1, false, "UTF-8" },
};

static const struct encoding *encoding_of(const char *bytes, size_t n_bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(encodings); i++)
		if (n_bytes >= encodings[i].n_mark && memcmp(bytes, encodings[i].mark, encodings[i].n_mark) == 0)
			return &encodings[i];
	return NULL;
}

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
	if (n_bytes > PARTITION_CSV_MAX_BYTES)
		return false;
	const struct encoding *e = encoding_of(bytes, n_bytes);
	return (e && e->unit_bytes > 1) || partition_is_text(bytes, n_bytes);
}

/* The text behind the mark, as UTF-8. False: not in the encoding of the mark. */
static bool decode(const struct encoding *e, const char *bytes, size_t n_bytes, struct strbuf *ret)
{
	const uint8_t *p = (const uint8_t *)bytes + e->n_mark, *end = (const uint8_t *)bytes + n_bytes;

	if ((size_t)(end - p) % e->unit_bytes)
		return false;
	for (; p < end; p += e->unit_bytes) {
		uint32_t c = (uint32_t)bytes_number(p, e->unit_bytes, e->big);
		if (e->unit_bytes == 2 && c >= 0xd800 && c < 0xdc00 && end - p >= 4) {
			uint32_t low = (uint32_t)bytes_number(p + 2, e->unit_bytes, e->big);
			if (low < 0xdc00 || low > 0xdfff)
				return false;
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			p += 2;
		}
		if (!c || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
			return false;
		char sequence[4];
		strbuf_add(ret, sequence, text_put_utf8(c, sequence));
	}
	return true;
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

/* "1984KB", "0x1F0OOO", "010", "4K # four": names the character. */
static int number_fault(struct csv *csv, int i_field)
{
	const struct csv_field *f = &csv->row->fields[i_field];
	CLEANUP(strbuf_deinit) struct strbuf what = STRBUF_INIT;
	unsigned base;
	size_t at = partition_number_error(f->text, f->n_bytes, &base);

	if (at == f->n_bytes) {
		strbuf_puts(&what, "bad number");
	} else {
		strbuf_puts(&what, "bad number: '");
		text_visible(&what, f->text + at, 1, false);
		strbuf_printf(&what, "', its character %zu, is not a digit%s", at + 1,
			      base == 16                  ? " from 0 to f" :
			      strchr("kKmM", f->text[at]) ? ", and a unit comes last" :
							    "");
	}
	strbuf_puts(&what, "; expected a number such as 4096, 0x1000, 4K or 1M (not 010, and no comment behind it)");
	return field_fault(csv, i_field, strbuf_text(&what));
}

static int read_number(struct csv *csv, int i_field, int64_t *ret)
{
	const struct csv_field *f = &csv->row->fields[i_field];
	int r = partition_number(f->text, f->n_bytes, ret);

	if (r == -ERANGE || (r == 0 && (*ret > UINT32_MAX || *ret < -(int64_t)UINT32_MAX)))
		return field_fault(csv, i_field, "more than 32 bits: flash ends at 4 GiB");
	return r < 0 ? number_fault(csv, i_field) : 0;
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

/* Counts the faulty rows behind the first fault, so that they can be corrected together. */
static void count_more_faults(struct csv *csv, const char *p, const char *end)
{
	struct diag *diag = csv->diag, first;
	struct csv_row csv_row;
	const char *line, *line_end;
	size_t n = 0;

	if (!diag)
		return;
	first = *diag;
	csv->diag = NULL;
	csv->row = &csv_row;
	while ((line = next_line(&p, end, &line_end))) {
		csv->line++;
		n += is_row(line, line_end) && read_row(csv, line, line_end) == -EINVAL;
	}
	if (n)
		diag_at(diag, diag->at, -EINVAL, "%s (and %zu more row%s)", first.text, n, n > 1 ? "s" : "");
}

int partitions_read_csv(struct partition_table *table, const char *bytes, size_t n_bytes, struct diag *diag)
{
	CLEANUP(strbuf_deinit) struct strbuf decoded = STRBUF_INIT;
	const struct encoding *e = encoding_of(bytes, n_bytes);
	struct csv csv = { .table = table, .diag = diag, .end = table->table_offset + PARTITION_SECTOR_BYTES };
	const char *line_end;

	if (e && e->unit_bytes > 1) {
		if (!decode(e, bytes, n_bytes, &decoded))
			return diag_at(diag, (struct place){ .file = table->name }, -EINVAL,
				       "begins with the byte order mark of %s, but is not %s: save it as UTF-8",
				       e->name, e->name);
		if (strbuf_error(&decoded) < 0)
			return strbuf_error(&decoded);
		bytes = strbuf_text(&decoded);
		n_bytes = decoded.n_bytes;
	} else if (e) {
		bytes += e->n_mark;
		n_bytes -= e->n_mark;
	}
	for (const char *p = bytes, *end = bytes + n_bytes, *line; (line = next_line(&p, end, &line_end));) {
		csv.line++;
		int r = read_line(&csv, line, line_end);
		if (r == -EINVAL)
			count_more_faults(&csv, p, end);
		if (r < 0)
			return r;
	}
	return 0;
}
