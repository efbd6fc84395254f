/* Findings as JUnit's XML. There is no standard, so it has only what all readers take: those of Jenkins
 * (xunit-plugin, junit-10.xsd and the older junit-4.xsd, which the tests hold it to) and GitLab
 * (lib/gitlab/ci/parsers/test/junit.rb), which forgets the attributes of a failure that has a text, and takes cases of
 * one name and class for one. Hence the message stands in both, and names are numbered where there are two. */
#include <errno.h>
#include <inttypes.h>

#include "memprof/base/names.h"
#include "print/print.h"
#include "shared/xml.h"

static const struct text_style style = { .columns = 80, .sizes = SIZES_EXACT };

struct suite {
	struct strbuf *out;
	struct arena arena;
	struct names names;  /* classes and names there are by now */
	VEC(uint32_t, n_of); /* by name: how often */
	struct doc_row row;
};

/* What became of it. A type must not be the name of one of GitLab's own ("integer", "yaml"); the older schema has no
 * attributes of what was skipped. */
static const struct element {
	const char *tag;
	bool has_attributes;
} elements[N_DOC_OUTCOMES] = {
	[DOC_PASSED] = { "system-out", false }, [DOC_NOTED] = { "system-out", false },
	[DOC_WARNED] = { "system-out", false }, [DOC_FAILED] = { "failure", true },
	[DOC_ERRED] = { "error", true },        [DOC_SKIPPED] = { "skipped", false },
};

static void add_attribute(struct strbuf *out, const char *name, const char *value)
{
	strbuf_printf(out, " %s=\"", name);
	xml_text(out, value);
	strbuf_putc(out, '"');
}

/* Nothing, or a line of it. */
static void add_line(struct strbuf *out, const char *text)
{
	xml_text(out, text);
	strbuf_puts(out, *text ? "\n" : "");
}

/* ---- cases ---- */

/* "limit: at most 337920 B" */
static void add_cell(struct strbuf *out, const struct doc_column *column, const struct doc_span *cell)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!column->head || doc_is_empty(cell))
		return;
	xml_text(out, column->head);
	strbuf_puts(out, ": ");
	print_plain(&text, &(struct doc_block){ .spans = cell, .n_spans = 1 }, &style);
	add_line(out, strbuf_text(&text));
}

static void add_body(struct suite *suite, const struct doc_table *t, size_t i, const char *message)
{
	const struct doc_finding *f = &t->findings[i];
	struct strbuf place CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (f->outcome == DOC_WARNED)
		strbuf_puts(suite->out, "warning: ");
	add_line(suite->out, message);
	add_line(suite->out, f->advice ? f->advice : "");
	if (t->row)
		doc_row_fill(&suite->row, t, i);
	for (size_t k = 0; k < t->n_columns; k++)
		add_cell(suite->out, &t->columns[k], &suite->row.cells[k]);
	print_place(&place, f);
	if (place.n_bytes == 0)
		return;
	strbuf_puts(suite->out, "at: ");
	place.text[place.n_bytes -= 2] = '\0'; /* its ": " */
	add_line(suite->out, strbuf_text(&place));
}

/* How many were called so before. */
static uint32_t n_before(struct suite *suite, const struct doc_finding *f)
{
	struct strbuf key CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(&key, "%s\n%s", f->suite, f->name);
	uint32_t i = names_add(&suite->names, strbuf_text(&key), key.n_bytes);
	if (i == suite->n_n_of)
		vec_add(suite, n_of);
	if (i >= suite->n_n_of) /* as there is no memory */
		suite->out->error = -ENOMEM;
	return i >= suite->n_n_of ? 0 : suite->n_of[i]++;
}

static void add_case(struct suite *suite, const struct doc_table *t, size_t i)
{
	const struct doc_finding *f = &t->findings[i];
	const struct element *element = &elements[f->outcome];
	struct strbuf *out = suite->out, message CLEANUP(strbuf_deinit) = STRBUF_INIT;
	uint32_t n = n_before(suite, f);

	strbuf_puts(out, "    <testcase");
	add_attribute(out, "classname", f->suite);
	strbuf_puts(out, " name=\"");
	xml_text(out, f->name);
	if (n > 0)
		strbuf_printf(out, " #%" PRIu32, n + 1);
	strbuf_putc(out, '"');
	if (f->duration_us != NOT_KNOWN)
		strbuf_printf(out, " time=\"%" PRIu64 ".%03" PRIu64 "\"", f->duration_us / 1000000,
			      f->duration_us / 1000 % 1000);
	if (f->outcome == DOC_PASSED && t->as_lines) { /* of a budget, kept limits by their name alone */
		strbuf_puts(out, "/>\n");
		return;
	}
	strbuf_printf(out, ">\n      <%s", element->tag);
	print_plain(&message, f->message, &style);
	if (element->has_attributes) {
		add_attribute(out, "type", f->type);
		add_attribute(out, "message", strbuf_text(&message));
	}
	strbuf_putc(out, '>');
	add_body(suite, t, i, strbuf_text(&message));
	strbuf_printf(out, "</%s>\n    </testcase>\n", element->tag);
}

/* ---- the suite ---- */

static bool has_cases(const struct doc_block *block) { return block->kind == DOC_TABLE && block->table.findings; }

static void add_counts(struct strbuf *out, const struct document *d, bool with_skipped)
{
	size_t n_all = 0, n_of[N_DOC_OUTCOMES] = { 0 };

	for (size_t i = 0; i < d->n_blocks; i++)
		for (size_t k = 0; has_cases(&d->blocks[i]) && k < d->blocks[i].table.n_rows; k++) {
			const struct doc_finding *f = &d->blocks[i].table.findings[k];
			n_all += f->suite != NULL;
			n_of[f->outcome] += f->suite != NULL;
		}
	strbuf_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", n_all, n_of[DOC_FAILED], n_of[DOC_ERRED]);
	if (with_skipped)
		strbuf_printf(out, " skipped=\"%zu\"", n_of[DOC_SKIPPED]);
}

static void add_property(struct strbuf *out, const char *name, const struct doc_block *block)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	print_plain(&text, block, &style);
	strbuf_printf(out, "      <property name=\"%s\"", name);
	add_attribute(out, "value", strbuf_text(&text));
	strbuf_puts(out, "/>\n");
}

void print_junit(struct strbuf *out, const struct document *d)
{
	struct suite suite = { .out = out };

	if (print_fails(out, d))
		return;
	suite.names.arena = &suite.arena;
	strbuf_printf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"memprof %s\"", d->what);
	add_counts(out, d, false);
	strbuf_puts(out, ">\n  <testsuite");
	add_attribute(out, "name", d->title);
	add_counts(out, d, true);
	strbuf_puts(out, ">\n    <properties>\n");
	add_property(out, "verdict", &d->answer);
	if (d->source.n_spans)
		add_property(out, "inputs", &d->source);
	strbuf_puts(out, "    </properties>\n");
	for (size_t i = 0; i < d->n_blocks; i++)
		for (size_t k = 0; has_cases(&d->blocks[i]) && k < d->blocks[i].table.n_rows; k++)
			if (d->blocks[i].table.findings[k].suite)
				add_case(&suite, &d->blocks[i].table, k);
	strbuf_puts(out, "  </testsuite>\n</testsuites>\n");
	vec_deinit(&suite, n_of);
	names_deinit(&suite.names);
	arena_deinit(&suite.arena);
	doc_row_deinit(&suite.row);
}
