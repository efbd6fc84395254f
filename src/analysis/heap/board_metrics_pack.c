/* Figures of a board as bytes: one size, every field at one place, numbers with the lowest byte first. */
#include <errno.h>
#include <string.h>

#include "memprof/analysis/board_metrics.h"
#include "memprof/base/number.h"

enum { MAGIC = 0x314d424d, NO_RATIO = UINT32_MAX, PARTS_OF_ONE = 1000000 };

/* One walk over the fields serves both ways, so that they cannot disagree. */
struct walk {
	uint8_t *to; /* NULL: it is read */
	const uint8_t *from;
	size_t at;
	bool bad;
};

static uint64_t number(struct walk *w, uint64_t value, unsigned n_bytes)
{
	uint64_t read = 0;

	for (unsigned i = 0; i < n_bytes; i++, w->at++) {
		if (w->to)
			w->to[w->at] = (uint8_t)(value >> 8 * i);
		else
			read |= (uint64_t)w->from[w->at] << 8 * i;
	}
	return w->to ? value : read;
}

/* A number below a bound, as enums and counts are. */
static uint64_t bounded(struct walk *w, uint64_t value, uint64_t bound)
{
	value = number(w, value, 1);
	w->bad |= value >= bound;
	return w->bad ? 0 : value;
}

static void text(struct walk *w, char *value, size_t n_bytes)
{
	if (w->to) {
		size_t n = MIN(strlen(value), n_bytes - 1);
		memcpy(w->to + w->at, value, n);
		memset(w->to + w->at + n, 0, n_bytes - n);
	} else {
		memcpy(value, w->from + w->at, n_bytes);
		w->bad |= value[n_bytes - 1] != '\0';
		value[n_bytes - 1] = '\0';
	}
	w->at += n_bytes;
}

static double ratio(struct walk *w, double value)
{
	uint32_t parts = value < 0 ? NO_RATIO : (uint32_t)(MIN(value, 1.0) * PARTS_OF_ONE + 0.5);

	parts = (uint32_t)number(w, parts, 4);
	w->bad |= parts > PARTS_OF_ONE && parts != NO_RATIO;
	return parts == NO_RATIO ? -1 : (double)parts / PARTS_OF_ONE;
}

static void figures(struct walk *w, struct history_figures *f)
{
	text(w, f->name, sizeof(f->name));
	f->kind = (enum pool_kind)bounded(w, f->kind, N_POOL_KINDS);
	f->memory = (enum heap_memory)bounded(w, f->memory, MEMORY_FLASH + 1);
	f->state.total_bytes = number(w, f->state.total_bytes, 8);
	f->state.used_bytes = number(w, f->state.used_bytes, 8);
	f->state.free_bytes = number(w, f->state.free_bytes, 8);
	f->state.lfb_bytes = number(w, f->state.lfb_bytes, 8);
	f->peak_bytes = number(w, f->peak_bytes, 8);
	f->state.fragmentation = ratio(w, f->state.fragmentation);
	f->has_table = bounded(w, f->has_table, 2) != 0;
}

static void all(struct walk *w, struct board_metrics *m)
{
	w->bad |= number(w, MAGIC, 4) != MAGIC;
	m->link = (enum board_link)bounded(w, m->link, N_BOARD_LINKS);
	m->counts_collections = bounded(w, m->counts_collections, 2) != 0;
	m->n_pools = bounded(w, m->n_pools, HEAP_POOLS_MAX + 1);
	m->n_snapshots = number(w, m->n_snapshots, 8);
	m->n_failures = number(w, m->n_failures, 8);
	m->n_resets = number(w, m->n_resets, 8);
	m->n_collections = number(w, m->n_collections, 8);
	m->taken_wall_us = number(w, m->taken_wall_us, 8);
	text(w, m->firmware, sizeof(m->firmware));
	text(w, m->machine, sizeof(m->machine));
	for (size_t i = 0; i < m->n_pools; i++)
		figures(w, &m->pools[i]);
}

static bool names_unique(const struct board_metrics *m)
{
	for (size_t i = 0; i < m->n_pools; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(m->pools[i].name, m->pools[k].name) == 0)
				return false;
	return true;
}

void board_metrics_pack(const struct board_metrics *m, uint8_t ret[BOARD_METRICS_BYTES])
{
	struct board_metrics copy = *m;
	struct walk w = { .to = ret };

	memset(ret, 0, BOARD_METRICS_BYTES);
	all(&w, &copy);
}

int board_metrics_unpack(const uint8_t bytes[BOARD_METRICS_BYTES], struct board_metrics *ret)
{
	struct board_metrics m = { .n_pools = 0 };
	struct walk w = { .from = bytes };

	all(&w, &m);
	for (; w.at < BOARD_METRICS_BYTES; w.at++)
		w.bad |= bytes[w.at] != 0;
	if (w.bad || !names_unique(&m))
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
