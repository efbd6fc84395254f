#include "memprof/protocol/raw_atb.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text.h"

/* ---- what the user says of it ---- */

static const char *scan_count(const char *p, const char *end, uint64_t *ret)
{
	return text_starts(p, (size_t)(end - p), "0x") ? number_scan_hex(p + 2, end, ret) : number_scan(p, end, ret);
}

bool raw_atb_parse(const char *text, struct raw_atb *ret)
{
	const char *end = text + strlen(text), *p = text;

	*ret = (struct raw_atb){ .block_bytes = 16 };
	if (text_starts(p, strlen(p), "0x") || text_starts(p, strlen(p), "0X"))
		p += 2;
	p = number_scan_hex(p, end, &ret->address);
	if (!p || *p != ':')
		return false;
	p = scan_count(p + 1, end, &ret->n_blocks);
	if (p && *p == ':')
		p = scan_count(p + 1, end, &ret->block_bytes);
	return p == end && ret->n_blocks > 0 && ret->n_blocks <= HEAP_BLOCKS_MAX &&
	       heap_block_bytes_ok(ret->block_bytes) && ret->address <= UINT64_MAX - ret->n_blocks * ret->block_bytes;
}

uint64_t raw_atb_table_bytes(const struct raw_atb *a) { return (a->n_blocks + 3) / 4; }

/* ---- the decoder ---- */

struct table {
	const struct raw_atb *spec;
	struct strbuf bytes;
	struct heap heap;
	bool is_due; /* all is there, and the snapshot is still to come */
};

static void set(void *state, const struct decoder_options *options)
{
	struct table *t = state;

	t->spec = options->raw_atb;
	heap_init(&t->heap);
}

static void feed(void *state, const uint8_t *bytes, size_t n, uint64_t now_us)
{
	struct table *t = state;
	size_t n_missing = (size_t)raw_atb_table_bytes(t->spec) - t->bytes.n_bytes;

	(void)now_us;
	strbuf_add(&t->bytes, bytes, MIN(n, n_missing));
}

static void finish(void *state) { ((struct table *)state)->is_due = true; }

static int next_event(void *state, struct event *ret, struct diag *diag)
{
	struct table *t = state;
	size_t n_wanted = (size_t)raw_atb_table_bytes(t->spec);

	if (!t->is_due)
		return DECODER_MORE;
	t->is_due = false;
	if (t->bytes.n_bytes < n_wanted && !strbuf_error(&t->bytes))
		return diag_set(diag, -EINVAL, "%" PRIu64 " blocks need %zu bytes, two bits a block; it has %zu",
				t->spec->n_blocks, n_wanted, t->bytes.n_bytes);
	if (strbuf_error(&t->bytes) ||
	    heap_from_atb(&t->heap, t->spec->address, (uint32_t)t->spec->block_bytes,
			  (const uint8_t *)strbuf_text(&t->bytes), (uint32_t)t->spec->n_blocks) < 0)
		return -ENOMEM;
	*ret = (struct event){ .kind = EVENT_SNAPSHOT, .at_us = NOT_KNOWN, .snapshot = EVENT_SNAPSHOT_INIT };
	ret->snapshot.heap = &t->heap;
	ret->snapshot.n_lines = 1;
	return DECODER_EVENT;
}

static void deinit(void *state)
{
	struct table *t = state;

	strbuf_deinit(&t->bytes);
	heap_deinit(&t->heap);
}

const struct decoder decoder_raw_atb = {
	.name = "raw-atb",
	.summary = "a raw block table, two bits per block",
	.state_bytes = sizeof(struct table),
	.hold_max_bytes = HEAP_BLOCKS_MAX / 4,
	.set = set,
	.feed = feed,
	.next_event = next_event,
	.finish = finish,
	.deinit = deinit,
};
