/* What the files of tui/state offer each other, the mouse and the drawing of the whole screen. */
#pragma once

#include "tui/state/state.h"

/* tui/state/note.c: a note, as by tui_message. */
void tui_note(struct tui *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* tui/state/keys.c. arg of act_request: enum tui_request; of act_ask: enum tui_asking. */
tui_act act_request, act_ask, act_colors, act_letters, act_wrap, act_inspector;
void tui_perform(struct tui *t, const struct key_row *row); /* NULL: nothing */
void tui_press_key(struct tui *t, uint32_t key);

/* tui/state/lists.c. up: lines from the end of a list of n. lines: < 0 up. */
size_t tui_scrolled(size_t up, size_t n, int lines);
void tui_scroll(struct tui *t, enum tui_panel panel, int lines); /* events or console */
void tui_console_until(struct tui *t, uint64_t n_lines);         /* so that line n is the last in sight */
void tui_choose_event(struct tui *t, size_t event_up);           /* and scrolls to it */
void tui_hold_lists(struct tui *t); /* before drawing: what is scrolled up stays in place while lists grow */

/* tui/state/scene.c: the runs that are in the way, if they are not worked out yet. */
void tui_take_culprits(struct tui *t);
void tui_set_cursor(struct tui *t, uint32_t i_block);

/* tui/mouse.c */
void tui_mouse(struct tui *t, const struct tui_input *input);

/* tui/state/slopes.c: adds what is new in the history. 0 or -ENOMEM. */
int tui_prepare_slopes(struct tui *t);
/* tui/state/verdict.c: the same for the verdict, and its deadline. */
int tui_prepare_verdict(struct tui *t);
uint64_t tui_verdict_due_us(const struct tui *t);
uint64_t tui_slopes_due_us(const struct tui *t); /* NOT_KNOWN: they are up to date */

/* tui/state/time.c: moments. */
tui_act act_pause, act_step, act_event, act_oldest, act_live, act_compare;
void tui_look_at(struct tui *t, uint64_t n_moment);
void tui_show_event(struct tui *t, size_t i_board_event);
bool tui_go_to_time(struct tui *t, const char *text);   /* "1:23", "1:02:03.5"; false: it is none */
bool tui_go_to_moment(struct tui *t, const char *text); /* "@12", "12", "+10", "-10" */

/* tui/state/places.c: pools, and places in the heap map. */
tui_act act_pool, act_zoom, act_largest, act_culprit, act_find;
void tui_choose_pool(struct tui *t, size_t i_pool);
/* So many on in the list, or back; around its end, or not beyond it. */
void tui_step_pool(struct tui *t, int n_steps, bool around);
/* False: it is refused, and said why. */
bool tui_search(struct tui *t, const char *text);
bool tui_go_to(struct tui *t, const char *text);

/* tui/state/focus.c: panels, and what arrows do in them (arg of act_move). */
enum tui_move { MOVE_UP, MOVE_DOWN, MOVE_LEFT, MOVE_RIGHT, MOVE_PAGE_UP, MOVE_PAGE_DOWN, MOVE_HOME, MOVE_END, N_MOVES };
tui_act act_move, act_panel, act_next_panel, act_big, act_open, act_back, act_help;
bool tui_help_key(struct tui *t, const struct key_row *row); /* false: not for the help */

/* tui/state/owners.c */
tui_act act_owners;
void tui_choose_owner(struct tui *t, int n_steps);
void tui_show_owner(struct tui *t); /* the chosen one, in the map */
void tui_ask_owner(struct tui *t);  /* of the block under the cursor */
bool tui_find_object(struct tui *t, const char *name);

/* tui/state/line_input.c: lines that are typed. arg: enum tui_typing. */
tui_act act_type;
void tui_line_key(struct tui *t, uint32_t key);
