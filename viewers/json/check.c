/* memprof.check/1 (docs/schema). */
#include "document/check_row.h"
#include "print/print.h"

enum { RATIO_DECIMALS = 6 };

static void value(struct json *j, const char *key, const struct check_row *row, const struct figure_value *of)
{
	if (!row->limit || !of->known)
		json_null(j, key);
	else if (row->limit->spec->unit == UNIT_RATIO)
		json_double(j, key, of->ratio, RATIO_DECIMALS);
	else
		json_i64(j, key, of->amount);
}

static const char *unit_of(const struct check_row *row)
{
	static const char *const names[] = {
		[UNIT_BYTES] = "bytes",
		[UNIT_COUNT] = "count",
		[UNIT_RATIO] = "ratio",
		[UNIT_BYTES_PER_HOUR] = "bytes_per_hour",
		[UNIT_MILLISECONDS] = "milliseconds",
	};

	return row->limit ? names[row->limit->spec->unit] : NULL;
}

/* Which moments of a heap it is about, as the file has it. */
static void when(struct json *j, const char *key, const struct check_row *row)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!row->limit || !row->entry || row->entry->subject != SUBJECT_HEAP) {
		json_null(j, key);
	} else if (row->entry->when == WHEN_MARK) {
		strbuf_printf(&text, "mark:%s", row->entry->label ? row->entry->label : "");
		json_text(j, key, strbuf_text(&text));
	} else {
		json_text(j, key, budget_when_name(row->entry->when));
	}
}

static void because(struct json *j, const struct check_row *row)
{
	for (size_t i = 0; json_rows(j, "because", i, row->n_causes); i++) {
		const struct figure_part *cause = &row->causes[i];
		json_text(j, "name", cause->name);
		if (cause->delta_bytes == FIGURE_NO_DELTA)
			json_null(j, "delta");
		else
			json_i64(j, "delta", cause->delta_bytes);
		json_u64(j, "size", cause->size_bytes);
	}
}

static void others(struct json *j, const struct check_row *row)
{
	size_t n = check_n_others(row);

	for (size_t i = 0; json_rows(j, "others", i, n); i++) {
		json_text(j, "name", row->others[i].name);
		value(j, "value", row, &row->others[i].value);
	}
	json_u64(j, "n_others", n > 0 ? row->n_others : 0);
}

static void words(struct json *j, const char *key, const struct check_row *row,
		  void (*add)(struct strbuf *out, const struct check_row *row))
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	add(&text, row);
	json_text(j, key, strbuf_text(&text));
}

static void message(struct json *j, const struct check_row *row)
{
	static const struct text_style style = { .columns = 80 };
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct doc_block block = { .spans = NULL };
	struct document d CLEANUP(doc_deinit);

	doc_init(&d, "check");
	check_put_row(&d, &block, row);
	if (print_fails(j->out, &d))
		return;
	print_plain(&text, &block, &style);
	json_text(j, "message", strbuf_text(&text));
}

static void row_of(struct json *j, const struct check *check, const struct check_row *row)
{
	json_text(j, "name", row->entry ? row->entry->name : NULL);
	json_text(j, "status", check_status_name(row->status));
	json_bool(j, "warned", row->warned);
	json_bool(j, "idle", row->idle);
	words(j, "what", row, check_subject);
	json_text(j, "found", row->found);
	when(j, "at", row);
	json_text(j, "moment", row->moment);
	value(j, "value", row, &row->value);
	value(j, "limit", row, &row->limit_value);
	value(j, "margin", row, &row->margin);
	json_text(j, "unit", unit_of(row));
	json_u64(j, "capacity", row->limit ? row->capacity_bytes : NOT_KNOWN);
	value(j, "old", row, &row->base);
	value(j, "new", row, &row->now);
	because(j, row);
	others(j, row);
	message(j, row);
	json_text(j, "advice", row->advice);
	json_text(j, "old_limit", row->old_limit);
	json_text(j, "new_limit", row->new_limit);
	json_text(j, "file", row->at.file ? row->at.file : check->name);
	json_u64(j, "line", row->at.line ? row->at.line : NOT_KNOWN);
	json_u64(j, "col", row->at.col ? row->at.col : NOT_KNOWN);
}

static void counts(struct json *j, const struct check *check)
{
	json_row(j, "counts");
	for (unsigned s = 0; s < N_CHECK_STATUSES; s++)
		json_u64(j, check_status_name((enum check_status)s), check->n_of[s]);
	json_u64(j, "warned", check->n_warned);
	json_object_end(j);
}

static void trouble(struct json *j, const struct check_view *view)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	check_trouble(&text, view);
	json_text(j, "trouble", view->trouble || text.n_bytes == 0 ? view->trouble : text.text);
}

static void inputs(struct json *j, const struct check_view *view)
{
	for (size_t i = 0; json_rows(j, "inputs", i, view->n_inputs); i++) {
		json_text(j, "role", view->inputs[i].role);
		json_text(j, "name", view->inputs[i].name);
	}
}

void json_check(struct json *j, const struct check_view *view)
{
	const struct check *check = view->check;

	json_object(j, NULL);
	json_text(j, "schema", "memprof.check/1");
	json_bool(j, "passed", view->exit_code == 0);
	json_u64(j, "exit_code", (uint64_t)view->exit_code);
	counts(j, check);
	trouble(j, view);
	inputs(j, view);
	for (size_t i = 0; json_items(j, "checks", i, check->n_rows); i++)
		row_of(j, check, &check->rows[i]);
	json_tests(j, "tests", view->tests);
	json_object_end(j);
}
