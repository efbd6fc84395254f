#include "elf/code_lines.h"

#include <stdlib.h>

#include "elf/sources.h"
#include "memprof/base/search.h"

void code_lines_deinit(struct code_lines *c)
{
	vec_deinit(c, queries);
	vec_deinit(c, spans);
	line_table_deinit(&c->table);
}

/* ---- queries ---- */

int code_lines_add_query(struct code_lines *c, uint64_t address, uint64_t end)
{
	return vec_push(c, queries, (struct code_line){ .address = address, .end = end });
}

static int by_address(const void *a, const void *b)
{
	const struct code_line *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

void code_lines_sort(struct code_lines *c)
{
	if (c->n_queries)
		qsort(c->queries, c->n_queries, sizeof(*c->queries), by_address);
}

static size_t first_query(const struct code_lines *c, uint64_t address)
{
	return search_while(c->n_queries, i, c->queries[i].address < address);
}

const struct code_line *code_lines_find(const struct code_lines *c, uint64_t address)
{
	size_t i = first_query(c, address);

	const struct code_line *query = i < c->n_queries && c->queries[i].address == address ? &c->queries[i] : NULL;

	return query && query->file && !query->is_tentative ? query : NULL;
}

/* ---- the code of a unit ---- */

static int by_start(const void *a, const void *b)
{
	const struct code_span *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static bool take_work(struct code_lines *c, uint64_t n)
{
	c->work_left -= MIN(c->work_left, n);
	return c->work_left > 0;
}

/* None overlap. Functions that the linker discarded have their ranges and lines at 0, so what begins there is left out
 * of sources. */
static void find_spans(struct code_lines *c, Dwarf_Die *unit)
{
	Dwarf_Addr base, start, end;
	ptrdiff_t at = 0;
	size_t n = 0;

	c->n_spans = 0;
	c->zero_end = 0;
	while (take_work(c, 1) && (at = dwarf_ranges(unit, at, &base, &start, &end)) > 0 && c->error == 0) {
		if (start == 0)
			c->zero_end = MAX(c->zero_end, end);
		else if (start < end)
			c->error = vec_push(c, spans, (struct code_span){ start, end });
	}
	if (c->n_spans)
		qsort(c->spans, c->n_spans, sizeof(*c->spans), by_start);
	for (size_t i = 0; i < c->n_spans; i++) {
		if (n > 0 && c->spans[i].start <= c->spans[n - 1].end)
			c->spans[n - 1].end = MAX(c->spans[n - 1].end, c->spans[i].end);
		else
			c->spans[n++] = c->spans[i];
	}
	c->n_spans = n;
}

static size_t span_behind(const struct code_lines *c, uint64_t address)
{
	return search_while(c->n_spans, i, c->spans[i].end <= address);
}

/* ---- its lines ---- */

/* A unit while its table is read: rows of one file are added together. */
struct reading {
	struct code_lines *c;
	struct unit_file *files;
	uint32_t n_files;
	const char *unit_name;
	struct line_row row; /* the one before */
	bool has_row, is_at_zero;
	uint64_t run_start; /* of its file */
	size_t i_query;
};

static struct unit_file *file_of(const struct reading *r, uint32_t number)
{
	struct unit_file *file = number < r->n_files ? &r->files[number] : NULL;

	return file && unit_files_text(r->c->files, file) ? file : NULL;
}

/* The parts of it that are code of the unit. */
static void add_run(struct reading *r, uint64_t end)
{
	struct code_lines *c = r->c;
	struct unit_file *file = c->sources && r->run_start < end ? file_of(r, r->row.file) : NULL;
	const char *path = file ? sources_file_path(c->sources, file) : NULL;
	size_t i = path ? span_behind(c, r->run_start) : c->n_spans;

	for (; i < c->n_spans && c->spans[i].start < end && take_work(c, 1); i++)
		sources_add_code(c->sources, MAX(r->run_start, c->spans[i].start), MIN(end, c->spans[i].end), path,
				 r->unit_name);
}

/* At 0 only if no other code has the address. */
static bool may_resolve(const struct reading *r, const struct code_line *query)
{
	const struct code_lines *c = r->c;
	size_t i = span_behind(c, query->address);

	return r->is_at_zero ? query->address < c->zero_end && !query->file :
			       i < c->n_spans && c->spans[i].start <= query->address;
}

/* Queries for addresses of the last row. */
static void resolve_queries(struct reading *r, uint64_t end)
{
	struct code_lines *c = r->c;

	for (; r->i_query < c->n_queries && c->queries[r->i_query].address < end && take_work(c, 1); r->i_query++) {
		struct code_line *query = &c->queries[r->i_query];
		struct unit_file *file = may_resolve(r, query) ? file_of(r, r->row.file) : NULL;
		if (!file)
			continue;
		query->file = file->text;
		query->path = c->sources ? sources_file_path(c->sources, file) : NULL;
		query->line = r->row.line;
		query->is_tentative = r->is_at_zero;
	}
}

/* Code at 0 has not been discarded if it ends where a symbol does. */
static void end_at_zero(struct reading *r, uint64_t end)
{
	struct code_lines *c = r->c;
	bool is_real = false;

	for (size_t i = 0; i < c->n_queries && c->queries[i].address < end && take_work(c, 1); i++)
		is_real |= c->queries[i].is_tentative && c->queries[i].end == end;
	for (size_t i = 0; i < c->n_queries && c->queries[i].address < end && take_work(c, 1); i++) {
		if (c->queries[i].is_tentative && !is_real)
			c->queries[i].file = NULL;
		c->queries[i].is_tentative = false;
	}
}

static void begin_run(struct reading *r, uint64_t start)
{
	r->run_start = start;
	r->i_query = first_query(r->c, start);
}

static void add_row(struct reading *r, const struct line_row *row)
{
	if (!r->has_row)
		r->is_at_zero = row->address == 0;
	if (r->has_row && row->address >= r->row.address) {
		if (r->i_query < r->c->n_queries && r->c->queries[r->i_query].address < row->address)
			resolve_queries(r, row->address);
		if (row->is_end || row->file != r->row.file) {
			if (!r->is_at_zero)
				add_run(r, row->address);
			r->run_start = row->address;
		}
	} else {
		begin_run(r, row->address);
	}
	if (row->is_end && r->is_at_zero)
		end_at_zero(r, row->address);
	r->row = *row;
	r->has_row = !row->is_end;
}

void code_lines_read(struct code_lines *c, struct elf_unit *unit, const char *unit_name)
{
	const struct unit_table *table = unit_files_table(c->files, unit);
	struct line_row row;

	find_spans(c, &unit->root);
	if (!table || (c->n_spans == 0 && c->zero_end == 0) || c->error)
		return;
	struct reading r = { .c = c, .files = table->files, .n_files = table->n_files, .unit_name = unit_name };
	if (line_table_read(&c->table, &unit->dwarf->line_sections, table->offset, table->address_bytes) < 0 ||
	    !take_work(c, cursor_remaining(&c->table.program)))
		return;
	while (c->work_left && line_table_next(&c->table, &row))
		add_row(&r, &row);
}
