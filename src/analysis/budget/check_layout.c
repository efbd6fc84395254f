/* Partitions and file systems against their limits. */
#include <string.h>

#include "budget/check_private.h"
#include "memprof/base/number.h"

/* What of a span is used; free < 0: more than there is. Either may be unknown. */
struct use {
	struct figure_value used, free;
};

static bool is_partition(const struct layout_span *span)
{
	bool is_one = span->kind == SPAN_PARTITION || span->kind == SPAN_FILESYSTEM || span->kind == SPAN_BOOTLOADER;

	return is_one && *span->name && !span->shown_by;
}

static const struct layout_slot *slot_of(const struct layout *l, const struct layout_span *span)
{
	for (size_t i = 0; i < l->n_slots; i++) {
		const struct layout_slot *slot = &l->slots[i];
		bool same_place = slot->start == span->start && slot->size_bytes == span->size_bytes;
		if (span->kind == SPAN_PARTITION && same_place && strcmp(span->space, LAYOUT_FLASH) == 0 &&
		    strcmp(slot->name, span->name) == 0)
			return slot;
	}
	return NULL;
}

static struct figure_value free_of(const struct layout_span *span)
{
	return figure_bytes(span->free_bytes == NOT_KNOWN ? NOT_KNOWN : MIN(span->free_bytes, span->size_bytes));
}

/* All of a firmware is used; of a file system what somebody said. */
static struct use use_inside(const struct layout *l, const struct layout_span *span)
{
	uint64_t used_bytes = 0, taken_bytes = 0; /* what a file system has not free it keeps for itself */
	bool known = false;

	for (uint32_t i = span->first_child; i != LAYOUT_NONE; i = l->spans[i].next) {
		const struct layout_span *child = &l->spans[i];
		bool of_files = child->kind == SPAN_FILESYSTEM;
		struct figure_value left = free_of(child);
		if (child->kind != SPAN_FIRMWARE && !of_files)
			continue;
		uint64_t n_bytes = of_files ? child->used_bytes : child->size_bytes;
		if (n_bytes == NOT_KNOWN)
			return (struct use){ 0 };
		n_bytes = MIN(n_bytes, child->size_bytes);
		known = true;
		used_bytes += n_bytes;
		taken_bytes += of_files && left.known ? child->size_bytes - (uint64_t)left.amount : n_bytes;
	}
	if (!known)
		return (struct use){ 0 };
	uint64_t free_bytes = span->size_bytes - MIN(taken_bytes, span->size_bytes);
	return (struct use){ figure_bytes(used_bytes), figure_bytes(free_bytes) };
}

/* A firmware that is to go there counts before the one that is there now. */
static struct use use_of(const struct layout *l, const struct layout_span *span)
{
	const struct layout_slot *slot = slot_of(l, span);

	if (slot) {
		struct use use = { .used = figure_bytes(slot->app_bytes) };
		use.free = figure_signed(figure_bytes(slot->size_bytes).amount - use.used.amount);
		return use;
	}
	if (span->used_bytes == NOT_KNOWN)
		return use_inside(l, span);
	return (struct use){ figure_bytes(span->used_bytes), free_of(span) };
}

static struct figure_value figure_of(const struct use *use, const struct check_row *row)
{
	return row->limit->spec->figure == FIGURE_FREE ? use->free : use->used;
}

/* ---- an older layout ---- */

static const struct layout_span *find_span(const struct layout *l, const struct layout_span *like)
{
	const struct layout_span *found = NULL;

	for (size_t i = 0; l && i < l->n_spans; i++) {
		const struct layout_span *span = &l->spans[i];
		if (!is_partition(span) || strcmp(span->name, like->name) != 0)
			continue;
		if (span->kind == like->kind)
			return span;
		found = found ? found : span;
	}
	return found;
}

static bool has_partitions(const struct layout *l)
{
	for (size_t i = 0; l && i < l->n_spans; i++)
		if (is_partition(&l->spans[i]))
			return true;
	return false;
}

static struct figure_value base_of(const struct layout *base, const struct layout_span *span,
				   const struct check_row *row)
{
	const struct layout_span *was = find_span(base, span);

	if (!was)
		return has_partitions(base) ? figure_bytes(0) : (struct figure_value){ 0 };
	struct use use = use_of(base, was);
	return figure_of(&use, row);
}

/* ---- rows ---- */

