/* Checks made by hand, as check_judge leaves them, for the tests of their views. */
#pragma once

#include <stdio.h>
#include <string.h>

#include "memprof/viewers/check_view.h"
#include "print/print.h"

struct made {
	struct check check;
	struct budget budget;
	struct check_view view;
};

static const struct check_view_input made_inputs[] = {
	{ "map", "build/firmware.map" },
	{ "baseline map", "old/firmware.map" },
	{ "dump", "ci.log" },
};

static inline struct figure_value made_value(int64_t amount)
{
	return (struct figure_value){ .known = true, .amount = amount, .ratio = (double)amount / 1000 };
}

/* ---- kinds of limits ---- */

enum made_spec {
	MADE_USED,
	MADE_FREE,
	MADE_SIZE,
	MADE_LARGEST,
	MADE_FRAGMENTATION,
	MADE_FITS,
	MADE_OBJECTS,
	MADE_LEAK,
	MADE_GROWTH,
	MADE_LOSS,
	MADE_COLLECTING,
	MADE_NO_LIMIT
};
static const struct limit_spec made_specs[] = {
	[MADE_USED] = { "max_used", 0, FIGURE_USED, UNIT_BYTES },
	[MADE_FREE] = { "min_free", 0, FIGURE_FREE, UNIT_BYTES, .least = true },
	[MADE_SIZE] = { "max_size", 0, FIGURE_SIZE, UNIT_BYTES },
	[MADE_LARGEST] = { "min_largest_free", 0, FIGURE_LARGEST_FREE, UNIT_BYTES, .least = true },
	[MADE_FRAGMENTATION] = { "max_fragmentation", 0, FIGURE_FRAGMENTATION, UNIT_RATIO },
	[MADE_FITS] = { "fits", 0, FIGURE_FITS, UNIT_COUNT, .least = true },
	[MADE_OBJECTS] = { "max_objects", 0, FIGURE_OBJECTS, UNIT_COUNT },
	[MADE_LEAK] = { "max_leak_per_hour", 0, FIGURE_LEAK, UNIT_BYTES_PER_HOUR },
	[MADE_GROWTH] = { "max_growth", 0, FIGURE_USED, UNIT_BYTES, .growth = true },
	[MADE_LOSS] = { "max_free_loss", 0, FIGURE_FREE, UNIT_BYTES, .loss = true },
	[MADE_COLLECTING] = { "max_collecting_ms", 0, FIGURE_COLLECTING, UNIT_MILLISECONDS },
};

/* ---- rows ---- */

/* Of an entry without a fault; judged by value and limit, which are thousandths of a ratio. */
static inline struct check_row *made_row(struct made *m, enum figure_subject subject, enum made_spec spec,
					 const char *pattern, int64_t value, int64_t limit)
{
	struct check_row *row = vec_add(&m->check, rows);
	struct budget_entry *entry = arena_zeroed(&m->check.arena, 1, sizeof(*entry));
	const struct limit_spec *of = &made_specs[spec];
	int64_t margin = of->least ? value - limit : limit - value;
	uint64_t line = 2 + m->check.n_rows;

	entry->subject = subject;
	entry->pattern = pattern;
	entry->n_limits = 1;
	entry->limits[0] = (struct budget_limit){ .spec = of, .fits_bytes = 16384 };
	*row = (struct check_row){
		.entry = entry,
		.limit = &entry->limits[0],
		.at = { "budget.json", line, 5 },
		.status = margin < 0 ? CHECK_FAIL : CHECK_PASS,
		.capacity_bytes = NOT_KNOWN,
		.largest_capacity_bytes = NOT_KNOWN,
		.value = made_value(value),
		.limit_value = made_value(limit),
		.margin = made_value(margin),
	};
	return row;
}

static inline struct check_row *made_not_judged(struct made *m, enum check_status status, enum figure_subject subject,
						const char *pattern, const char *fault, const char *advice)
{
	struct check_row *row = made_row(m, subject, MADE_USED, pattern, 0, 0);

	row->status = status;
	row->fault = fault;
	row->advice = advice;
	row->value.known = row->limit_value.known = row->margin.known = false;
	return row;
}

