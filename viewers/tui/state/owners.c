/* Whose memory it is: what was read of the board's objects, and which of them is chosen. */
#include <string.h>

#include "tui/state/actions.h"

void tui_set_objects(struct tui *t, const struct tui_objects *objects)
{
	t->objects = objects ? *objects : (struct tui_objects){ .objects = NULL };
	if (objects && !t->o.live) { /* a moment without events */
		t->open[PANEL_OWNERS] = true;
		t->open[PANEL_EVENTS] = false;
	}
	t->i_owner = 0;
	t->stale = true;
}

void act_owners(struct tui *t, int arg)
{
	(void)arg;
	t->open[PANEL_OWNERS] = true;
	t->focus = PANEL_OWNERS;
	t->request = TUI_READ_MEMORY;
}

int64_t tui_owner_change(const struct tui *t, size_t i_owner)
{
	const struct objects_since *since = t->objects.since;
	const char *path = t->objects.report->globals[i_owner].path;

	for (size_t i = 0; since && i < since->n_globals; i++)
		if (strcmp(since->globals[i].name, path) == 0)
			return since->globals[i].n_bytes;
	return 0;
}

size_t tui_owners_top(const struct tui *t, int n_rows)
{
	size_t n_seen = (size_t)MAX(n_rows, 1);

	return t->i_owner >= n_seen ? t->i_owner - n_seen + 1 : 0;
}

void tui_choose_owner(struct tui *t, int n_steps)
{
	int64_t n = t->objects.objects ? (int64_t)t->objects.report->n_globals : 0;

	t->i_owner = (size_t)MIN(MAX((int64_t)t->i_owner + n_steps, 0), MAX(n - 1, 0));
}

/* In the map. */
static void show_object(struct tui *t, uint32_t i_object, const char *name)
{
	const struct heap_pool *pool = tui_pool(t);
	struct object object;
	uint32_t i_block;

	objects_get(t->objects.objects, i_object, &object);
	if (!pool || !heap_block_at(pool, object.address, &i_block)) {
		tui_note(t, "%s lies in no pool that is shown", name);
		return;
	}
	tui_set_cursor(t, i_block);
	t->inspector = t->open[PANEL_MAP] = true;
	t->focus = PANEL_MAP;
}

void tui_show_owner(struct tui *t)
{
	if (!t->objects.objects || t->i_owner >= t->objects.report->n_globals)
		return;
	const struct objects_global *global = &t->objects.report->globals[t->i_owner];
	show_object(t, global->object, global->path);
}

bool tui_find_object(struct tui *t, const char *name)
{
	uint32_t i = t->objects.objects ? objects_find(t->objects.objects, name) : OBJECT_NONE;

	if (i != OBJECT_NONE)
		show_object(t, i, name);
	return i != OBJECT_NONE;
}

uint32_t tui_object_of(const struct tui *t, const struct map_object *block)
{
	uint32_t i = t->objects.objects ? objects_at(t->objects.objects, block->address) : OBJECT_NONE;
	struct object object;

	if (i == OBJECT_NONE || !block_is_head(block->kind))
		return OBJECT_NONE;
	objects_get(t->objects.objects, i, &object);
	return object.address == block->address && object.n_bytes == block->size_bytes ? i : OBJECT_NONE;
}

/* Enter on a block: whose it is. Only a reading of the board's memory tells. */
void tui_ask_owner(struct tui *t)
{
	const struct heap_pool *pool = tui_pool(t);
	struct map_object block;

	t->inspector = true;
	if (!pool || pool->n_blocks == 0) {
		tui_note(t, "there is no block table here");
		return;
	}
	map_object(pool, t->i_cursor, NOT_KNOWN, &block);
	if (!block_is_head(block.kind))
		tui_note(t, block.kind == BLOCK_FREE ? "this is free" : "what is here is not known");
	else if (t->o.live && tui_object_of(t, &block) == OBJECT_NONE)
		t->request = TUI_ASK_OWNER;
	else if (!t->objects.objects)
		tui_note(t, "a log has no names; a memory file has (memprof snap --memory FILE)");
}
