/* A board's own words about its memory, into a layout. */
#include "memprof/board_file.h"

/* ---- claims ---- */

static void claim(struct layout *l, const char *from, const struct board_memory *memory, const char *name,
		  enum span_kind kind, uint64_t start, uint64_t size_bytes)
{
	layout_claim(l, &(struct layout_claim){
		.space = memory->space, .start = start, .size_bytes = size_bytes, .name = name, .kind = kind,
		.used_bytes = NOT_KNOWN, .free_bytes = NOT_KNOWN, .from = from,
	});
}

static void claim_spans(struct layout *l, const struct board_file *board, const char *from, bool of_partitions)
{
	for (size_t i = 0; i < board->n_spans; i++) {
		const struct board_span *span = &board->spans[i];
		const struct board_memory *memory = &board->memories[span->i_memory];
		if (span->of_partitions != of_partitions)
			continue;
		if (span->start == NOT_KNOWN)
			layout_claim_unplaced(l, &(struct layout_unplaced){
				memory->space, memory->start, memory->size_bytes, memory->name, span->name, span->kind,
				span->size_bytes, from });
		else
			claim(l, from, memory, span->name, span->kind, span->start, span->size_bytes);
	}
}

static const char *from_of(struct layout *l, const struct board_file *board, const char *table)
{
	return table ? arena_printf(&l->arena, "%s of %s", table, board->name) :
	       arena_printf(&l->arena, "board %s", board->name);
}

/* ---- a board ---- */

void layout_board(struct layout *l, const struct board_file *board)
{
	const char *from = from_of(l, board, NULL);

	l->board = arena_printf(&l->arena, "%s", board->name);
	for (size_t i = 0; i < board->n_memories; i++) {
		const struct board_memory *m = &board->memories[i];
		claim(l, from, m, m->name, SPAN_MEMORY, m->start, m->size_bytes);
	}
	claim_spans(l, board, from, false);
	for (size_t i = 0; i < board->n_mappings; i++)
		layout_map(l, &board->mappings[i]);
}

void layout_board_partitions(struct layout *l, const struct board_file *board)
{
	if (board->partition_table)
		claim_spans(l, board, from_of(l, board, board->partition_table), true);
}