static inline void made_cause(struct check_row *row, const char *name, int64_t delta_bytes, uint64_t size_bytes)
{
	row->causes[row->n_causes++] = (struct figure_part){ name, delta_bytes, size_bytes, false };
}

static inline void made_idle(struct check_row *row, uint64_t capacity_bytes)
{
	row->idle = true;
	row->capacity_bytes = row->largest_capacity_bytes = capacity_bytes;
}

static inline void made_other(struct check_row *row, const char *name, int64_t value)
{
	if (row->n_others < CHECK_OTHERS_MAX)
		row->others[row->n_others] = (struct check_other){ name, made_value(value) };
	row->n_others++;
}

static inline void made_change(struct check_row *row, int64_t base, int64_t now)
{
	row->base = made_value(base);
	row->now = made_value(now);
}

static inline struct budget_entry *made_entry(struct check_row *row) { return (struct budget_entry *)row->entry; }

static inline struct budget_limit *made_limit(struct check_row *row) { return (struct budget_limit *)row->limit; }

/* ---- checks ---- */

static inline void made_kept(struct made *m)
{
	struct check_row *row = made_row(m, SUBJECT_REGION, MADE_USED, "FLASH", 331784, 337920);

	made_entry(row)->name = "flash";
	row->capacity_bytes = 1048576;
	made_row(m, SUBJECT_REGION, MADE_USED, "RAM", 23688, 24000);
	row = made_row(m, SUBJECT_COMPONENT, MADE_GROWTH, "extmod", -120, 2048);
	made_change(row, 41216, 41096);
	row = made_row(m, SUBJECT_HEAP, MADE_LARGEST, "gc", 32768, 24576);
	row->capacity_bytes = 233024;
	row = made_row(m, SUBJECT_HEAP, MADE_FRAGMENTATION, "gc", 420, 600);
	made_entry(row)->when = WHEN_EVERY;
	row->moment = "dump 2, line 77";
	row = made_row(m, SUBJECT_HEAP, MADE_FITS, "gc", 3, 2);
	made_entry(row)->when = WHEN_MARK;
	made_entry(row)->label = "after boot";
	made_row(m, SUBJECT_HEAP, MADE_LEAK, "gc", 0, 256);
}

/* One of each kind. */
static inline void made_mixed(struct made *m)
{
	struct check_row *row = made_row(m, SUBJECT_REGION, MADE_USED, "FLASH", 339220, 337920);

	made_entry(row)->name = "flash";
	row->capacity_bytes = 1048576;
	made_cause(row, "build/extmod/modtls.o", 4112, 10032);
	made_cause(row, "build/extmod/modlwip.o", 1652, 11636);
	made_cause(row, "build/py/objstr.o", 512, 8192);
	row = made_row(m, SUBJECT_REGION, MADE_USED, "RAM", 23664, 24000);
	row->warned = true;
	made_limit(row)->amount = (struct budget_amount){ .is = AMOUNT_PERCENT, .ratio = .9 };
	made_limit(row)->text = "90%";
	row = made_row(m, SUBJECT_REGION, MADE_GROWTH, "FLASH", 7436, 2048);
	made_change(row, 331784, 339220);
	made_cause(row, "modtls.o", 4112, 10032);
	row->old_limit = "2K";
	row->new_limit = "8K";
	made_limit(row)->text = "8K"; /* as check_rejudge leaves it */
	row = made_row(m, SUBJECT_PARTITION, MADE_LOSS, "vfs", 4096, 2048);
	made_change(row, 24576, 20480);
	row = made_row(m, SUBJECT_OBJECT, MADE_SIZE, "*/mod*.o", 10640, 10240);
	row->found = "build/extmod/modtls.o";
	made_cause(row, "mbedtls_ssl_handshake", FIGURE_NO_DELTA, 4112);
	made_other(row, "build/extmod/modlwip.o", 10500);
	made_other(row, "build/extmod/modre.o", 10250);
	row = made_row(m, SUBJECT_HEAP, MADE_LARGEST, "gc", 20480, 24576);
	made_cause(row, "str 32 B at 0x2001f3a0", FIGURE_NO_DELTA, NOT_KNOWN);
	row = made_row(m, SUBJECT_HEAP, MADE_FRAGMENTATION, "gc", 604, 600);
	made_entry(row)->when = WHEN_EVERY;
	row->moment = "dump 3, line 1204";
	row = made_row(m, SUBJECT_HEAP, MADE_FITS, "gc", 1, 2);
	made_entry(row)->when = WHEN_MARK;
	made_entry(row)->label = "after boot";
	row = made_row(m, SUBJECT_HEAP, MADE_OBJECTS, "gc", 512, 500);
	made_entry(row)->kind = 'T';
	made_row(m, SUBJECT_HEAP, MADE_LEAK, "gc", 812, 256);
	made_row(m, SUBJECT_PARTITION, MADE_FREE, "factory", 66000, 65536)->warned = true;
	made_not_judged(m, CHECK_ERROR, SUBJECT_REGION, "FLSAH", "no region named 'FLSAH'",
			"There are FLASH, RAM, SCRATCH_X and SCRATCH_Y; a name may have * and ? in it.");
	row = made_not_judged(m, CHECK_ERROR, SUBJECT_REGION, NULL,
			      "unknown member \"max_usd\"; it may be max_used, min_free or max_growth", NULL);
	row->limit = NULL;
	row->at = (struct place){ "budget.json", 31, 22 };
	made_not_judged(m, CHECK_SKIP, SUBJECT_HEAP, "uma.0", "no heap was given", NULL);
	made_row(m, SUBJECT_IMAGE, MADE_SIZE, "firmware.bin", 402116, 409600);
	made_idle(made_row(m, SUBJECT_REGION, MADE_USED, "RAM", 23664, 409600), 262144);
}

