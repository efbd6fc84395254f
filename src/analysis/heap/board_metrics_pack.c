/* Figures of a board as bytes: one size, every field at one place, numbers with the lowest byte first. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "memprof/analysis/board_metrics.h"
#include "memprof/base/fields.h"
#include "memprof/base/number.h"

static const uint64_t magic = 0x344d424d;

/* n_pools of board_metrics is a size_t: it goes by itself. */
static const struct field metrics_fields[] = {
	FIELD(struct board_metrics, link, FIELD_UNSIGNED, N_BOARD_LINKS - 1),
	FIELD(struct board_metrics, counts_collections, FIELD_BOOL, 0),
	FIELD(struct board_metrics, n_snapshots, FIELD_U64, 0),
	FIELD(struct board_metrics, n_failures, FIELD_U64, 0),
	FIELD(struct board_metrics, n_resets, FIELD_U64, 0),
	FIELD(struct board_metrics, n_collections, FIELD_U64, 0),
	FIELD(struct board_metrics, taken_wall_us, FIELD_U64, 0),
	FIELD(struct board_metrics, firmware, FIELD_TEXT, 0),
	FIELD(struct board_metrics, machine, FIELD_TEXT, 0),
	FIELD(struct board_metrics, has_verdict, FIELD_BOOL, 0),
};
/* Those of the JSON. Rates, which are doubles, go by themselves. */
static const struct field verdict_fields[] = {
	FIELD(struct verdict, state, FIELD_UNSIGNED, VERDICT_UNKNOWN),
	FIELD(struct verdict, severity, FIELD_UNSIGNED, SEVERITY_ACT),
	FIELD(struct verdict, pool, FIELD_TEXT, 0),
	FIELD(struct verdict, ends_least_us, FIELD_U64, 0),
	FIELD(struct verdict, ends_most_us, FIELD_U64, 0),
	FIELD(struct verdict, n_collections, FIELD_U64, 0),
	FIELD(struct verdict, n_needed, FIELD_U64, 0),
	FIELD(struct verdict, n_boots, FIELD_U64, 0),
	FIELD(struct verdict, first_floor_bytes, FIELD_U64, 0),
	FIELD(struct verdict, last_floor_bytes, FIELD_U64, 0),
};
static const struct field pool_fields[] = {
	FIELD(struct history_figures, name, FIELD_TEXT, 0),
	FIELD(struct history_figures, kind, FIELD_UNSIGNED, N_POOL_KINDS - 1),
	FIELD(struct history_figures, memory, FIELD_UNSIGNED, MEMORY_FLASH),
	FIELD(struct history_figures, state.total_bytes, FIELD_U64, 0),
	FIELD(struct history_figures, state.used_bytes, FIELD_U64, 0),
	FIELD(struct history_figures, state.free_bytes, FIELD_U64, 0),
	FIELD(struct history_figures, state.lfb_bytes, FIELD_U64, 0),
	FIELD(struct history_figures, peak_bytes, FIELD_U64, 0),
	FIELD(struct history_figures, least_free_bytes, FIELD_U64, 0),
	FIELD(struct history_figures, state.fragmentation, FIELD_RATIO, 0),
	FIELD(struct history_figures, has_table, FIELD_BOOL, 0),
};

/* In thousandths of a byte; NAN: NOT_KNOWN. */
enum { RATE_PARTS = 1000 };

static void put_rate(struct strbuf *out, double rate)
{
	bool is_known = rate >= 0 && rate < 1e15;

	field_put_u64(out, is_known ? (uint64_t)(rate * RATE_PARTS + 0.5) : NOT_KNOWN);
}

static bool get_rate(struct field_bytes *in, double *ret)
{
	uint64_t parts;

	if (!field_bytes_u64(in, &parts))
		return false;
	*ret = parts == NOT_KNOWN ? (double)NAN : (double)parts / RATE_PARTS;
	return parts == NOT_KNOWN || parts < 1000000000000000000;
}

static void put_verdict(struct strbuf *out, const struct verdict *v)
{
	fields_put(out, verdict_fields, ARRAY_SIZE(verdict_fields), v);
	put_rate(out, v->bytes_per_collection);
	put_rate(out, v->bytes_per_hour);
}

static bool get_verdict(struct field_bytes *in, struct verdict *ret)
{
	*ret = (struct verdict){ .room = POOL_STATE_NOT_KNOWN };
	return fields_get(in, verdict_fields, ARRAY_SIZE(verdict_fields), ret) &&
	       get_rate(in, &ret->bytes_per_collection) && get_rate(in, &ret->bytes_per_hour);
}

static bool names_unique(const struct board_metrics *m)
{
	for (size_t i = 0; i < m->n_pools; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(m->pools[i].name, m->pools[k].name) == 0)
				return false;
	return true;
}

int board_metrics_pack(const struct board_metrics *m, uint8_t ret[BOARD_METRICS_BYTES])
{
	struct strbuf bytes CLEANUP(strbuf_deinit) = STRBUF_INIT;

	field_put_u64(&bytes, magic);
	field_put_u64(&bytes, m->n_pools);
	fields_put(&bytes, metrics_fields, ARRAY_SIZE(metrics_fields), m);
	if (m->has_verdict)
		put_verdict(&bytes, &m->verdict);
	for (size_t i = 0; i < m->n_pools; i++)
		fields_put(&bytes, pool_fields, ARRAY_SIZE(pool_fields), &m->pools[i]);
	if (strbuf_error(&bytes))
		return strbuf_error(&bytes);
	memset(ret, 0, BOARD_METRICS_BYTES);
	memcpy(ret, strbuf_text(&bytes), bytes.n_bytes);
	return 0;
}

int board_metrics_unpack(const uint8_t bytes[BOARD_METRICS_BYTES], struct board_metrics *ret)
{
	struct board_metrics m = { .n_pools = 0 };
	struct field_bytes in = { bytes, BOARD_METRICS_BYTES };
	uint64_t number, n_pools;
	bool good = field_bytes_u64(&in, &number) && number == magic && field_bytes_u64(&in, &n_pools) &&
		    n_pools <= HEAP_POOLS_MAX && fields_get(&in, metrics_fields, ARRAY_SIZE(metrics_fields), &m);

	if (good && m.has_verdict)
		good = get_verdict(&in, &m.verdict);
	while (good && m.n_pools < n_pools)
		good = fields_get(&in, pool_fields, ARRAY_SIZE(pool_fields), &m.pools[m.n_pools++]);
	for (size_t i = 0; good && i < in.n_bytes; i++)
		good = in.bytes[i] == 0;
	if (!good || !names_unique(&m))
		return -EBADMSG;
	*ret = m;
	return 0;
}

int board_metrics_read(struct board_metrics_reader *r, const uint8_t **bytes, const uint8_t *end,
		       struct board_metrics *ret)
{
	size_t n = MIN(sizeof(r->bytes) - r->n_bytes, (size_t)(end - *bytes));

	if (r->broken)
		return -EBADMSG;
	if (n > 0)
		memcpy(r->bytes + r->n_bytes, *bytes, n);
	r->n_bytes += n;
	*bytes += n;
	if (r->n_bytes < sizeof(r->bytes))
		return 0;
	r->n_bytes = 0;
	r->broken = board_metrics_unpack(r->bytes, ret) < 0;
	return r->broken ? -EBADMSG : 1;
}
