#include "tui/profile/figures.h"

#include <inttypes.h>
#include <stdio.h>

void figure_count(char ret[PANEL_WORD_BYTES], uint64_t n, int n_columns)
{
	if (snprintf(ret, PANEL_WORD_BYTES, "%" PRIu64, n) > n_columns)
		snprintf(ret, PANEL_WORD_BYTES, "%.1e", (double)n);
}

void figure_amount(char ret[PANEL_WORD_BYTES], const struct sites *s, uint64_t value, int n_columns)
{
	if (s->unit == SITES_TIME)
		figure_count(ret, value, n_columns);
	else
		panel_size(ret, value, n_columns);
}

void figure_share(char ret[PANEL_WORD_BYTES], const struct sites *s, uint64_t value)
{
	uint64_t all = s->nodes[0].total.bytes;

	snprintf(ret, PANEL_WORD_BYTES, "%.1f%%", all ? 100 * (double)value / (double)all : 0);
}

enum tui_role figure_role(bool is_chosen, bool has_keys)
{
	return !is_chosen ? TUI_PLAIN : has_keys ? TUI_CHOSEN : TUI_HEAD;
}
