/* The first line: what is looked at, how it is told, which moment of it, and whether it goes on. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/viewers/view.h"
#include "text/cut.h"
#include "tui/panels/panel.h"

/* In the order in which they stand; those of the right side from RIGHT_SIDE on. */
enum {
	PART_PROGRAM,
	PART_BOARD,
	PART_SOURCE,
	PART_VERDICT,
	PART_ENDS,
	PART_FIGURES, /* of the verdict; */
	PART_ROOM,    /* the same if it is no warning */
	PART_LINK,
	PART_LABEL,
	RIGHT_SIDE,
	PART_BOOT = RIGHT_SIDE,
	PART_MOMENT,
	PART_TIME, /* or the line */
	PART_NO_TIME,
	PART_STATE,
	N_PARTS
};

struct part {
	char text[160];
	int n_columns; /* 0: it is not shown */
};

/* What stays longest where there is little room. */
static const uint8_t parts_by_weight[] = { PART_STATE,  PART_VERDICT, PART_MOMENT,  PART_ENDS, PART_TIME,
					   PART_SOURCE, PART_FIGURES, PART_BOOT,    PART_LINK, PART_ROOM,
					   PART_BOARD,  PART_NO_TIME, PART_PROGRAM, PART_LABEL };

static const char *state_of(const struct tui *t, enum tui_role *ret_role)
{
	static const struct {
		const char *words;
		enum tui_role role;
	} states[] = {
		[TUI_LIVE] = { "LIVE", TUI_TITLE_GOOD },    [TUI_LISTENING] = { "LISTENING", TUI_TITLE_GOOD },
		[TUI_AWAY] = { "GONE", TUI_TITLE_WARNING }, [TUI_ENDED] = { "ENDED", TUI_TITLE_WARNING },
		[TUI_REPLAY] = { "REPLAY", TUI_TITLE_KEY },
	};
	bool goes_on = t->link == TUI_LIVE || t->link == TUI_LISTENING;

	*ret_role = goes_on && !t->follows ? TUI_TITLE_KEY : states[t->link].role;
	return goes_on && !t->follows ? "PAUSED" : states[t->link].words;
}

static const char *board_of(const struct tui *t, bool is_wide)
{
	const struct board_info *b = t->o.board;

	if (!b || !b->known)
		return "";
	if (is_wide && b->machine[0])
		return b->machine;
	return b->build[0] ? b->build : b->machine[0] ? b->machine : b->platform;
}

static void __attribute__((format(printf, 2, 3))) say(struct part *part, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(part->text, sizeof(part->text), format, args);
	va_end(args);
}

/* A part of the line, or what the name of the file takes. */
static void say_source(const struct tui *t, const struct grid *g, int n_columns, struct part *part)
{
	enum { COLUMNS_WIDE = 60, PART_OF_COLUMNS = 4 };
	const char *source = t->o.source ? t->o.source : "", *file = text_file_of(source);
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int n = MAX(n_columns < COLUMNS_WIDE ? 0 : n_columns / PART_OF_COLUMNS, grid_columns(g, file, strlen(file)));

	text_cut_source(&text, source, (size_t)MAX(MIN(n, n_columns / 2), 2), g->utf8);
	say(part, "%s", strbuf_text(&text));
}

static void say_moment(const struct tui *t, struct part parts[N_PARTS])
{
	const struct history_moment *m = tui_moment(t);
	size_t n = history_n(t->o.history);
	char time[PANEL_WORD_BYTES];

	if (!m)
		return;
	const struct history_moment *newest = history_moment(t->o.history, n - 1);
	if (t->follows)
		say(&parts[PART_MOMENT], "snapshot %" PRIu64, m->n);
	else
		say(&parts[PART_MOMENT], "snapshot %" PRIu64 " of %" PRIu64, m->n, newest->n);
	if (m->at_us != NOT_KNOWN)
		say(&parts[PART_TIME], "%s", panel_time(time, m->at_us));
	else if (m->line > 0)
		say(&parts[PART_TIME], "line %" PRIu64, m->line);
	if (m->at_us == NOT_KNOWN)
		say(&parts[PART_NO_TIME], TEXT_NO_TIME);
	if (newest->n_boot > 1)
		say(&parts[PART_BOOT], "boot %" PRIu64 " of %" PRIu64, m->n_boot, newest->n_boot);
	if (m->label[0])
		say(&parts[PART_LABEL], "\"%.*s\"", (int)sizeof(m->label), m->label);
}

