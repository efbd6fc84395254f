/* The screen's state: created, freed, and told by its owner what changed. */
#include <stdlib.h>
#include <string.h>

#include "memprof/base/text.h"
#include "tui/state/actions.h"

#define PANEL_NAME(CONSTANT, name, key, least, wanted, weight, column, help) #name,
static const char *const panel_names[] = { TUI_PANELS(PANEL_NAME) };

/* Whether "map,trend" has the name. */
static bool lists(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = list; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strcspn(at, ",") == n && strncmp(at, name, n) == 0)
			return true;
	}
	return false;
}

/* What cannot be shown stays closed; without any, the map is. The map has the focus, or else the first. */
static void open_panels(struct tui *t, const char *list)
{
	bool any = false;

	for (int i = N_PANELS; i-- > 0;) {
		t->open[i] = lists(list, panel_names[i]) && (i != PANEL_CONSOLE || t->o.console);
		any |= t->open[i];
		if (t->open[i])
			t->focus = (enum tui_panel)i;
	}
	if (!any || t->open[PANEL_MAP])
		t->focus = PANEL_MAP;
	t->open[t->focus] = true;
}

struct tui *tui_new(const struct tui_options *options)
{
	struct tui *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->o = *options;
	t->link = options->live ? TUI_LIVE : TUI_REPLAY;
	t->stale = t->follows = t->inspector = true;
	for (int i = 0; i < N_PANELS; i++)
		t->open[i] = true;
	t->open[PANEL_CONSOLE] = options->console != NULL;
	t->open[PANEL_OWNERS] = false; /* until there are some */
	t->focus = PANEL_MAP;
	if (options->panels && options->panels[0] && strcmp(options->panels, "auto") != 0)
		open_panels(t, options->panels);
	t->o.panels = NULL; /* it need not stay */
	t->view = (struct heap_map){ .columns = 1, .rows = 1, .blocks_per_cell = 1 };
	t->cursor_address = NOT_KNOWN;
	t->column = -1;
	heap_init(&t->picture.heap);
	heap_init(&t->picture.before);
	return t;
}

void tui_free(struct tui *t)
{
	if (!t)
		return;
	heap_deinit(&t->picture.heap);
	heap_deinit(&t->picture.before);
	free(t->picture.first_seen);
	trend_deinit(&t->slopes.trend);
	trend_result_deinit(&t->verdict.trend);
	free(t);
}

/* ---- what it is told ---- */

void tui_set_link(struct tui *t, enum tui_link link, const char *words)
{
	t->link = link;
	text_copy(t->link_words, sizeof(t->link_words), words, strlen(words));
	t->stale = true;
}

void tui_grew(struct tui *t) { t->stale = true; }

bool tui_is_stale(const struct tui *t) { return t->stale; }

uint64_t tui_deadline_us(const struct tui *t)
{
	if (t->picture.owes_ages)
		return t->now_us;
	uint64_t note_us = t->note_until_us ? t->note_until_us : NOT_KNOWN;
	return MIN(note_us, MIN(tui_slopes_due_us(t), tui_verdict_due_us(t)));
}

const char *tui_line(const struct tui *t) { return t->sent; }
