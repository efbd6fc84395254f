#include "memprof/sinks/checker.h"

void checker_init(struct checker *k, struct check *check, enum check_side side)
{
	*k = (struct checker){ .check = check, .side = side };
	layout_heaps_init(&k->last);
}

void checker_deinit(struct checker *k) { layout_heaps_deinit(&k->last); }

/* The first one stays. */
static void note_error(struct checker *k, int r)
{
	if (r < 0 && !k->error)
		k->error = r;
}

static void on_moment(void *ctx, struct moment *moment)
{
	struct checker *k = ctx;

	if (moment->kind == MOMENT_POOLS)
		return;
	k->n_moments++;
	if (k->check->budget)
		note_error(k, check_moment(k->check, k->side, moment));
	if (moment->kind == MOMENT_SAMPLE && !k->check->budget) {
		const struct pool_state *s = &moment->state;
		struct event sample = { .kind = EVENT_SAMPLE,
					.pool = heap_pool_sample(s->used_bytes, s->free_bytes, s->lfb_bytes) };
		layout_heaps_event(&k->last, &sample);
	}
	if (moment->kind != MOMENT_SNAPSHOT)
		return;
	k->last_problem = moment->heap->problem;
	if (!k->check->budget)
		note_error(k, layout_heaps_keep(&k->last, moment));
}

static void on_pool(void *ctx, const struct pool_moment *moment)
{
	struct checker *k = ctx;

	k->n_moments++;
	if (k->check->budget)
		note_error(k, check_pool(k->check, k->side, moment));
	else
		layout_heaps_keep_pool(&k->last, &moment->pool);
}

static int status(void *ctx) { return ((struct checker *)ctx)->error; }

struct sink checker_sink(struct checker *k)
{
	return (struct sink){ .on_moment = on_moment, .on_pool = on_pool, .status = status, .ctx = k };
}

int checker_give(struct checker *k)
{
	const struct layout_heaps *last = &k->last;
	int r = 0;

	if (last->any)
		r = check_moment(k->check, k->side,
				 &(struct moment){ .heap = &k->last.heap, .timeline_us = NOT_KNOWN });
	else if (last->has_sample)
		r = check_moment(k->check, k->side,
				 &(struct moment){ .kind = MOMENT_SAMPLE,
						   .state = pool_state_of_figures(&last->sample.pool),
						   .timeline_us = NOT_KNOWN });
	for (size_t i = 0; r == 0 && i < last->n_pools; i++)
		r = check_pool(k->check, k->side,
			       &(struct pool_moment){ .pool = last->pools[i], .timeline_us = NOT_KNOWN });
	return r;
}
