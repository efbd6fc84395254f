/* Boards that are known: all of them, or one with its memories and where that is known from. */
#include <string.h>

#include "memprof/viewers/board_view.h"

#define BIT(kind) (1u << (kind))

/* ---- all ---- */

enum { L_NAME, L_MCU, L_FLASH, L_RAM, L_EXTERNAL, L_TITLE };

static const struct doc_column list_columns[] = {
	[L_NAME] = { "board", "board", DOC_TEXT, .whole = true, .is_name = true },
	[L_MCU] = { "mcu", "MCU", DOC_TEXT, .drop = 2 },
	[L_FLASH] = { "flash", "flash", DOC_SIZE },
	[L_RAM] = { "ram", "RAM", DOC_SIZE },
	[L_EXTERNAL] = { "external_ram", "ext. RAM", DOC_SIZE, .drop = 1 },
	[L_TITLE] = { "title", "name", DOC_TEXT, .columns_max = 12, .drop = 3 },
};

static void fill_board(const void *ctx, size_t i, struct doc_row *ret)
{
	static const unsigned kinds[] = { BIT(BOARD_FLASH), BIT(BOARD_SRAM) | BIT(BOARD_TCM),
					  BIT(BOARD_PSRAM) | BIT(BOARD_SDRAM) };
	const struct board_file *board = ((struct board_file *const *)ctx)[i];

	ret->cells[L_NAME] = DOC_T(board->name);
	ret->cells[L_MCU] = DOC_T(board->mcu);
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		uint64_t size_bytes = board_file_memory_bytes(board, kinds[k]);
		ret->cells[L_FLASH + k] = DOC_BYTES(size_bytes ? size_bytes : NOT_KNOWN);
	}
	ret->cells[L_TITLE] = DOC_T(board->title);
}

void document_boards(struct document *d, struct board_file *const *boards, size_t n)
{
	doc_init(d, "known boards");
	doc_answer(d, DOC_FINE, DOC_OF(n, "known board"));
	doc_table(d, &(struct doc_table){ DOC_COLUMNS(list_columns), DOC_ROWS(n, fill_board, boards) });
}

/* ---- one ---- */

enum { BOARD, DEPTH, NAME, START, SIZE, KIND, TABLE };

static const struct doc_column columns[] = {
	[BOARD] = { .key = "board" },
	[DEPTH] = { .key = "depth" },
	[NAME] = { "name", "name", DOC_TEXT, .is_name = true },
	[START] = { "start", "start", DOC_ADDRESS },
	[SIZE] = { "size", "size", DOC_SIZE },
	[KIND] = { "kind", "kind", DOC_TEXT },
	[TABLE] = { "table", "table", DOC_TEXT, .columns_max = 12, .drop = 3 },
};

/* Each memory, and the spans in it. */
struct row {
	const struct board_memory *memory; /* NULL: a span */
	const struct board_span *span;
};

static struct row row_at(const struct board_file *board, size_t i)
{
	for (uint32_t k = 0;; k++) {
		if (i-- == 0)
			return (struct row){ &board->memories[k], NULL };
		for (size_t n = 0; n < board->n_spans; n++)
			if (board->spans[n].i_memory == k && i-- == 0)
				return (struct row){ NULL, &board->spans[n] };
	}
}

static const char *kind_of(const struct board_memory *m)
{
	return strcmp(m->space, LAYOUT_FLASH) == 0 ? "flash chip, by offset" :
	       strcmp(m->space, LAYOUT_PSRAM) == 0 ? "psram chip, by offset" :
						     board_memory_kind_name(m->kind);
}

static void fill_row(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct board_file *board = ctx;
	const struct row row = row_at(board, i);
	const struct board_memory *m = row.memory;

	ret->depth = !m;
	ret->cells[BOARD] = DOC_T(board->name);
	ret->cells[DEPTH] = DOC_N(ret->depth);
	ret->cells[NAME] = DOC_T(m ? m->name : row.span->name);
	ret->cells[START] = m                            ? DOC_AT(m->start) :
			    row.span->start == NOT_KNOWN ? DOC_T("somewhere") :
							   DOC_AT(row.span->start);
	ret->cells[SIZE] = DOC_BYTES(m ? m->size_bytes : row.span->size_bytes);
	ret->cells[KIND] = DOC_T(m ? kind_of(m) : span_kind_name(row.span->kind));
	if (!m && row.span->of_partitions)
		ret->cells[TABLE] = DOC_T(board->partition_table);
}

static void add_notes(struct document *d, const struct board_file *board)
{
	size_t n_blocks;

	doc_section(d, "Notes");
	n_blocks = d->n_blocks;
	for (size_t i = 0; i < board->n_memories + board->n_spans; i++) {
		const struct row row = row_at(board, i);
		const char *summary = row.memory ? row.memory->summary : row.span->summary;
		if (summary)
			doc_item(d, DOC_T(row.memory ? row.memory->name : row.span->name), DOC_T(": "), DOC_T(summary));
	}
	for (size_t i = 0; i < board->n_mappings; i++) {
		const struct layout_mapping *m = &board->mappings[i];
		doc_item(d, DOC_BYTES(m->size_bytes), DOC_T(" of "), DOC_T(m->to_space), DOC_T(" "),
			 DOC_AT(m->to_start), DOC_T(" appear at "), DOC_T(m->space), DOC_T(" "), DOC_AT(m->start));
	}
	d->n_blocks -= d->n_blocks == n_blocks;
}

void document_board(struct document *d, const struct board_file *board)
{
	doc_init(d, "board");
	doc_title(d, board->name);
	doc_answer(d, DOC_FINE, DOC_T(board->name), DOC_T(": "), DOC_T(board->maker), DOC_T(" "), DOC_T(board->title),
		   DOC_T(", "), DOC_T(board->mcu), DOC_T(", "), DOC_T(board->firmware), DOC_T(" port "),
		   DOC_T(board->port));
	doc_table(d,
		  &(struct doc_table){ DOC_COLUMNS(columns),
				       DOC_ROWS(board->n_memories + board->n_spans, fill_row, board), .exact = true });
	add_notes(d, board);
	doc_section(d, "Sources");
	for (size_t i = 0; i < board->n_sources; i++) {
		const struct board_source *s = &board->sources[i];
		doc_item(d, DOC_T(s->repository),
			 DOC_T(s->commit ? arena_printf(&d->arena, " at %.10s", s->commit) : ""), DOC_T(" "),
			 DOC_T(s->path), DOC_T(": "), DOC_T(s->summary));
	}
}
