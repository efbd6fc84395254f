/* What a heap's figure is made of: kinds of objects, or what is in the way of a larger free block. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "budget/check_heaps.h"

static uint64_t bytes_of(const struct kinds *kinds, size_t letter)
{
	return (uint64_t)kinds->n_blocks[letter] * kinds->block_bytes;
}

static bool is_letter(size_t letter) { return letter > ' ' && letter < 0x7f; }

static void name_kind(size_t letter, char ret[96])
{
	const char *name = block_kind_name((uint8_t)letter);

	if (strcmp(name, block_kind_name(0)) == 0) /* no name at all */
		snprintf(ret, 96, is_letter(letter) ? "kind %c" : "kind 0x%02x", (unsigned)letter);
	else
		snprintf(ret, 96, letter == BLOCK_HEAD ? "%s objects" : "%s", name);
}

static void take(const struct check_top *top, struct causes *ret)
{
	ret->n = top->n;
	for (size_t i = 0; i < top->n; i++) {
		const struct check_candidate *kind = &top->best[i];
		name_kind(kind->i, ret->names[i]);
		ret->of[i] = (struct figure_part){ ret->names[i], kind->delta_bytes, kind->size_bytes, false };
	}
}

void causes_of_growth(const struct kinds *now, const struct kinds *was, struct causes *ret)
{
	struct check_top top = { .n = 0 };

	for (size_t i = 0; now->known && was->known && i < ARRAY_SIZE(now->n_blocks); i++) {
		uint64_t is = bytes_of(now, i), before = bytes_of(was, i);
		if (is > before)
			check_top_add(&top, (struct check_candidate){
						    .i = i, .delta_bytes = (int64_t)(is - before), .size_bytes = is });
	}
	take(&top, ret);
}

void causes_of_kinds(const struct kinds *now, const struct kinds *was, char kind, struct causes *ret)
{
	struct kinds of = *now, before = { .known = false };
	struct check_top top = { .n = 0 };

	if (was)
		before = *was;
	for (size_t i = 0; kind && i < ARRAY_SIZE(of.n_blocks); i++)
		if ((char)i != kind)
			of.n_blocks[i] = before.n_blocks[i] = 0;
	causes_of_growth(&of, &before, ret);
	if (ret->n > 0)
		return;
	for (size_t i = 0; of.known && i < ARRAY_SIZE(of.n_blocks); i++)
		if (of.n_blocks[i] > 0)
			check_top_add(&top, (struct check_candidate){ .i = i,
								      .delta_bytes = FIGURE_NO_DELTA,
								      .size_bytes = bytes_of(&of, i) });
	take(&top, ret);
}

/* "str 32 B at 0x2001f3a0", "other object and 3 more, 160 B at 0x2001f3a0"; what a run begins with may be only a rest.
 */
static void name_culprit(const struct culprit *k, char ret[96])
{
	const char *kind = block_kind_name(k->kind);
	const char *what = k->kind == BLOCK_HEAD ? " object" : "";
	int n_kind = (int)strcspn(kind, ",");
	char more[32] = "";

	if (k->n_objects > 1)
		snprintf(more, sizeof(more), " and %" PRIu32 " more,", k->n_objects - 1);
	snprintf(ret, 96, "%.*s%s%s %" PRIu64 " B at 0x%" PRIx64 " (largest free +%" PRIu64 " B)", n_kind, kind, what,
		 more, k->size_bytes, k->start, k->gain_bytes);
}

void causes_of_culprits(const struct kept_pool *kept, struct causes *ret)
{
	struct culprit culprits[CHECK_CAUSES_MAX];

	ret->n = report_culprits(&kept->pool, kept->lfb_bytes, CHECK_CAUSES_MAX, culprits);
	for (size_t i = 0; i < ret->n; i++) {
		name_culprit(&culprits[i], ret->names[i]);
		ret->of[i] = (struct figure_part){ ret->names[i], FIGURE_NO_DELTA, culprits[i].size_bytes, true };
	}
}
