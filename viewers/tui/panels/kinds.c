/* What takes how much, by kind, and what that was at the moment it is compared with. */
#include <inttypes.h>
#include <stdlib.h>

#include "memprof/base/number.h"
#include "tui/panels/panel.h"

static const struct area_counts nothing;

static int64_t signed_bytes(uint64_t now, uint64_t then)
{
	return now == NOT_KNOWN || then == NOT_KNOWN ? 0 : (int64_t)(now - then);
}

static void count(const struct tui *t, uint8_t letter, struct kind_row *ret)
{
	const struct picture *p = &t->picture;
	const struct area_counts *then = p->before_pool ? &p->before_counts : &nothing;
	uint64_t now_bytes = (uint64_t)p->counts.kind_blocks[letter] * tui_pool(t)->block_bytes;
	uint64_t then_block_bytes = p->before_pool ? p->before_pool->block_bytes : 0;
	uint64_t then_bytes = then->kind_blocks[letter] * then_block_bytes;

	*ret = (struct kind_row){
		.letter = letter,
		.n_objects = p->counts.kind_objects[letter],
		.bytes = now_bytes,
		.more_objects = (int64_t)p->counts.kind_objects[letter] - then->kind_objects[letter],
		.more_bytes = signed_bytes(now_bytes, then_bytes),
	};
}

static int by_bytes(const void *a, const void *b)
{
	const struct kind_row *x = a, *y = b;

	return x->bytes != y->bytes ? (x->bytes < y->bytes) - (x->bytes > y->bytes) : x->letter - y->letter;
}

static int by_change(const void *a, const void *b)
{
	const struct kind_row *x = a, *y = b;
	int64_t dx = x->more_bytes < 0 ? -x->more_bytes : x->more_bytes;
	int64_t dy = y->more_bytes < 0 ? -y->more_bytes : y->more_bytes;

	return dx != dy ? (dx < dy) - (dx > dy) : x->letter - y->letter;
}

size_t panel_kinds(const struct tui *t, bool changed, struct kind_row ret[PANEL_KINDS_MAX])
{
	size_t n = 0;

	if (!tui_pool(t))
		return 0;
	for (unsigned letter = 0; letter < PANEL_KINDS_MAX; letter++) {
		count(t, (uint8_t)letter, &ret[n]);
		n += changed ? ret[n].more_objects || ret[n].more_bytes : ret[n].n_objects > 0;
	}
	qsort(ret, n, sizeof(*ret), changed ? by_change : by_bytes);
	return n;
}

static void say_figure(struct flow *f, const char *name, uint64_t now, uint64_t then, bool more_is_good)
{
	int64_t more = signed_bytes(now, then);
	enum tui_role role = more == 0 ? TUI_FAINT : (more > 0) == more_is_good ? TUI_GOOD : TUI_WARNING;

	if (now != NOT_KNOWN && then != NOT_KNOWN)
		flow_printf(f, role, "%s %+" PRId64 " B", name, more);
}

void panel_compared(const struct tui *t, struct flow *f)
{
	const struct pool_state *now = &t->picture.summary, *then = &t->picture.before_summary;
	struct kind_row rows[PANEL_KINDS_MAX];

	if (!t->picture.before_pool)
		return;
	say_figure(f, "used", now->used_bytes, then->used_bytes, false);
	say_figure(f, "free", now->free_bytes, then->free_bytes, true);
	say_figure(f, "LFB", now->lfb_bytes, then->lfb_bytes, true);
	size_t n = panel_kinds(t, true, rows);
	for (size_t i = 0; i < n && f->y < f->r.rows; i++)
		flow_printf(f, palette_kind(rows[i].letter), "%c %+" PRId64 " (%+" PRId64 " B)",
			    (char)palette_letter(rows[i].letter), rows[i].more_objects, rows[i].more_bytes);
}

void panel_kind_list(const struct tui *t, struct flow *f)
{
	struct kind_row rows[PANEL_KINDS_MAX];

	flow_row(f);
	if (f->r.rows - f->y < 2) /* one row is no list */
		return;
	size_t n = panel_kinds(t, false, rows);
	for (size_t i = 0; i < n && f->y < f->r.rows; i++) {
		const char *name = block_kind_name(rows[i].letter);
		flow_printf(f, palette_kind(rows[i].letter), "%c %-10s %9" PRIu64 " B in %" PRIu64 " object%s",
			    (char)palette_letter(rows[i].letter), name, rows[i].bytes, rows[i].n_objects,
			    rows[i].n_objects == 1 ? "" : "s");
		if (t->picture.before_pool && rows[i].more_bytes)
			flow_printf(f, TUI_CHANGED, "%+" PRId64 " B", rows[i].more_bytes);
		flow_row(f);
	}
}
