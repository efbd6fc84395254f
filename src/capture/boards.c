#include "boards.h"

#include <string.h>

void boards_init(struct boards *b) { b->n = 1; }

void boards_add(struct boards *b, uint64_t n_dumps, const struct board_info *board)
{
	if (b->n == CAPTURE_BOARDS_MAX)
		memmove(b->all, b->all + 1, --b->n * sizeof(*b->all));
	b->all[b->n++] = (struct capture_board){ n_dumps, *board };
}

bool boards_identify(struct boards *b, uint64_t n_dumps)
{
	struct board_info *known = &b->all[b->n - 1].board;
	bool is_same = known->known && strcmp(known->firmware, b->last.firmware) == 0 &&
		       strcmp(known->version, b->last.version) == 0 && strcmp(known->machine, b->last.machine) == 0;
	bool is_other = known->known && !is_same;

	if (is_other)
		boards_add(b, n_dumps, &b->last);
	else
		*known = b->last;
	return is_other;
}

void boards_survey(struct boards *b, const struct board_info *board)
{
	struct board_info *known = &b->all[b->n - 1].board;

	b->last = *board;
	if (known->known && board->known)
		*known = *board;
}

const struct board_info *boards_of_dump(const struct boards *b, uint64_t n_dump)
{
	size_t i = b->n - 1;

	if (b->n == 1 && !b->all[0].board.known)
		return &b->last;
	while (i > 0 && b->all[i].n_after >= n_dump)
		i--;
	return &b->all[i].board;
}