static inline void made_one(struct made *m) { made_row(m, SUBJECT_REGION, MADE_USED, "RAM", 23688, 24000); }

static inline void made_unread(struct made *m)
{
	struct check_row *row = made_not_judged(m, CHECK_ERROR, SUBJECT_REGION, NULL,
						"expected a value, there is \"}\"", NULL);

	row->entry = NULL;
	row->limit = NULL;
	row->at = (struct place){ "budget.json", 4, 1 };
	m->check.budget = NULL;
}

static inline void made_trouble(struct made *m)
{
	made_kept(m);
	m->view.trouble = "test_heap.py raised MemoryError: memory allocation failed, allocating 32768 bytes";
	m->view.exit_code = 4;
}

/* Nobody says what went wrong. */
static inline void made_failed(struct made *m)
{
	made_kept(m);
	m->view.exit_code = 2;
}

#define MADE_EVIL_MAX 600
static const char *const made_evils[] = {
	"]]></failure><evil/>&amp;\"'<script>alert(1)</script>",
	"line\nbreak\r\n::error file=x::y%0A%25,a:b",
	"\x1b[31mred\x1b[0m \x07 \x7f \xc2\x85 \xe2\x80\xae"
	"gnp \xef\xbf\xbe \xef\xbf\xbf \xed\xa0\x80",
	"\xff\xfe broken \xc3( \xf0\x9f\x98\x80 \xc3\xa9 \xf4\x90\x80\x80 \xf0\x9f",
	"`a|b` **bold** _em_ [x](http://e.example) <img src=x> @team #12 https://e.example www.e.example $x$"
	" ~~s~~",
	"##[error]x ::set-env name=A::b\n::stop-commands::x",
	"",
};