/* Takes parts in, the weightiest first, as long as they fit; one column and a blank is kept on each side. */
static int parts_choose(struct part parts[N_PARTS], const struct grid *g, int n_columns)
{
	enum { PART_COLUMNS_MAX = 40 };
	int n_used = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts_by_weight); i++) {
		struct part *p = &parts[parts_by_weight[i]];
		int n = grid_columns(g, p->text, strlen(p->text));
		if (parts_by_weight[i] != PART_SOURCE)
			n = MIN(n, PART_COLUMNS_MAX);
		if (n > 0 && (n_used == 0 || n_used + n + 2 <= n_columns)) {
			p->n_columns = MIN(n, n_columns);
			n_used += n + 2;
		}
	}
	return n_used;
}

static void parts_make(const struct tui *t, const struct grid *g, int n_columns, struct part parts[N_PARTS],
		       enum tui_role *ret_state)
{
	const struct verdict_words *verdict = &t->verdict.words;

	say(&parts[PART_PROGRAM], "memprof");
	say(&parts[PART_BOARD], "%s", board_of(t, n_columns >= 100));
	say_source(t, g, n_columns, &parts[PART_SOURCE]);
	say(&parts[PART_LINK], "%s", t->link_words);
	say(&parts[PART_STATE], "%s", state_of(t, ret_state));
	say(&parts[PART_VERDICT], "%s", verdict->text);
	say(&parts[PART_ENDS], "%s", verdict->ends);
	say(&parts[verdict->warns ? PART_FIGURES : PART_ROOM], "%s", verdict->figures);
	say_moment(t, parts);
	parts_choose(parts, g, n_columns);
}

/* A note stands in place of the left side, but for the verdict. */
bool panel_title_has_room(const struct tui *t, const struct grid *g, const struct rect *r)
{
	struct part parts[N_PARTS] = { 0 };
	enum tui_role state_role;
	int n_left = r->columns - 2;

	parts_make(t, g, r->columns, parts, &state_role);
	for (int i = RIGHT_SIDE; i < N_PARTS; i++)
		n_left -= parts[i].n_columns > 0 ? parts[i].n_columns + 2 : 0;
	n_left -= parts[PART_VERDICT].n_columns > 0 ? parts[PART_VERDICT].n_columns + 2 : 0;
	return grid_columns(g, t->note, strlen(t->note)) <= n_left;
}

static enum tui_role role_of(const struct tui *t, int part)
{
	if (part < PART_VERDICT || part > PART_ROOM)
		return TUI_TITLE;
	return t->verdict.words.warns ? TUI_TITLE_WARNING : TUI_TITLE_GOOD;
}

void panel_title(const struct tui *t, struct grid *g, const struct rect *r, uint64_t now_us)
{
	struct part parts[N_PARTS] = { 0 };
	enum tui_role state_role;
	int x = r->x + 1, right = r->x + r->columns - 1;

	if (r->rows < 1 || r->columns < 1)
		return;
	struct rect row = { r->x, r->y, r->columns, 1 };
	grid_fill(g, &row, ' ', TUI_TITLE);
	parts_make(t, g, r->columns, parts, &state_role);
	for (int i = N_PARTS; i-- > RIGHT_SIDE;) {
		const struct part *p = &parts[i];
		if (p->n_columns == 0)
			continue;
		right = MAX(right - p->n_columns, r->x);
		grid_text(g, right, r->y, p->n_columns, i == PART_STATE ? state_role : TUI_TITLE, p->text);
		right -= 2;
	}
	bool has_note = !t->note_below && t->note[0] && now_us < t->note_until_us;
	for (int i = 0; i < RIGHT_SIDE; i++)
		if (parts[i].n_columns > 0 && x < right && (!has_note || i == PART_VERDICT))
			x += grid_text(g, x, r->y, MIN(parts[i].n_columns, right - x), role_of(t, i), parts[i].text) +
			     2;
	if (has_note)
		grid_text(g, x, r->y, right - x, TUI_TITLE_WARNING, t->note);
}
