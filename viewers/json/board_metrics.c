/* A board as the live page gets it. */
#include <math.h>

#include "memprof/base/json.h"
#include "memprof/base/number.h"
#include "memprof/viewers/board_metrics_view.h"
#include "memprof/viewers/trend_view.h"

static void pool_row(struct json *j, const struct history_figures *pool)
{
	json_text(j, "name", pool->name);
	json_text(j, "kind", pool_kind_name(pool->kind));
	json_u64(j, "size", pool->state.total_bytes);
	json_u64(j, "used", pool->state.used_bytes);
	json_u64(j, "free", pool->state.free_bytes);
	json_u64(j, "largest_free", pool->state.lfb_bytes);
	json_double(j, "fragmentation", pool->state.fragmentation < 0 ? (double)NAN : pool->state.fragmentation, 3);
}

/* Since the last snapshot; a clock that was set back does not make it negative. */
static uint64_t age_ms(const struct board_metrics *m, uint64_t wall_us)
{
	return m->taken_wall_us ? (wall_us - MIN(wall_us, m->taken_wall_us)) / 1000 : NOT_KNOWN;
}

void json_board_metrics(struct strbuf *out, const char *board, const struct board_metrics *m, uint64_t at_ms,
			uint64_t wall_us)
{
	struct json j = { .out = out, .compact = true };

	json_object(&j, NULL);
	json_text(&j, "board", board);
	json_u64(&j, "at_ms", at_ms);
	json_text(&j, "link", board_link_name(m->link));
	json_name(&j, "firmware", m->firmware);
	json_name(&j, "machine", m->machine);
	json_u64(&j, "snapshots", m->n_snapshots);
	json_u64(&j, "age_ms", age_ms(m, wall_us));
	json_u64(&j, "failures", m->n_failures);
	json_u64(&j, "resets", m->n_resets);
	json_u64(&j, "collections", m->counts_collections ? m->n_collections : NOT_KNOWN);
	if (m->has_verdict)
		json_verdict(&j, "verdict", &m->verdict);
	else
		json_null(&j, "verdict");
	for (size_t i = 0; json_rows(&j, "pools", i, m->n_pools); i++)
		pool_row(&j, &m->pools[i]);
	json_object_end(&j);
}