/* Every text of somebody else is hostile. */
static inline void made_hostile(struct made *m)
{
	static char name[MADE_EVIL_MAX + 1];

	memset(name, '|', MADE_EVIL_MAX);
	for (size_t i = 0; i <= ARRAY_SIZE(made_evils); i++) {
		const char *evil = i < ARRAY_SIZE(made_evils) ? made_evils[i] : name;
		struct check_row *row = made_row(m, SUBJECT_OBJECT, MADE_SIZE, evil, 10640, 10240);
		row->found = row->moment = evil;
		row->at.file = evil;
		made_entry(row)->name = evil;
		for (size_t k = 0; k < CHECK_CAUSES_MAX; k++)
			made_cause(row, evil, 4112, 10032);
		for (size_t k = 0; k <= CHECK_OTHERS_MAX; k++)
			made_other(row, evil, 10300);
		row = made_row(m, SUBJECT_OBJECT, MADE_SIZE, evil, 10200, 10240);
		row->warned = true;
		row->old_limit = row->new_limit = evil;
		row->at.file = evil;
		row = made_not_judged(m, CHECK_ERROR, SUBJECT_REGION, evil, evil, evil);
		row->limit = i % 2 ? row->limit : NULL;
		made_not_judged(m, CHECK_SKIP, SUBJECT_REGION, evil, evil, evil);
		made_row(m, SUBJECT_OBJECT, MADE_SIZE, evil, 1, 10240)->found = evil;
	}
	m->check.name = made_evils[0];
	m->view.trouble = made_evils[1];
	m->view.exit_code = 4;
}

/* More than anything may show. */
enum { MADE_MANY_BROKEN = 200, MADE_MANY_ERRORS = 50, MADE_MANY_WARNED = 300, MADE_MANY = 5000 };
static inline void made_many(struct made *m)
{
	for (int i = 0; i < MADE_MANY; i++) {
		const char *name = arena_printf(&m->check.arena, "function_%d", i / 2);
		if (i % 25 == 7) /* they are all over the file */
			made_row(m, SUBJECT_SYMBOL, MADE_SIZE, name, 120, 100);
		else if (i % 100 == 30)
			made_not_judged(m, CHECK_ERROR, SUBJECT_SYMBOL, name, "no symbol named so", NULL);
		else
			made_row(m, SUBJECT_SYMBOL, MADE_SIZE, name, 99, 100)->warned = i % 50 >= 47;
	}
}

static const struct made_check {
	const char *name;
	void (*make)(struct made *m);
} made_checks[] = {
	{ "kept", made_kept },       { "mixed", made_mixed },   { "one", made_one },         { "unread", made_unread },
	{ "trouble", made_trouble }, { "failed", made_failed }, { "hostile", made_hostile }, { "many", made_many },
};

static inline void made_begin(struct made *m, const struct made_check *which)
{
	*m = (struct made){ .check = { .name = "budget.json" } };
	m->check.budget = &m->budget;
	m->view = (struct check_view){ .check = &m->check, .inputs = made_inputs, .n_inputs = ARRAY_SIZE(made_inputs) };
	which->make(m);
	for (size_t i = 0; i < m->check.n_rows; i++) {
		m->check.n_of[m->check.rows[i].status]++;
		m->check.n_warned += m->check.rows[i].warned;
	}
	if (m->view.exit_code == 0)
		m->view.exit_code = m->check.n_of[CHECK_ERROR] ? 2 : m->check.n_of[CHECK_FAIL] ? 1 : 0;
}

static inline void made_end(struct made *m)
{
	vec_deinit(&m->check, rows);
	arena_deinit(&m->check.arena);
}

/* ---- all views by name ---- */

static inline bool made_draw(struct strbuf *out, const struct check_view *view, const char *format)
{
	static const struct {
		const char *name;
		void (*print)(struct strbuf *out, const struct document *d);
	} printers[] = {
		{ "markdown", print_markdown },
		{ "junit", print_junit },
		{ "limits", print_html_limits },
		{ "github", print_github },
	};
	const struct text_style style = { .columns = 80, .color = strcmp(format, "color") == 0 };
	bool as_text = strcmp(format, "text") == 0 || strcmp(format, "all") == 0 || style.color, ret = as_text;
	struct check_view all = *view;
	struct document d;
	struct json j;

	if (strcmp(format, "json") == 0) {
		j = (struct json){ .out = out };
		json_check(&j, view);
		return true;
	}
	all.all |= strcmp(format, "all") == 0;
	document_check(&d, &all);
	if (as_text)
		print_text(out, &d, &style);
	for (size_t i = 0; i < ARRAY_SIZE(printers); i++)
		if (strcmp(format, printers[i].name) == 0) {
			printers[i].print(out, &d);
			ret = true;
		}
	doc_deinit(&d);
	return ret;
}