static const char *noun_of(const struct layout_span *span)
{
	return span->kind == SPAN_FILESYSTEM ? "file system" : "partition";
}

static void offer(struct check *c, struct check_row *row, const struct layout *now, const struct layout_span *span,
		  const struct layout *base)
{
	struct use use = use_of(now, span);
	struct check_figure figure = { .name = span->name,
				       .now = figure_of(&use, row),
				       .capacity_bytes = span->size_bytes };

	if (check_grows(row))
		figure.base = base_of(base, span, row);
	if (!figure.now.known) {
		check_cannot(c, row, "nothing tells how much of %s %s is used", noun_of(span), span->name);
		check_advise(
			row,
			span->kind == SPAN_FILESYSTEM ?
				"give the board with --live: it tells that" :
				"give what goes there with --bin FILE, or the board with --live if it holds files");
	} else if (check_grows(row) && base && !figure.base.known) {
		check_cannot(c, row, "the baseline does not tell how much of %s %s was used", noun_of(span),
			     span->name);
	} else if (!check_grows(row) || base) {
		check_offer(c, row, &figure);
	}
}

/* Those that must hold the firmware, whatever they are called. */
static const char of_apps[] = "type:app";

static bool fits(const struct check_row *row, const struct layout *l, const struct layout_span *span)
{
	if (!is_partition(span))
		return false;
	if (strcmp(row->entry->pattern, of_apps) == 0)
		return slot_of(l, span) && !check_excepts(row->entry, span->name);
	return check_fits(row->entry, span->name);
}

enum { TOLD_MAX = 5 };

/* "; there are nvs, factory and vfs" */
static void list(struct strbuf *out, const struct layout *l)
{
	const char *names[TOLD_MAX];
	size_t n = 0;
	bool more = false;

	for (size_t i = 0; i < l->n_spans; i++) {
		if (!is_partition(&l->spans[i]))
			continue;
		more |= n == TOLD_MAX;
		if (n < TOLD_MAX)
			names[n++] = l->spans[i].name;
	}
	if (n > 0)
		strbuf_printf(out, "; there %s ", n == 1 ? "is" : "are");
	for (size_t i = 0; i < n; i++)
		strbuf_printf(out, "%s%s", i == 0 ? "" : i + 1 < n || more ? ", " : " and ", names[i]);
	strbuf_puts(out, more ? " and others" : "");
}

static void say_missing(struct check *c, struct check_row *row, const struct layout *now, const struct layout *base)
{
	struct strbuf others CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct check_near near = { .pattern = row->entry->pattern, .arena = &c->arena };

	for (size_t i = 0; base && i < base->n_spans; i++)
		if (fits(row, base, &base->spans[i]))
			check_cannot(c, row, "%s '%s' is not there any more; the baseline has it",
				     noun_of(&base->spans[i]), base->spans[i].name);
	for (size_t i = 0; i < now->n_spans; i++) {
		const struct layout_span *span = &now->spans[i];
		if (!is_partition(span))
			continue;
		check_near_add(&near, span->name, strlen(span->name));
		near.left_out |= check_leaves_out(row->entry, span->name);
	}
	if (near.left_out) {
		check_cannot_but(c, row);
		return;
	}
	if (near.n_names > TOLD_MAX && check_nearest(&near))
		strbuf_printf(&others, "; the nearest is %s", check_nearest(&near));
	list(&others, now);
	if (strcmp(near.pattern, of_apps) == 0) {
		check_cannot(c, row, "no partition is known to hold the firmware%s", strbuf_text(&others));
		check_advise(row, "give the firmware with --bin FILE");
	}
	check_cannot(c, row, "no partition %s '%s'%s", check_is_glob(near.pattern) ? "fits" : "is called", near.pattern,
		     strbuf_text(&others));
}

int check_layout(struct check *c, const struct layout *now, const struct layout *base)
{
	for (size_t i = 0; i < c->n_rows; i++) {
		struct check_row *row = &c->rows[i];
		bool there = false;
		if (!row->limit || row->entry->subject != SUBJECT_PARTITION)
			continue;
		for (size_t k = 0; k < now->n_spans; k++) {
			if (!fits(row, now, &now->spans[k]))
				continue;
			there = true;
			offer(c, row, now, &now->spans[k], base);
		}
		if (!there)
			say_missing(c, row, now, base);
	}
	return arena_error(&c->arena);
}
