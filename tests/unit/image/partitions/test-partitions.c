/* Tables as the reference tool resolves them (data/partitions/CASES.tsv, EXPECTED.tsv; those of shared/ in
 * place), and the questions that are asked of one. */
#define _DEFAULT_SOURCE
#include "memprof/image/partitions.h"

#include "memprof/base/text.h"
#include "sample.h"
#include "tests_dir.h"
#include "unit.h"

static struct partition_table parts;

UNIT_AFTER(tear_down) { partition_table_deinit(&parts); }

static const struct partition_options esp32 = { NOT_KNOWN, 0x1000, NOT_KNOWN };

static int read_text(struct partition_table *t, const char *text, struct diag *diag)
{
	return partition_table_read(t, "t.csv", text, strlen(text), &esp32, diag);
}

static void must_read(struct partition_table *t, const char *text)
{
	struct diag diag = { .text = "" };

	if (read_text(t, text, &diag) != 0)
		fail_msg("%s: %" PRIu64 ":%u: %s", text, diag.at.line, diag.at.col, diag.text);
}

static void add_row(struct strbuf *s, const struct partition *row)
{
	strbuf_printf(s, "%s/0x%x/0x%x/0x%" PRIx64 "/0x%" PRIx64 "/%s%s%s", row->name, row->type, row->subtype,
		      row->offset, row->size_bytes, row->flags & PARTITION_ENCRYPTED ? "encrypted" : "",
		      row->flags == (PARTITION_ENCRYPTED | PARTITION_READONLY) ? ":" : "",
		      row->flags & PARTITION_READONLY ? "readonly" : "");
}

/* ---- the cases ---- */

/* Kinds of faults by their names there, and a part of our messages. */
static const struct {
	const char *kind, *summary;
} kinds[] = {
	{ "bad number", "bad number" },
	{ "unknown keyword", "unknown keyword" },
	{ "app needs a subtype", "needs a subtype" },
	{ "empty type", "must not be empty: app, data" },
	{ "empty size", "must not be empty" },
	{ "duplicate name", "same name" },
	{ "overlap with the previous row (file order)", "overlaps" },
	{ "below end of table sector", "the partition table, which ends at 0x9000" },
	{ "offset misaligned", "is misaligned" },
	{ "app size misaligned", "the size of an app" },
	{ "writable nvs smaller than 0x3000", "needs 0x3000 bytes" },
	{ "otadata size is not 0x2000", "must be 0x2000" },
	{ "more than one otadata", "only one data, ota" },
	{ "readonly not allowed on otadata or coredump", "must not be readonly" },
	{ "unknown flag", "unknown flag" },
	{ "too many rows for the binary table", "too many rows" },
	{ "offset or size over 32 bits", "32 bits" },
};

/* Deliberate differences: a subtype may be the project's own; a long name is truncated; $NAME is named. */
static const struct {
	const char *name, *note, *summary;
} ours[] = {
	{ "unknown subtype", "EXTRA_PARTITION_SUBTYPES", NULL },
	{ "name 17 bytes", "the board sees \"abcdefghijklmnop\"", NULL },
	{ "variable", NULL, "offset \"$OFFSET_UNSET\": variables" },
};

static void add_text(struct strbuf *s, const char *from, const char *to)
{
	if (text_starts(from, (size_t)(to - from), "(")) {
		unsigned n = (unsigned)strtoul(from + 1, NULL, 10);
		for (unsigned i = 0; i < n; i++)
			strbuf_printf(s, "p%u,data,fat,,4K\n", i);
		return;
	}
	for (const char *p = from; p < to; p++) {
		bool escape = *p == '\\' && (p[1] == 'n' || p[1] == 't' || p[1] == 'r');
		if (!escape) {
			strbuf_putc(s, *p);
			continue;
		}
		strbuf_putc(s, p[1] == 'n' ? '\n' : p[1] == 't' ? '\t' : '\r');
		p++;
	}
}

static unsigned count_notes(const struct partition_table *t, const char *part)
{
	unsigned n = 0;

	for (size_t i = 0; i < t->n_notes; i++)
		n += strstr(t->notes[i].text, part) != NULL;
	return n;
}

