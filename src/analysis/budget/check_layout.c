/* Partitions and file systems against their limits. */
#include <string.h>

#include "budget/filter.h"

/* What of a span is used; free < 0: more than there is. Either may be unknown. */
struct use {
	struct figure_value used, free;
};

static const char of_apps[] = "type:app"; /* a pattern for all partitions that must hold the firmware */

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

/* ---- figures ---- */

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
	for (size_t i = 0; i < l->n_spans; i++)
		if (is_partition(&l->spans[i]))
			return true;
	return false;
}

/* What is new grew from nothing, unless the older layout has no partitions at all. */
static struct use base_use(const struct layout *base, const struct layout_span *span)
{
	const struct layout_span *was = find_span(base, span);

	if (was)
		return use_of(base, was);
	return base && has_partitions(base) ? (struct use){ figure_bytes(0), figure_bytes(0) } : (struct use){ 0 };
}

/* Used and free bytes of each. Those that must hold the firmware have a name together, whatever they are called. */
static int list_partitions(const void *now_layout, const void *base_layout, figure_sink *sink, void *ctx)
{
	const struct layout *now = now_layout;

	for (size_t i = 0; i < now->n_spans; i++) {
		const struct layout_span *span = &now->spans[i];
		if (!is_partition(span))
			continue;
		struct use use = use_of(now, span), base = base_use(base_layout, span);
		struct figure figure = { .kind = FIGURE_USED,
					 .name = slice_of(span->name),
					 .group = slot_of(now, span) ? of_apps : NULL,
					 .value = use.used,
					 .base = base.used,
					 .capacity_bytes = span->size_bytes };
		if (!use.used.known) {
			figure.unknown = "no input reports its used bytes";
			figure.advice = span->kind == SPAN_FILESYSTEM ?
						"give the board with --live: it has that" :
						"give its contents with --bin FILE, or the board with --live if it"
						" holds files";
		} else if (!base.used.known) {
			figure.unknown = "the baseline does not report its used bytes";
		}
		int r = sink(ctx, &figure);
		figure.kind = FIGURE_FREE;
		figure.value = use.free;
		figure.base = base.free;
		if (r == 0)
			r = sink(ctx, &figure);
		if (r < 0)
			return r;
	}
	return 0;
}

int check_layout(struct check *c, const struct layout *now, const struct layout *base)
{
	struct filter f;
	int r = filter_begin(&f, c, SUBJECT_PARTITION, list_partitions, now, base);

	for (size_t i = 0; i < f.n_limits; i++) {
		struct check_row *row = f.limits[i].row;
		if (!f.limits[i].found && strcmp(row->entry->pattern, of_apps) == 0)
			check_cannot(c, row, "give the firmware with --bin FILE",
				     "no partition is known to hold the firmware");
	}
	if (r == 0 && filter_misses(&f) && base)
		r = list_partitions(base, NULL, filter_count_gone, &f);
	return filter_end(&f, r);
}
