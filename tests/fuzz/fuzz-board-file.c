/* Any bytes as a board: what is taken is whole, in order and within its memories. */
#include "fuzz.h"
#include "memprof/base/text.h"
#include "memprof/layout/board_file.h"

static void check_span(const struct board_file *board, const struct board_span *span)
{
	MUST(span->i_memory < board->n_memories && span->size_bytes > 0);
	const struct board_memory *memory = &board->memories[span->i_memory];
	MUST(span->size_bytes <= memory->size_bytes);
	MUST(span->start != NOT_KNOWN || !span->of_partitions);
	if (span->start == NOT_KNOWN)
		return;
	MUST(span->start >= memory->start);
	MUST(span->start - memory->start <= memory->size_bytes - span->size_bytes);
}

FUZZ(data, size)
{
	struct board_file *board = NULL;
	struct diag diag = { .text = "" };
	struct layout layout = { 0 };
	int r = board_file_read((const char *)data, size, "fuzz.json", &board, &diag);

	if (r < 0) {
		MUST(r == -EINVAL && !board && diag.text[0] && diag.at.line > 0 && diag.at.col > 0);
		return;
	}
	MUST(board->n_memories > 0 && board->n_memories <= BOARD_FILE_MEMORIES_MAX && board->n_sources > 0);
	MUST(board->n_spans <= BOARD_FILE_SPANS_MAX && board->n_mappings <= BOARD_FILE_MAPPINGS_MAX);
	MUST(text_is_visible(board->title, strlen(board->title)) && board->name[0]);
	for (size_t i = 0; i < board->n_spans; i++)
		check_span(board, &board->spans[i]);
	layout_board(&layout, board, NOT_KNOWN);
	layout_board_partitions(&layout, board);
	size_t n_spans = board->n_memories;
	for (size_t i = 0; i < board->n_spans; i++)
		n_spans += board->spans[i].start != NOT_KNOWN;
	MUST(layout.n_spans <= n_spans);
	/* What a mapping shows is there twice: at most once for each mapping that shows it, either way. */
	MUST(layout_resolve(&layout) == 0 && layout.n_spans <= n_spans * (1 + 2 * board->n_mappings));
	layout_deinit(&layout);
	board_file_free(board);
}