static void assert_refused(const char *name, const char *kind, const char *summary, int r, const struct diag *diag)
{
	for (size_t i = 0; !summary && i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			summary = kinds[i].summary;
	if (!summary)
		fail_msg("%s: nobody knows what \"%s\" is", name, kind);
	if (r != -EINVAL || !strstr(diag->text, summary) || !diag->at.line || !diag->at.col)
		fail_msg("%s: \"%s\" is not in %d, %" PRIu64 ":%u: %s", name, summary, r, diag->at.line, diag->at.col,
			 diag->text);
}

static void assert_rows(const char *name, const struct partition_table *t, const char *verdict, bool all)
{
	CLEANUP(strbuf_deinit) struct strbuf have = STRBUF_INIT;
	CLEANUP(strbuf_deinit) struct strbuf want = STRBUF_INIT;
	const char *warned = strstr(verdict, " W=");
	size_t n = warned ? (size_t)(warned - verdict) : strlen(verdict);

	for (size_t i = 0; i < t->n_rows; i++) {
		if (!all && i > 1 && i + 1 < t->n_rows)
			continue; /* the case names the first two and the last */
		strbuf_puts(&have, have.n_bytes ? " | " : "");
		add_row(&have, &t->rows[i]);
	}
	strbuf_add(&want, verdict, n);
	if (strcmp(strbuf_text(&have), strbuf_text(&want)) != 0)
		fail_msg("%s:\n  %s\nis not\n  %s", name, strbuf_text(&have), strbuf_text(&want));
	assert_int_equal(count_notes(t, "is also the name"), warned ? atoi(warned + 3) : 0);
}

static void check_case(const char *name, const char *text, const char *text_end, const char *verdict)
{
	CLEANUP(strbuf_deinit) struct strbuf csv = STRBUF_INIT;
	struct partition_table t;
	struct diag diag = { .text = "" };
	const char *summary = NULL, *note = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (strcmp(ours[i].name, name) == 0) {
			summary = ours[i].summary;
			note = ours[i].note;
		}
	add_text(&csv, text, text_end);
	int r = partition_table_read(&t, "case.csv", strbuf_text(&csv), csv.n_bytes, &esp32, &diag);
	if (note) {
		assert_int_equal(r, 0);
		assert_int_equal(count_notes(&t, note), 1);
	} else if (text_starts(verdict, strlen(verdict), "ERROR ")) {
		assert_refused(name, verdict + strlen("ERROR "), summary, r, &diag);
	} else {
		if (r != 0)
			fail_msg("%s: %s", name, diag.text);
		assert_rows(name, &t, verdict, *text != '(');
	}
	partition_table_deinit(&t);
}

/* One line of a sample without its newline; advances *at. NULL at the end. */
static char *next_line(const struct sample *s, size_t *at)
{
	const char *from = (const char *)s->bytes + *at;
	const char *end = *at < s->n_bytes ? memchr(from, '\n', s->n_bytes - *at) : NULL;

	if (!end)
		return NULL;
	*at += (size_t)(end - from) + 1;
	return strndup(from, (size_t)(end - from));
}

UNIT_TEST(all_cases_are_judged_as_by_the_reference)
{
	struct sample s;
	size_t at = 0;
	unsigned n = 0;

	sample_read("partitions/CASES.tsv", &s);
	for (char *line; (line = next_line(&s, &at)); free(line)) {
		char *text = strchr(line, '\t'), *verdict = text ? strchr(text + 1, '\t') : NULL;
		if (*line == '#' || !verdict)
			continue;
		*text = '\0';
		*verdict = '\0';
		check_case(line, text + 1, verdict, verdict + 1);
		n++;
	}
	sample_free(&s);
	assert_int_equal(n, 59);
}

/* ---- whole files ---- */

static void split_row(char *line, char *fields[7])
{
	for (int i = 0; i < 7; i++) {
		fields[i] = line;
		char *tab = line ? strchr(line, '\t') : NULL;
		if (tab)
			*tab = '\0';
		line = tab ? tab + 1 : NULL;
	}
}

/* Holds the tables of a folder to its EXPECTED.tsv. suffix NULL: as named there; else that instead of ".csv".
 */
static unsigned check_folder(const char *folder, const char *suffix)
{
	struct partition_table t = { 0 };
	struct sample expected, file = { 0 };
	char name[256], open[256] = "";
	size_t at = 0, i_row = 0;
	unsigned n = 0;

	snprintf(name, sizeof(name), "%s/EXPECTED.tsv", folder);
	sample_read(name, &expected);
	for (char *line; (line = next_line(&expected, &at)); free(line)) {
		char *f[7];
		split_row(line, f);
		if (*line == '#' || !f[5] || !strstr(f[0], ".csv"))
			continue;
		snprintf(name, sizeof(name), "%s/%.*s%s", folder, (int)(strlen(f[0]) - 4), f[0],
			 suffix ? suffix : ".csv");
		if (strcmp(open, name) != 0) {
			struct diag diag = { .text = "" };
			assert_u64_equal(i_row, t.n_rows);
			partition_table_deinit(&t);
			sample_free(&file);
			sample_read(name, &file);
			if (partition_table_read(&t, name, file.bytes, file.n_bytes, &esp32, &diag) != 0)
				fail_msg("%s: %s", name, diag.text);
			strcpy(open, name);
			i_row = 0;
			n++;
		}
		CLEANUP(strbuf_deinit) struct strbuf have = STRBUF_INIT, want = STRBUF_INIT;
		assert_true(i_row < t.n_rows);
		add_row(&have, &t.rows[i_row++]);
		strbuf_printf(&want, "%s/%s/%s/%s/%s/%s", f[1], f[2], f[3], f[4], f[5], f[6]);
		assert_string_equal(strbuf_text(&have), strbuf_text(&want));
	}
	assert_u64_equal(i_row, t.n_rows);
	partition_table_deinit(&t);
	sample_free(&file);
	sample_free(&expected);
	return n;
}

UNIT_TEST(binary_tables_hold_the_rows_they_were_made_of) { assert_int_equal(check_folder("partitions", ".bin"), 3); }

/* The tables of MicroPython, CircuitPython and ESP-IDF are not ours to keep: read where they are. */
UNIT_TEST(real_tables_are_placed_as_by_the_reference)
{
	static const char folder[] = "../../../shared/data/static/partitions";
	FILE *there = fopen(TESTS_DIR "/data/../../../shared/data/static/partitions/EXPECTED.tsv", "r");

	if (!there) {
		print_message("# there is no %s\n", folder);
		skip();
	}
	fclose(there);
	assert_true(check_folder(folder, NULL) >= 20);
}

/* ---- questions ---- */

static const char micropython[] =
	"nvs,data,nvs,0x9000,0x6000\nphy_init,data,phy,0xf000,0x1000\n"
	"factory,app,factory,0x10000,0x1F0000\n";

UNIT_TEST(micropython_makes_its_file_system_behind_the_last_row)
{
	static const struct {
		const char *more;
		uint64_t flash, offset, size, assumed;
	} rows[] = {
		{ "", 4 << 20, 0x200000, 0x200000, 0 },
		{ "", 2 << 20, 0, 0, 0 },   /* no room */
		{ "", NOT_KNOWN, 0, 0, 0 }, /* ends at a power of two: no more is known */
		{ "", 1 << 20, 0, 0, 0 },
		{ "a,data,fat,,4K\n", NOT_KNOWN, 0x201000, 0x1ff000, 1 },
		{ "vfs,data,fat,,4K\n", 4 << 20, 0, 0, 0 },
		{ "ffat,data,fat,,4K\n", 4 << 20, 0, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct partition_vfs vfs = { 0 };
		char text[512];
		snprintf(text, sizeof(text), "%s%s", micropython, rows[i].more);
		must_read(&parts, text);
		assert_int_equal(partition_table_vfs(&parts, rows[i].flash, &vfs), rows[i].size > 0);
		assert_u64_equal(vfs.offset, rows[i].offset);
		assert_u64_equal(vfs.size_bytes, rows[i].size);
		assert_int_equal(vfs.flash_assumed, rows[i].assumed);
		partition_table_deinit(&parts);
	}
}

UNIT_TEST(images_are_held_to_every_slot)
{
	static const char two[] =
		"a,app,ota_0,0x10000,1M\nb,app,ota_1,0x110000,512K\nuf2,app,factory,0x190000,256K\n"
		"t,app,tee_0,0x1d0000,64K\n";
	static const struct {
		const char *text;
		uint64_t image;
		enum partition_fit_kind kind;
		enum partition_verdict verdict;
		unsigned n, permille;
		uint64_t over;
	} rows[] = {
		{ two, 500 << 10, PARTITION_FIT_APP, PARTITION_FITS_TIGHTLY, 2, 23, 0 },
		{ two, 400 << 10, PARTITION_FIT_APP, PARTITION_FITS, 2, 218, 0 },
		{ two, 512 << 10, PARTITION_FIT_APP, PARTITION_FITS_TIGHTLY, 2, 0, 0 },
		{ two, (512 << 10) + 1, PARTITION_FIT_APP, PARTITION_FITS_SOME, 2, 0, 1 },
		{ two, (1 << 20) + 7, PARTITION_FIT_APP, PARTITION_FITS_NONE, 2, 0, (512 << 10) + 7 },
		{ two, 1000, PARTITION_FIT_TEE, PARTITION_FITS, 1, 984, 0 },
		{ two, 65537, PARTITION_FIT_TEE, PARTITION_FITS_NONE, 1, 0, 1 },
		{ "n,data,nvs,,0x3000\n", 1, PARTITION_FIT_APP, PARTITION_NO_SLOTS, 0, 0, 0 },
		{ "uf2,app,factory,,1M\n", 1, PARTITION_FIT_APP, PARTITION_FITS, 1, 999, 0 },
		{ "z,app,factory,,0\n", 1, PARTITION_FIT_APP, PARTITION_FITS_NONE, 1, 0, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct partition_fit fit;
		must_read(&parts, rows[i].text);
		partition_table_fit(&parts, rows[i].image, rows[i].kind, &fit);
		assert_int_equal(fit.verdict, rows[i].verdict);
		assert_int_equal(fit.n_slots, rows[i].n);
		assert_int_equal(fit.free_permille, rows[i].permille);
		assert_u64_equal(fit.smallest ? fit.smallest->over_bytes : 0, rows[i].over);
		partition_table_deinit(&parts);
	}
}

UNIT_TEST(a_table_that_is_too_large_for_the_flash_is_refused)
{
	struct partition_options options = { NOT_KNOWN, NOT_KNOWN, 1 << 20 };
	struct diag diag = { .text = "" };

	assert_int_equal(partition_table_read(&parts, "t.csv", micropython, strlen(micropython), &options, &diag),
			 -EINVAL);
	assert_int_equal(diag.at.line, 3);
	assert_string_equal(diag.text,
			    "partition \"factory\": ends at 0x200000, 0x100000 bytes beyond the end of the flash at"
			    " 0x100000");
	partition_table_deinit(&parts);
	options.flash_bytes = 2 << 20;
	assert_int_equal(partition_table_read(&parts, "t.csv", micropython, strlen(micropython), &options, &diag), 0);
}

UNIT_TEST(options_that_cannot_be_are_refused)
{
	static const struct partition_options rows[] = {
		{ 0x8123, NOT_KNOWN, NOT_KNOWN },
		{ 0x8000, 0x8000, NOT_KNOWN },
		{ (uint64_t)1 << 40, NOT_KNOWN, NOT_KNOWN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct diag diag = { .text = "" };
		assert_int_equal(partition_table_read(&parts, "t.csv", "", 0, &rows[i], &diag), -EINVAL);
		assert_true(diag.text[0] != '\0');
		partition_table_deinit(&parts);
	}
}
