/* Figures of a profile in columns that keep to their room. */
#pragma once

#include "memprof/analysis/sites.h"
#include "tui/panels/panel.h"

enum { FIGURE_COLUMNS = 9, SHARE_COLUMNS = 7, COUNT_COLUMNS = 9 };

void figure_amount(char ret[PANEL_WORD_BYTES], const struct sites *s, uint64_t value, int n_columns); /* or time */
void figure_count(char ret[PANEL_WORD_BYTES], uint64_t n, int n_columns);
void figure_share(char ret[PANEL_WORD_BYTES], const struct sites *s, uint64_t value); /* "61.1%" of all */
/* Of a row, in a panel that has the keys or not. */
enum tui_role figure_role(bool is_chosen, bool has_keys);
