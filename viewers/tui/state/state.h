/* The state of the screen. Files in tui/state change it, those in tui/panels draw it and call only the functions
 * declared here. Drawing changes nothing but figures that are computed once for a picture (struct picture). */
#pragma once

#include "memprof/analysis/trend.h"
#include "memprof/viewers/tui.h"
#include "memprof/viewers/verdict_words.h"
#include "tui/geometry.h"
#include "tui/grid.h"
#include "tui/map/map.h"
#include "tui/palette.h"
#include "tui/state/keymap.h"
#include "tui/state/typed_line.h"

enum tui_colors { COLORS_FILL, COLORS_KIND, COLORS_AGE, COLORS_CHANGE, COLORS_CULPRITS, N_TUI_COLORS };
enum tui_typing { TYPING_NOTHING, TYPING_SEARCH, TYPING_GO_TO, TYPING_CONSOLE, N_TUI_TYPING };
enum tui_asking { ASKING_NOTHING, ASKING_INTERRUPT, ASKING_RESET };

/* What is worked out of one moment, for as long as that is shown. */
struct picture {
	uint64_t n_moment; /* 0: nothing is */
	struct heap heap;
	uint32_t i_pool;
	struct pool_state summary; /* of that pool */
	struct area_counts counts; /* of all its areas; all zero without a table */
	struct heap_run largest;   /* its longest free run */
	bool has_culprits;         /* else they are not worked out */
	struct culprit culprits[REPORT_CULPRITS_MAX];
	size_t n_culprits;
	uint32_t *first_seen; /* n_blocks; NULL: not worked out */
	bool owes_ages;       /* it takes longer than a picture may: the next ones go on */
	uint64_t n_before;    /* the moment it is compared with; 0: none */
	struct heap before;
	const struct heap_pool *before_pool; /* NULL: that one had no such pool */
	bool has_before_counts;              /* else these two are not worked out */
	struct pool_state before_summary;
	struct area_counts before_counts;
};

/* Of one pool in one boot. All-zero is ready. */
struct slopes {
	uint64_t n_boot, n_moment; /* the last one that was added; 0: none */
	char pool[16];
	struct trend trend;
	uint64_t n_worked_out, worked_out_us; /* out of so many samples */
	uint64_t span_us;                     /* of them; NOT_KNOWN */
	double per_hour[N_TREND_FIELDS];
};

/* For the title. All-zero is ready. */
struct title_verdict {
	uint64_t n_worked_out, worked_out_us; /* trend: out of so many samples */
	struct trend_result trend;            /* owned: of the boot that boots_work_out reports */
	struct boot_info boot;
	uint64_t n_moment;                /* that the words are of */
	const struct objects_since *grew; /* objects.since, the same */
	struct verdict verdict;
	struct verdict_words words;
	char withdrawn[TUI_WITHDRAWAL_BYTES]; /* what was said and does not hold; "" */
};

struct tui {
	struct tui_options o;
	enum tui_link link;
	char link_words[128];
	char note[256];
	uint64_t note_until_us;   /* 0: there is none */
	bool note_is_mine;        /* of what is shown, so that it ends where another moment is chosen */
	bool note_below;          /* in the last picture it stood in the bottom line */
	uint64_t n_notes;         /* that ever were */
	enum tui_request request; /* of the input that is handled */
	bool stale;
	uint64_t now_us; /* of the last input, or picture */

	/* what is looked at */
	bool follows;        /* the newest moment, whichever that is */
	uint64_t n_moment;   /* else this one; 0: there is none yet */
	uint64_t n_compared; /* 0: with the one before it */
	char pool[16];       /* by name: pools come and go */
	uint32_t i_pool;     /* where it was; of pools that are left, the nearest to it is shown */
	bool pool_chosen;    /* by somebody */
	bool pool_gone;      /* and it was said */

	/* how */
	bool open[N_PANELS], big, letters, wraps, inspector, help; /* wraps: lines of the console */
	enum tui_panel focus;
	enum tui_colors colors, colors_before; /* before: something was compared */
	int help_top;
	uint32_t blocks_per_cell; /* MAP_ZOOM_FIT */
	unsigned trend_zoom; /* 0: axes from 0, all moments; 1: from the least figure; more: half of the time, a quarter
				… */
	struct heap_map view;               /* of the last picture */
	uint32_t i_cursor;                  /* block */
	uint64_t cursor_address;            /* that it keeps, whatever the heap does */
	int column;                         /* that up and down keep over shorter rows; -1: the cursor's */
	size_t events_up, console_up;       /* lines scrolled up from the end */
	size_t event_up;                    /* the event that Enter opens, from the end: 0 is the newest */
	uint64_t n_board_events, n_console; /* that ever were, at the last picture */
	struct map_search search;
	bool searched;

	struct tui_objects objects; /* objects NULL: the board's memory was not read */
	size_t i_owner;             /* the global that Enter shows */

	/* what is typed */
	enum tui_typing typing;
	enum tui_panel focus_before; /* where it goes back to after typing to the console */
	bool console_stays;          /* open then: it was, or something was sent */
	enum tui_asking asking;
	struct typed_line line;
	char sent[TYPED_LINE_BYTES];
	struct old_lines old[N_TUI_TYPING];

	struct plan plan; /* of the last picture */
	struct picture picture;
	struct slopes slopes;
	struct title_verdict verdict;
	bool dragging, dragging_time; /* over the map; over a curve */
	int drag_x, drag_y;
};

/* tui/state/time.c: which moment is looked at. NULL: there is none. */
const struct history_moment *tui_moment(const struct tui *t);
/* The heap of it and all that is worked out, if it is not there yet. 0 or -ENOMEM. */
int tui_prepare(struct tui *t);
/* The pool that is looked at, in the picture; NULL: none. */
const struct heap_pool *tui_pool(const struct tui *t);
const struct history_figures *tui_figures(const struct tui *t);

/* Whether a run that is in the way matters little: most of what is free lies in other pieces. */
bool tui_gains_little(const struct tui *t, const struct culprit *c);
/* The pools of a moment (NULL: none) in the order of the list, those in the same memory together. How many. */
size_t tui_pools_order(const struct history_moment *m, size_t ret[HEAP_POOLS_MAX]);
/* Lines to show: without the last one while it is empty. NULL: 0. */
size_t tui_console_n_lines(const struct console *c);

/* tui/state/owners.c. While there are objects: what a global retains more than at the mark; the first row of the list.
 * The object of a block that is still as it was read; OBJECT_NONE. */
int64_t tui_owner_change(const struct tui *t, size_t i_owner);
size_t tui_owners_top(const struct tui *t, int n_rows);
uint32_t tui_object_of(const struct tui *t, const struct map_object *block);

/* tui/state/slopes.c: of the pool and the boot that are shown; NAN: not known. */
double tui_slope_per_hour(const struct tui *t, enum trend_field field, uint64_t *ret_span_us);
