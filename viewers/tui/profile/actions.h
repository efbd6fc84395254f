/* What the files of tui/profile offer each other to change the state. */
#pragma once

#include "tui/profile/state.h"

void profile_note(struct tui_profile *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* keys.c */
profile_act profile_list; /* arg: enum profile_list_kind */
profile_act profile_open; /* what is chosen */
void profile_press_key(struct tui_profile *p, uint32_t key);
void profile_focus(struct tui_profile *p, enum profile_pane pane);
void profile_move(struct tui_profile *p, enum profile_pane pane, int64_t steps); /* so many rows; source: scrolls */
void profile_order_by(struct tui_profile *p, enum profile_column column);        /* again: the other way round */
/* mouse.c */
void profile_mouse(struct tui_profile *p, const struct tui_input *input);

/* parts.c: makes what is to be shown, if it is not there yet. 0 or -ENOMEM. */
int profile_part_make(struct tui_profile *p);
void profile_part_deinit(struct profile_part *part);

/* rows.c: makes the rows of the list anew, after another order, or other ones are open; the chosen one stays chosen. 0
 * or -ENOMEM. */
int profile_rows_make(struct tui_profile *p);
void profile_choose(struct tui_profile *p, size_t i_row);
/* The first row of this frame; else the choice stays. */
void profile_choose_frame(struct tui_profile *p, uint32_t frame);
/* Opens all that a node of the tree is within, and chooses it. */
void profile_show_node(struct tui_profile *p, uint32_t node);
/* A row of a tree; a line that has no other one below it opens that, too. */
void profile_open_row(struct tui_profile *p, bool open);
void profile_open_all(struct tui_profile *p, bool open);
/* Closes the chosen row, or else chooses the one that it is within. */
void profile_leave_row(struct tui_profile *p);

/* search.c. False: it is not there, and said. */
bool profile_search(struct tui_profile *p, const char *text);
void profile_find(struct tui_profile *p, int way);

/* source.c: 0 or -ENOMEM. */
int profile_source_make(struct tui_profile *p);
void profile_source_deinit(struct profile_source *s);
