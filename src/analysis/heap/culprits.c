/* What stands in the way of a larger free block: culprits, and the cheapest window for a size. */
#include "heap/private.h"

/* More gain per byte first, then the lower address. */
static bool before(const struct culprit *a, const struct culprit *b)
{
	uint64_t worth_a = a->gain_bytes * b->size_bytes, worth_b = b->gain_bytes * a->size_bytes;

	return worth_a != worth_b ? worth_a > worth_b : a->start < b->start;
}

static void keep_best(const struct culprit *new, size_t n_max, struct culprit *best, size_t *n)
{
	size_t i = *n;

	if (n_max == 0 || (i == n_max && !before(new, &best[i - 1])))
		return;
	if (i < n_max)
		(*n)++;
	else
		i--;
	for (; i > 0 && before(new, &best[i - 1]); i--)
		best[i] = best[i - 1];
	best[i] = *new;
}

void culprits_add(const struct heap_area *area, uint32_t block_bytes, uint64_t lfb_bytes, size_t n_max,
		  struct culprit *best, size_t *n)
{
	struct stretch s = { 0 };
	uint64_t free_before = 0, used = 0; /* blocks; 0 free_before: the run touches an edge */
	struct culprit run = { 0 };

	while (stretch_next(area, &s)) {
		if (s.kind == BLOCK_UNKNOWN) {
			free_before = used = 0;
		} else if (stretch_is_used(&s)) {
			if (used == 0)
				run = (struct culprit){ .start = area->base + (uint64_t)s.i_first * block_bytes,
							.kind = s.kind };
			used += s.n_blocks;
			run.n_objects += block_is_head(s.kind);
		} else {
			uint64_t after = (free_before + used + s.n_blocks) * block_bytes;
			if (free_before && used && after > lfb_bytes) {
				run.size_bytes = used * block_bytes;
				run.lfb_after_bytes = after;
				run.gain_bytes = after - lfb_bytes;
				keep_best(&run, n_max, best, n);
			}
			free_before = s.n_blocks;
			used = 0;
		}
	}
}

void window_find(const struct heap_area *area, uint32_t block_bytes, struct fit *fit)
{
	uint64_t n_need = (fit->size_bytes + block_bytes - 1) / block_bytes;
	uint64_t n_blocks = 0, n_used = 0;
	uint32_t n_objects = 0;
	struct stretch right = { 0 }, left = { 0 };
	bool empty = true;

	while (stretch_next(area, &right)) {
		if (right.kind == BLOCK_UNKNOWN) {
			empty = true;
			continue;
		}
		if (empty) {
			left = right;
			n_blocks = n_used = n_objects = 0;
			empty = false;
		}
		n_blocks += right.n_blocks;
		n_used += stretch_is_used(&right) ? right.n_blocks : 0;
		n_objects += block_is_head(right.kind);
		while (n_blocks - left.n_blocks >= n_need) {
			n_blocks -= left.n_blocks;
			n_used -= stretch_is_used(&left) ? left.n_blocks : 0;
			n_objects -= block_is_head(left.kind);
			stretch_next(area, &left);
		}
		if (n_blocks < n_need || (fit->has_window && n_used * block_bytes >= fit->window_used_bytes))
			continue;
		fit->has_window = true;
		fit->window_start = area->base + (uint64_t)left.i_first * block_bytes;
		fit->window_bytes = n_blocks * block_bytes;
		fit->window_used_bytes = n_used * block_bytes;
		fit->window_objects = n_objects;
	}
}
